#include "disk/disk.h"

#include <crypt.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "disk/internal.h"

#define FOLDER      "v1" /* of DISK_FORMAT */
#define PAUSE_MS    60000
#define SETTING     "$5$taskfs-account$" /* SHA-256, many rounds: the key cannot be found from it */
#define SERVICE_MAX 4096u

/* ---- failures and counts ---- */

int disk_can_write(struct disk *disk)
{
    return !disk->is_for_reading && clock_ms() >= atomic_load(&disk->writes_resume);
}

/* Whether another program has just removed a file or a folder that was to be written, or something
 * else lies in its place; the cache as a whole is still there. */
static int is_about_one_file(const struct disk *disk, int error)
{
    struct stat st;

    return disk_is_of_one_name(error) ||
           (error == ENOENT && !fstat(disk->root, &st) && st.st_nlink);
}

void disk_note_failure(struct disk *disk, int error, const char *what)
{
    int none = 0;

    if (is_about_one_file(disk, error))
        return;
    atomic_store(&disk->writes_resume, error == EROFS ? CLOCK_NEVER : clock_ms() + PAUSE_MS);
    if (atomic_compare_exchange_strong(&disk->has_complained, &none, 1))
        log_warn("cannot %s in the disk cache '%s': %s; going on without keeping anything there "
                 "until that works again",
                 what, disk->name, strerror(error));
}

void disk_count(struct disk *disk, enum counter which, uint64_t n)
{
    if (disk->stats)
        stats_add(disk->stats, which, n);
}

/* ---- opening ---- */

/* The file systems on which a file is not the same for all machines at all times, or that can hang
 * for good; <linux/magic.h> does not name them all. */
static int is_network(const struct statfs *fs)
{
    static const uint32_t types[] = {
        NFS_SUPER_MAGIC, AFS_SUPER_MAGIC,  CODA_SUPER_MAGIC,
        V9FS_MAGIC,      FUSE_SUPER_MAGIC, 0x517b, /* SMB */
        0xff534d42,                                /* CIFS */
        0xfe534d42,                                /* SMB2 */
        0x00c36400,                                /* Ceph */
        0x0bd00bd0,                                /* Lustre */
        0x47504653,                                /* GPFS */
        0x19830326,                                /* BeeGFS */
        0x01161970,                                /* GFS2 */
        0x7461636f,                                /* OCFS2 */
        0xaad7aaea,                                /* Panasas */
        0x6b414653,                                /* kAFS */
    };

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if ((uint32_t)fs->f_type == types[i])
            return 1;
    return 0;
}

static int refuse(char *why, size_t why_size, const char *dir, const char *problem, int error)
{
    snprintf(why, why_size, "cannot use '%s' as a disk cache: %s", dir, problem);
    return error;
}

/* Returns 0 when the directory may hold what was fetched for this user. */
static int check_directory(int fd, const char *dir, char *why, size_t why_size)
{
    struct stat st;
    struct statfs fs;

    if (fstat(fd, &st) || fstatfs(fd, &fs))
        return refuse(why, why_size, dir, strerror(errno), -errno);
    if (st.st_uid != geteuid())
        return refuse(why, why_size, dir, "it belongs to somebody else", -EPERM);
    if (st.st_mode & 022)
        return refuse(why, why_size, dir, "others can write to it; chmod 700 makes it private",
                      -EPERM);
    if (is_network(&fs))
        return refuse(why, why_size, dir,
                      "it is on a network file system; take a directory of this machine", -EPERM);
    return 0;
}

/* Opens a folder, made if `may_make`. Returns a descriptor or a negative errno; the one of making
 * it when it is not there. */
static int open_made(int above, const char *name, int may_make, int flags)
{
    int made = may_make && mkdirat(above, name, 0700) && errno != EEXIST ? -errno : 0;
    int fd = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);

    if (fd >= 0)
        return fd;
    return errno == ENOENT && made ? made : -errno;
}

/* Opens the format's folder in DIR, both made if `may_make`. Returns a descriptor, or a negative
 * errno with `why`. */
static int open_root(const char *dir, int may_make, char *why, size_t why_size)
{
    int fd = open_made(AT_FDCWD, dir, may_make, 0), root, rc;

    if (fd < 0)
        return refuse(why, why_size, dir, strerror(-fd), fd);
    rc = check_directory(fd, dir, why, why_size);
    root = rc ? rc : open_made(fd, FOLDER, may_make, O_NOFOLLOW);
    if (!rc && root < 0)
        refuse(why, why_size, dir, root == -ENOENT ? "there is no cache in it" : strerror(-root),
               root);
    close(fd);
    if (root >= 0)
        rc = check_directory(root, dir, why, why_size);
    if (rc && root >= 0)
        close(root);
    return rc ? rc : root;
}

/* ---- accounts ---- */

uint64_t disk_account_seed(const char *account)
{
    return disk_hash(DISK_RECORD_ACCOUNT, account);
}

static void account_path(const char *account, char *path)
{
    snprintf(path, DISK_PATH_MAX, "%s/account", account);
}

/* Writes the folder's name for an account. Returns 0 or -ENOMEM. */
static int name_account(const char *service, const char *key, char *name, size_t size)
{
    struct crypt_data *data = calloc(1, sizeof(*data));
    const char *hashed = data ? crypt_r(key, SETTING, data) : NULL;

    if (hashed)
        snprintf(name, size, "%016" PRIx64, disk_hash(disk_hash(0, service), hashed));
    if (data)
        explicit_bzero(data, sizeof(*data));
    free(data);
    return hashed ? 0 : -ENOMEM;
}

char *disk_account_service(struct disk *disk, const char *account)
{
    char path[DISK_PATH_MAX], *service;
    struct disk_reader reader;
    size_t len;
    uint8_t *payload;

    account_path(account, path);
    payload = disk_read_record(disk, path, DISK_RECORD_ACCOUNT, disk_account_seed(account), &len);
    if (!payload)
        return NULL;
    reader = (struct disk_reader){.at = payload, .end = payload + len};
    service = disk_get_string(&reader, SERVICE_MAX);
    free(payload);
    return service;
}

/* Whether the account's folder says that it is one of this service; NULL: of any. */
static int is_account_of(struct disk *disk, const char *account, const char *service)
{
    char *found = disk_account_service(disk, account);
    int is_of = found && (!service || strcmp(found, service) == 0);

    free(found);
    return is_of;
}

static int add_account(struct disk *disk, const char *name)
{
    if (disk->account_count == DISK_ACCOUNTS_MAX || strlen(name) != 16 ||
        strspn(name, "0123456789abcdef") != 16)
        return -EINVAL;
    strcpy(disk->accounts[disk->account_count++], name);
    return 0;
}

static void find_accounts(struct disk *disk, const char *service)
{
    DIR *dir = disk_open_folder(disk, ".");
    struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (strlen(entry->d_name) == 16 && is_account_of(disk, entry->d_name, service))
            add_account(disk, entry->d_name);
    if (dir)
        closedir(dir);
}

static int enter_account(struct disk *disk, const struct disk_config *config)
{
    char name[20], path[DISK_PATH_MAX];
    BUF_SCOPED payload = BUF_INIT(SERVICE_MAX + 8);
    int rc = name_account(config->service, config->key, name, sizeof(name));

    if (rc)
        return rc;
    add_account(disk, name);
    if (is_account_of(disk, name, config->service))
        return 0;
    disk_put_string(&payload, config->service);
    if (payload.error)
        return payload.error;
    account_path(name, path);
    disk_write_record(disk, path, DISK_RECORD_ACCOUNT, disk_account_seed(name), payload.data,
                      payload.len);
    return 0;
}

static struct disk *disk_new(int root, const char *dir, uint64_t limit, struct stats *stats)
{
    struct disk *disk = calloc(1, sizeof(*disk));

    if (!disk)
        return NULL;
    disk->name = strdup(dir);
    if (!disk->name) {
        free(disk);
        return NULL;
    }
    disk->root = root;
    disk->limit = limit;
    disk->stats = stats;
    return disk;
}

/* Opens the folder and makes *disk of it. */
static int open_folder(struct disk **disk, const char *dir, uint64_t limit, struct stats *stats,
                       int may_make, char *why, size_t why_size)
{
    int root = open_root(dir, may_make, why, why_size);

    if (root < 0)
        return root;
    *disk = disk_new(root, dir, limit, stats);
    if (*disk)
        return 0;
    close(root);
    return refuse(why, why_size, dir, strerror(ENOMEM), -ENOMEM);
}

int disk_open(struct disk **disk, const struct disk_config *config, char *why, size_t why_size)
{
    int rc = open_folder(disk, config->dir, config->limit, config->stats, config->key != NULL, why,
                         why_size);

    if (rc)
        return rc;
    if (config->key) {
        rc = enter_account(*disk, config);
    } else {
        (*disk)->is_for_reading = 1;
        find_accounts(*disk, config->service);
    }
    if (rc) {
        refuse(why, why_size, config->dir, strerror(-rc), rc);
        disk_close(*disk);
    }
    return rc;
}

int disk_open_all(struct disk **disk, const char *dir, char *why, size_t why_size)
{
    int rc = open_folder(disk, dir, UINT64_MAX, NULL, 0, why, why_size);

    if (rc)
        return rc;
    (*disk)->is_for_reading = 1;
    find_accounts(*disk, NULL);
    return 0;
}

void disk_close(struct disk *disk)
{
    close(disk->root);
    free(disk->name);
    free(disk);
}
