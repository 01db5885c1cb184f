#include "disk/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/internal.h"

struct walk {
    struct disk *disk;
    int (*visit)(void *arg, const struct disk_file *file);
    void *arg;
    int is_of_tasks; /* no others are looked at */
    struct disk_file file;
};

/* Calls `enter` with the path of each name in a folder, until it does not return 0. */
static int each_name(struct walk *walk, const char *folder,
                     int (*enter)(struct walk *walk, const char *path, const char *name))
{
    DIR *dir = disk_open_folder(walk->disk, folder);
    struct dirent *entry;
    int rc = 0;

    while (dir && !rc && (entry = readdir(dir))) {
        char path[DISK_PATH_MAX];

        if (entry->d_name[0] == '.' ||
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= (int)sizeof(path))
            continue;
        rc = enter(walk, path, entry->d_name);
    }
    if (dir)
        closedir(dir);
    return rc;
}

/* Reads a name that is a hash. Returns whether it is one. */
static int is_hash(const char *name, uint64_t *hash)
{
    if (strlen(name) != 16 || strspn(name, "0123456789abcdef") != 16)
        return 0;
    return sscanf(name, "%" SCNx64, hash) == 1;
}

/* Reads a name that is a segment's, as slots.c writes it: two files never stand for one segment. */
static int is_segment(const char *name, uint32_t *stream, uint32_t *index)
{
    char written[24];

    if (strlen(name) >= sizeof(written) ||
        sscanf(name, "%8" SCNx32 ".%8" SCNx32, stream, index) != 2)
        return 0;
    snprintf(written, sizeof(written), "%" PRIx32 ".%08" PRIx32, *stream, *index);
    return strcmp(name, written) == 0;
}

static int is_part(const char *name)
{
    size_t len = strlen(name), end = strlen(DISK_PART);

    return len > end && strcmp(name + len - end, DISK_PART) == 0;
}

static int walk_visit(struct walk *walk, const char *path, enum disk_file_kind kind)
{
    struct stat st;

    if (fstatat(walk->disk->root, path, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
        return 0;
    walk->file.kind = kind;
    walk->file.path = path;
    walk->file.bytes = (uint64_t)st.st_blocks * 512;
    walk->file.used = st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec;
    return walk->visit(walk->arg, &walk->file);
}

static int enter_version_file(struct walk *walk, const char *path, const char *name)
{
    if (is_part(name))
        return walk_visit(walk, path, DISK_FILE_PART);
    if (strcmp(name, "tail") == 0)
        return walk_visit(walk, path, DISK_FILE_TAIL);
    if (!is_segment(name, &walk->file.stream, &walk->file.index))
        return 0;
    return walk_visit(walk, path, DISK_FILE_SEGMENT);
}

static int enter_object_file(struct walk *walk, const char *path, const char *name)
{
    if (is_part(name))
        return walk_visit(walk, path, DISK_FILE_PART);
    if (strcmp(name, "object") == 0)
        return walk_visit(walk, path, DISK_FILE_OBJECT);
    return is_hash(name, &walk->file.version) ? each_name(walk, path, enter_version_file) : 0;
}

static int enter_object(struct walk *walk, const char *path, const char *name)
{
    return is_hash(name, &walk->file.hash) ? each_name(walk, path, enter_object_file) : 0;
}

static int enter_task(struct walk *walk, const char *path, const char *name)
{
    if (is_part(name))
        return walk_visit(walk, path, DISK_FILE_PART);
    return is_hash(name, &walk->file.hash) ? walk_visit(walk, path, DISK_FILE_TASK) : 0;
}

static int enter_account_file(struct walk *walk, const char *path, const char *name)
{
    if (is_part(name))
        return walk_visit(walk, path, DISK_FILE_PART);
    return strcmp(name, "account") == 0 ? walk_visit(walk, path, DISK_FILE_ACCOUNT) : 0;
}

static int is_folder(const struct walk *walk, const char *path)
{
    struct stat st;

    return !fstatat(walk->disk->root, path, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode);
}

static int enter_account(struct walk *walk, const char *path, const char *name)
{
    char folder[DISK_PATH_MAX];
    int rc;

    if (!is_hash(name, &walk->file.hash) || !is_folder(walk, path))
        return 0;
    walk->file.account = name;
    rc = walk->is_of_tasks ? 0 : each_name(walk, path, enter_account_file);
    if (rc)
        return rc;
    snprintf(folder, sizeof(folder), "%.40s/tasks", path);
    rc = each_name(walk, folder, enter_task);
    if (rc || walk->is_of_tasks)
        return rc;
    snprintf(folder, sizeof(folder), "%.40s/objects", path);
    return each_name(walk, folder, enter_object);
}

int disk_walk(struct disk *disk, int (*visit)(void *arg, const struct disk_file *file), void *arg)
{
    struct walk walk = {.disk = disk, .visit = visit, .arg = arg};

    return each_name(&walk, ".", enter_account);
}

int disk_walk_tasks(struct disk *disk, int (*visit)(void *arg, const struct disk_file *file),
                    void *arg)
{
    struct walk walk = {.disk = disk, .visit = visit, .arg = arg, .is_of_tasks = 1};

    return each_name(&walk, ".", enter_account);
}

int disk_walk_object(struct disk *disk, const char *account, uint64_t hash,
                     int (*visit)(void *arg, const struct disk_file *file), void *arg)
{
    struct walk walk = {.disk = disk, .visit = visit, .arg = arg};
    char folder[DISK_PATH_MAX];

    walk.file.account = account;
    walk.file.hash = hash;
    snprintf(folder, sizeof(folder), "%.20s/objects/%016" PRIx64, account, hash);
    return each_name(&walk, folder, enter_object_file);
}
