#include "kernel/mountpoint.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mount_table.h"

#define DEVICE "/dev/fuse"
#define HELPER "fusermount3"

/* The path as mountinfo has it; the last part can't be resolved, its filesystem is dead. */
static int real_mountpoint(const char *path, char *out, size_t size)
{
    char copy[4096], parent[4096], *slash, *last;
    size_t len = strlen(path);

    if (len >= sizeof(copy))
        return -ENAMETOOLONG;
    strcpy(copy, path);
    while (len > 1 && copy[len - 1] == '/')
        copy[--len] = '\0';
    slash = strrchr(copy, '/');
    last = slash ? slash + 1 : copy;
    if (slash)
        *slash = '\0';
    if (!realpath(!slash ? "." : slash == copy ? "/" : copy, parent))
        return -errno;
    if (snprintf(out, size, "%s/%s", strcmp(parent, "/") == 0 ? "" : parent, last) >= (int)size)
        return -ENAMETOOLONG;
    return 0;
}

static int is_ours(const char *path)
{
    char real[4096];

    return !real_mountpoint(path, real, sizeof(real)) && mount_is_ours(real);
}

static int clear_dead_mount(const char *path, char *why, size_t why_size)
{
    int rc;

    if (!is_ours(path)) {
        snprintf(why, why_size, "'%s' is a dead mount of another program or user: unmount it first",
                 path);
        return -ENOTCONN;
    }
    rc = mount_detach(path);
    if (rc)
        snprintf(why, why_size, "'%s' is a dead mount that can't be cleared: try fusermount3 -u -z",
                 path);
    else
        log_info("cleared a dead mount of taskfs from '%s'", path);
    return rc;
}

static int check_free(const char *path, char *why, size_t why_size)
{
    char real[PATH_MAX];

    if (is_ours(path))
        snprintf(why, why_size,
                 "'%s' is mounted already: unmount it first (fusermount3 -u), or give another "
                 "directory",
                 path);
    else if (realpath(path, real) && mount_holds(real))
        snprintf(why, why_size, "'%s' is in a mount of taskfs: give a directory outside of it",
                 path);
    else
        return 0;
    return -EBUSY;
}

static int check_empty(const char *path, char *why, size_t why_size)
{
    DIR *dir = opendir(path);
    const struct dirent *entry;
    int count = 0;

    if (!dir) {
        int error = errno;

        snprintf(why, why_size, "cannot open '%s': %s", path, strerror(error));
        return -error;
    }
    while (count <= 2 && (entry = readdir(dir)))
        count++;
    closedir(dir);
    if (count <= 2)
        return 0;
    snprintf(why, why_size, "'%s' is not empty: give an empty directory to mount on", path);
    return -ENOTEMPTY;
}

/* Returns 0 when it is a directory that can be opened, else a negative errno. */
static int probe(const char *path)
{
    struct stat st;
    DIR *dir;

    if (stat(path, &st))
        return -errno;
    if (!S_ISDIR(st.st_mode))
        return -ENOTDIR;
    /* The kernel may have cached a dead mount's attributes, but it cannot open it. */
    dir = opendir(path);
    if (!dir)
        return -errno;
    closedir(dir);
    return 0;
}

/* Whether FUSE is available to us; libfuse's message would say less. */
static int check_device(char *why, size_t why_size)
{
    int fd = open(DEVICE, O_RDWR | O_CLOEXEC), error = errno;

    if (fd >= 0) {
        close(fd);
        return 0;
    }
    if (error == EACCES || error == EPERM)
        snprintf(why, why_size,
                 "you may not use FUSE: cannot open '" DEVICE
                 "': %s; ask an administrator for access to it (Debian's udev makes its mode 0666)",
                 strerror(error));
    else
        snprintf(why, why_size,
                 "there is no FUSE here: cannot open '" DEVICE
                 "': %s; have the kernel's module loaded (modprobe fuse, as root), or the device "
                 "passed into the container",
                 strerror(error));
    return -error;
}

/* Users other than root mount through a helper program. */
static int check_helper(char *why, size_t why_size)
{
    static const char *const places[] = {"/usr/bin/" HELPER, "/bin/" HELPER,
                                         "/usr/local/bin/" HELPER};

    if (geteuid() == 0)
        return 0;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (access(places[i], X_OK) == 0)
            return 0;
    snprintf(why, why_size,
             "there is no '%s', by which users mount: install Debian's package fuse3", places[0]);
    return -ENOENT;
}

int mountpoint_check(const char *mountpoint, char *why, size_t why_size)
{
    int rc = probe(mountpoint);

    if (rc == -ENOTCONN || rc == -ECONNABORTED) {
        rc = clear_dead_mount(mountpoint, why, why_size);
        if (rc)
            return rc;
        rc = probe(mountpoint);
    }
    if (rc) {
        snprintf(why, why_size, "cannot mount on '%s': %s%s", mountpoint,
                 rc == -ENOTDIR ? "it is not a directory" : strerror(-rc),
                 rc == -ENOENT ? "; make the directory first" : "");
        return rc;
    }
    rc = check_free(mountpoint, why, why_size);
    if (!rc)
        rc = check_empty(mountpoint, why, why_size);
    /* Another taskfs may have mounted there since: then that is what is to be said. */
    if (rc == -ENOTEMPTY)
        rc = check_free(mountpoint, why, why_size) ? -EBUSY : -ENOTEMPTY;
    if (!rc)
        rc = check_device(why, why_size);
    return rc ? rc : check_helper(why, why_size);
}
