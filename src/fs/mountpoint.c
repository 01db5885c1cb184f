/* Whether something can be mounted at a place, and clearing away what a crash has left there. */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "fs/session.h"

extern char **environ;

/* Undoes the octal escapes of /proc/self/mountinfo, in place. */
static void unescape(char *text)
{
    char *to = text;

    for (; *text; text++) {
        if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
            text[2] <= '7' && text[3] >= '0' && text[3] <= '7') {
            *to++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
            text += 3;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

/* Whether one line of mountinfo (proc(5)) is a taskfs at `path` that this user mounted. */
static int is_our_mount(char *line, const char *path)
{
    char *at = line, *mountpoint = NULL, *type, *options, *user;
    unsigned long uid;

    for (int field = 0; field < 5 && at; field++) {
        mountpoint = at;
        at = strchr(at, ' ');
        if (at)
            *at++ = '\0';
    }
    if (!at || !(type = strstr(at, " - ")))
        return 0;
    unescape(mountpoint);
    type += 3;
    options = strchr(type, ' ');
    if (strcmp(mountpoint, path) != 0 || strncmp(type, "fuse.taskfs ", 12) != 0 || !options)
        return 0;
    user = strstr(options, "user_id=");
    uid = user ? strtoul(user + 8, NULL, 10) : 0;
    return user && (uid == getuid() || getuid() == 0);
}

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

static int is_dead_and_ours(const char *path)
{
    FILE *file = fopen("/proc/self/mountinfo", "re");
    char real[4096], *line = NULL;
    size_t size = 0;
    int found = 0;

    if (file && !real_mountpoint(path, real, sizeof(real)))
        while (getline(&line, &size, file) > 0)
            found |= is_our_mount(line, real);
    free(line);
    if (file)
        fclose(file);
    return found;
}

static int unmount_dead(const char *path)
{
    const char *argv[] = {"fusermount3", "-u", "-z", "-q", "--", path, NULL};
    int status;
    pid_t pid;

    if (getuid() == 0)
        return umount2(path, MNT_DETACH) ? -errno : 0;
    if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ))
        return -EIO;
    if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
        return -EIO;
    return 0;
}

static int clear_dead_mount(const char *path, char *why, size_t why_size)
{
    int rc;

    if (!is_dead_and_ours(path)) {
        snprintf(why, why_size, "'%s' is a dead mount of another program or user: unmount it first",
                 path);
        return -ENOTCONN;
    }
    rc = unmount_dead(path);
    if (rc)
        snprintf(why, why_size, "'%s' is a dead mount that can't be cleared: try fusermount3 -u -z",
                 path);
    else
        log_info("cleared a dead mount of taskfs from '%s'", path);
    return rc;
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

/* 0 a directory that can be opened, or why not. */
static int probe(const char *path)
{
    struct stat st;
    DIR *dir;

    if (stat(path, &st))
        return -errno;
    if (!S_ISDIR(st.st_mode))
        return -ENOTDIR;
    /* The kernel may know a dead mount's attributes by heart, but it can't open it. */
    dir = opendir(path);
    if (!dir)
        return -errno;
    closedir(dir);
    return 0;
}

int session_check(const char *mountpoint, char *why, size_t why_size)
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
    return check_empty(mountpoint, why, why_size);
}
