#include "download/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "member/inflate.h"

#define DEPTH_MAX 64 /* of what is removed with the hidden folder */

static int error_of(int rc)
{
    return rc < 0 ? -errno : rc;
}

/* ---- DIR and DIR/ID ---- */

static int open_folder(int at, const char *path)
{
    return error_of(openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/* Opens DIR/ID, if there is a DIR. */
static int open_id(const struct target *target)
{
    const char *id = strrchr(target->folder, '/') + 1;
    char *directory = strndup(target->folder, (size_t)(id - target->folder));
    int fd, rc;

    if (!directory)
        return -ENOMEM;
    fd = error_of(open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));
    free(directory);
    if (fd < 0)
        return fd;
    rc = open_folder(fd, id);
    close(fd);
    return rc;
}

/* Looks for DIR/ID/outputs; 0 also when it is not there. */
static int open_root(struct target *target)
{
    target->root = open_folder(target->id_fd, target->what);
    if (target->root >= 0 || target->root == -ENOENT)
        return 0;
    return target->root == -ELOOP ? -ENOTDIR : target->root;
}

int target_open(struct target *target, const char *directory, const char *id, const char *what,
                mode_t umask)
{
    *target = (struct target){
        .what = what, .umask = umask, .id_fd = -ENOENT, .root = -ENOENT, .parts = -ENOENT};
    if (asprintf(&target->folder, "%s/%s", directory, id) < 0)
        target->folder = NULL;
    if (!target->folder || asprintf(&target->shown, "%s/%s", target->folder, what) < 0) {
        target->shown = NULL;
        return -ENOMEM;
    }
    target->id_fd = open_id(target);
    return target->id_fd >= 0 ? open_root(target) : 0;
}

void target_close(struct target *target)
{
    if (target->parts >= 0)
        close(target->parts);
    if (target->root >= 0)
        close(target->root);
    if (target->id_fd >= 0)
        close(target->id_fd);
    free(target->folder);
    free(target->shown);
}

/* Creates DIR/ID with the folders above it. Returns 0 or a negative errno. */
static int make_folders(const struct target *target)
{
    char *path = strdup(target->folder);
    int rc = path ? 0 : -ENOMEM;

    for (char *slash = path; !rc && slash;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        if (mkdir(path, 0777 & ~target->umask) && errno != EEXIST)
            rc = -errno;
        if (slash)
            *slash = '/';
    }
    free(path);
    return rc;
}

int target_lock(struct target *target)
{
    int rc = 0;

    if (target->id_fd < 0) {
        rc = make_folders(target);
        if (!rc)
            target->id_fd = open_id(target);
        if (!rc && target->id_fd < 0)
            rc = target->id_fd;
    }
    if (!rc && !target->is_locked)
        rc = error_of(flock(target->id_fd, LOCK_EX | LOCK_NB));
    target->is_locked = !rc;
    return rc;
}

/* ---- the hidden folder ---- */

static int parts_name(const struct target *target, char *name, size_t size)
{
    return snprintf(name, size, ".%s.part", target->what);
}

/* Removes what is in a folder; its descriptor is closed. */
static void empty_folder(int fd, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;

    if (!dir) {
        close(fd);
        return;
    }
    while ((entry = readdir(dir))) {
        int child;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            !unlinkat(dirfd(dir), entry->d_name, 0) || depth >= DEPTH_MAX)
            continue;
        child = open_folder(dirfd(dir), entry->d_name);
        if (child < 0)
            continue;
        empty_folder(child, depth + 1);
        unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    }
    closedir(dir);
}

static int make_folder(int at, const char *name, mode_t mode)
{
    int fd;

    if (mkdirat(at, name, mode) && errno != EEXIST)
        return -errno;
    fd = open_folder(at, name);
    return fd == -ELOOP ? -ENOTDIR : fd;
}

int target_create(struct target *target)
{
    char name[32];

    if (target->root < 0)
        target->root = make_folder(target->id_fd, target->what, 0755);
    if (target->root < 0)
        return target->root;
    parts_name(target, name, sizeof(name));
    if (target->parts < 0)
        target->parts = make_folder(target->id_fd, name, 0700);
    if (target->parts != -ENOTDIR)
        return target->parts < 0 ? target->parts : 0;
    /* Only a download uses this name: what else is there is of no use. */
    if (unlinkat(target->id_fd, name, 0))
        return -errno;
    target->parts = make_folder(target->id_fd, name, 0700);
    return target->parts < 0 ? target->parts : 0;
}

void target_remove_parts(struct target *target, int with_content)
{
    char name[32];

    if (target->parts < 0)
        return;
    if (with_content)
        empty_folder(open_folder(target->parts, "."), 0);
    parts_name(target, name, sizeof(name));
    if (!unlinkat(target->id_fd, name, AT_REMOVEDIR)) {
        close(target->parts);
        target->parts = -ENOENT;
    }
}

/* ---- folders below the root ---- */

/* Opens the folder part by part. */
static int walk_down(const struct target *target, const char *path, int create)
{
    int at = target->root, next;
    char name[256];

    while (*path) {
        size_t len = strcspn(path, "/");

        if (len >= sizeof(name))
            next = -ENAMETOOLONG;
        else {
            memcpy(name, path, len);
            name[len] = '\0';
            next = create && mkdirat(at, name, 0755) && errno != EEXIST ? -errno : 0;
            if (!next)
                next = error_of(openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        }
        if (at != target->root)
            close(at);
        if (next < 0)
            return next == -ELOOP ? -ENOTDIR : next;
        at = next;
        path += len + (path[len] == '/');
    }
    return at == target->root ? error_of(fcntl(at, F_DUPFD_CLOEXEC, 3)) : at;
}

int target_enter(const struct target *target, const char *path, int create)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    int fd = -1;

    if (target->root < 0)
        return target->root;
    if (!name_leads_down(path))
        return -EINVAL;
    if (*path)
        fd = (int)syscall(SYS_openat2, target->root, path, &how, sizeof(how));
    return fd >= 0 ? fd : walk_down(target, path, create);
}

/* ---- files ---- */

int target_look(int folder, const char *name, struct stat *st)
{
    return error_of(fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW));
}

static int crc_of_link(int folder, const char *name, uint32_t *crc)
{
    char text[4096];
    ssize_t n = readlinkat(folder, name, text, sizeof(text));

    if (n < 0)
        return -errno;
    *crc = zip_crc32(0, (const uint8_t *)text, (size_t)n);
    return 0;
}

int target_crc(int folder, const char *name, int follow, uint32_t *crc)
{
    int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
    size_t size = 256 * 1024;
    uint8_t *bytes;
    ssize_t n = -1;

    if (fd < 0)
        return errno == ELOOP && !follow ? crc_of_link(folder, name, crc) : -errno;
    bytes = malloc(size);
    *crc = 0;
    while (bytes && (n = read(fd, bytes, size)) > 0)
        *crc = zip_crc32(*crc, bytes, (size_t)n);
    n = bytes ? error_of((int)n) : -ENOMEM;
    free(bytes);
    close(fd);
    return (int)n;
}

int target_read(int folder, const char *name, char *out, size_t size)
{
    int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return -errno;
    n = error_of((int)read(fd, out, size));
    close(fd);
    return (int)n;
}

int target_new_part(const struct target *target, const char *part, mode_t mode)
{
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(target->parts, part, flags, mode);

    if (fd >= 0 || errno != EEXIST)
        return error_of(fd);
    target_drop_part(target, part);
    return error_of(openat(target->parts, part, flags, mode));
}

int target_is_own_file(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_nlink == 1 && st->st_uid == geteuid();
}

/* Whether it is a file that a download has made. */
static int is_part(int fd, mode_t mode, uint64_t *size)
{
    struct stat st;

    if (fstat(fd, &st) || !target_is_own_file(&st) || (st.st_mode & 07777) != mode)
        return 0;
    *size = (uint64_t)st.st_size;
    return 1;
}

int target_old_part(const struct target *target, const char *part, mode_t mode, uint64_t *size)
{
    int fd = openat(target->parts, part, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return -errno;
    if (is_part(fd, mode, size))
        return fd;
    close(fd);
    return -ENOENT;
}

void target_drop_part(const struct target *target, const char *part)
{
    int fd;

    if (!unlinkat(target->parts, part, 0) || (fd = open_folder(target->parts, part)) < 0)
        return;
    empty_folder(fd, 0);
    unlinkat(target->parts, part, AT_REMOVEDIR);
}

/* Where renameat2(2) does not know RENAME_NOREPLACE (some network file systems). */
static int publish_by_link(int parts, const char *part, int folder, const char *name)
{
    if (linkat(parts, part, folder, name, 0))
        return -errno;
    return error_of(unlinkat(parts, part, 0));
}

int target_publish(int parts, const char *part, int folder, const char *name, int replace)
{
    struct stat st;

    if (replace)
        return error_of(renameat(parts, part, folder, name));
    if (!renameat2(parts, part, folder, name, RENAME_NOREPLACE))
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (publish_by_link(parts, part, folder, name) == 0)
        return 0;
    if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK)
        return -errno;
    /* FAT has no second names either; the folder is locked against other downloads. */
    if (!fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW))
        return -EEXIST;
    return error_of(renameat(parts, part, folder, name));
}
