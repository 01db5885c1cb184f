/*
 * Opening and removing files of the cache. A path is followed folder by folder, each opened without
 * following a link: whatever is planted in the cache, nothing outside of it is read or written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk/internal.h"

#define TRIES        4 /* another program may remove a folder as soon as it is made */

#define FOLDER_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Opens a folder in another one. If `may_make`, it is made when it is missing, and in the place of
 * what is not a folder. Returns a descriptor or a negative errno. */
static int enter(int above, const char *name, int may_make)
{
    int fd = openat(above, name, FOLDER_FLAGS);

    if (fd >= 0)
        return fd;
    if (!may_make || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP))
        return -errno;
    if (errno != ENOENT)
        unlinkat(above, name, 0);
    if (mkdirat(above, name, 0700) && errno != EEXIST)
        return -errno;
    fd = openat(above, name, FOLDER_FLAGS);
    return fd < 0 ? -errno : fd;
}

/* Opens the folder that `path` lies in. Returns a descriptor, with the last part of the path in
 * *name, or a negative errno. */
static int open_parent(struct disk *disk, const char *path, int may_make, const char **name)
{
    char part[DISK_PATH_MAX];
    int fd = openat(disk->root, ".", FOLDER_FLAGS), below;
    const char *slash;

    if (fd < 0)
        return -errno;
    for (; (slash = strchr(path, '/')); path = slash + 1) {
        size_t len = (size_t)(slash - path);

        if (len >= sizeof(part)) {
            close(fd);
            return -ENAMETOOLONG;
        }
        memcpy(part, path, len);
        part[len] = '\0';
        below = enter(fd, part, may_make);
        close(fd);
        if (below < 0)
            return below;
        fd = below;
    }
    *name = path;
    return fd;
}

/* A file that has other names too may have one outside of the cache. */
static int is_shared(int fd)
{
    struct stat st;

    return fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_nlink > 1;
}

static int open_once(struct disk *disk, const char *path, int flags)
{
    const char *name;
    int folder = open_parent(disk, path, flags & O_CREAT, &name), fd;

    if (folder < 0)
        return folder;
    fd = openat(folder, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        fd = -errno;
    close(folder);
    return fd;
}

int disk_is_of_one_name(int error)
{
    return error == EISDIR || error == ENOTDIR || error == ELOOP || error == EMLINK ||
           error == EEXIST || error == ENOTEMPTY || error == ENXIO;
}

int disk_open_file(struct disk *disk, const char *path, int flags)
{
    int fd = open_once(disk, path, flags);

    for (int i = 1; i < TRIES && fd == -ENOENT && flags & O_CREAT; i++)
        fd = open_once(disk, path, flags);
    if (fd >= 0 && (flags & O_ACCMODE) != O_RDONLY && is_shared(fd)) {
        close(fd);
        return -EMLINK;
    }
    return fd;
}

DIR *disk_open_folder(struct disk *disk, const char *path)
{
    const char *name;
    int above = open_parent(disk, path, 0, &name), fd;
    DIR *folder;

    if (above < 0)
        return NULL;
    fd = openat(above, *name ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    close(above);
    if (fd < 0)
        return NULL;
    folder = fdopendir(fd);
    if (!folder)
        close(fd);
    return folder;
}

int disk_rename(struct disk *disk, const char *from, const char *to)
{
    const char *name, *new_name;
    int folder = open_parent(disk, from, 0, &name), error;

    if (folder < 0)
        return folder;
    new_name = to + (name - from);
    error = renameat(folder, name, folder, new_name) ? errno : 0;
    if (error == EISDIR && !unlinkat(folder, new_name, AT_REMOVEDIR))
        error = renameat(folder, name, folder, new_name) ? errno : 0;
    close(folder);
    return -error;
}

int disk_remove(struct disk *disk, const char *path)
{
    const char *name;
    int folder = open_parent(disk, path, 0, &name), error;

    if (folder < 0)
        return folder;
    error = unlinkat(folder, name, 0) ? errno : 0;
    if (error == EISDIR)
        error = unlinkat(folder, name, AT_REMOVEDIR) ? errno : 0;
    close(folder);
    return -error;
}

int disk_remove_up(struct disk *disk, const char *path)
{
    char folder[DISK_PATH_MAX];
    char *slash, *objects;
    int rc = disk_remove(disk, path);

    if (rc && rc != -ENOENT)
        return rc;
    snprintf(folder, sizeof(folder), "%s", path);
    objects = strstr(folder, "/objects/");
    while (objects && (slash = strrchr(folder, '/')) > objects + strlen("/objects")) {
        *slash = '\0';
        if (disk_remove(disk, folder))
            break;
    }
    return 0;
}
