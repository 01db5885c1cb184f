#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "taskfs-unit."
#define PATHS  32

static char folder[PATH_MAX];

#define MUST(condition)                  \
    do {                                 \
        if (!(condition)) {              \
            perror(__FILE__ #condition); \
            abort();                     \
        }                                \
    } while (0)

/* Removes what a folder has; name by name, as paths may be longer than PATH_MAX. */
static void remove_below(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (unlinkat(fd, entry->d_name, 0)) {
            remove_below(fd, entry->d_name);
            unlinkat(fd, entry->d_name, AT_REMOVEDIR);
        }
    }
    if (dir)
        closedir(dir);
}

static void remove_tree(const char *path)
{
    remove_below(AT_FDCWD, path);
    rmdir(path);
}

static const char *temporary(void)
{
    const char *named = getenv("TMPDIR");

    return named && *named ? named : "/tmp";
}

/* A test with a failing allocation may end its process at once. */
static void sweep(void)
{
    DIR *dir = opendir(temporary());
    struct dirent *entry;
    char path[PATH_MAX];

    MUST(dir);
    while ((entry = readdir(dir))) {
        pid_t owner;

        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) != 0)
            continue;
        owner = (pid_t)atoi(entry->d_name + strlen(PREFIX));
        if (owner <= 0 || !kill(owner, 0) || errno != ESRCH)
            continue;
        snprintf(path, sizeof(path), "%s/%s", temporary(), entry->d_name);
        remove_tree(path);
    }
    closedir(dir);
}

const char *scratch_make(void)
{
    sweep();
    snprintf(folder, sizeof(folder), "%s/" PREFIX "%d", temporary(), (int)getpid());
    remove_tree(folder);
    MUST(!mkdir(folder, 0755));
    return folder;
}

void scratch_remove(void)
{
    remove_tree(folder);
}

const char *scratch_path(const char *path)
{
    static char paths[PATHS][2 * PATH_MAX];
    static unsigned next;
    char *out = paths[next++ % PATHS];

    snprintf(out, sizeof(paths[0]), "%s/%s", folder, path);
    return out;
}

/* Returns the path of something whose folders are there. */
static const char *prepare(const char *path)
{
    char above[PATH_MAX];

    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
        MUST(!mkdir(scratch_path(above), 0755) || errno == EEXIST);
    }
    return scratch_path(path);
}

void scratch_folder(const char *path)
{
    MUST(!mkdir(prepare(path), 0755) || errno == EEXIST);
}

void scratch_file(const char *path, const char *content)
{
    int fd = open(prepare(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    MUST(fd >= 0);
    MUST(write(fd, content, strlen(content)) == (ssize_t)strlen(content));
    close(fd);
}

void scratch_link(const char *path, const char *target)
{
    MUST(!symlink(target, prepare(path)));
}

void scratch_fifo(const char *path)
{
    MUST(!mkfifo(prepare(path), 0644));
}

const char *scratch_what(const char *path)
{
    static char out[8192];
    const char *full = scratch_path(path);
    struct stat st;
    ssize_t n = 0;
    int fd;

    if (lstat(full, &st))
        return "(nothing)";
    if (S_ISDIR(st.st_mode))
        return "(folder)";
    if (S_ISLNK(st.st_mode)) {
        memcpy(out, "-> ", 3);
        n = readlink(full, out + 3, sizeof(out) - 4);
        out[n < 0 ? 0 : n + 3] = '\0';
        return out;
    }
    if (!S_ISREG(st.st_mode))
        return "(other)";
    fd = open(full, O_RDONLY | O_CLOEXEC);
    MUST(fd >= 0);
    n = read(fd, out, sizeof(out) - 1);
    close(fd);
    out[n < 0 ? 0 : n] = '\0';
    return out;
}

mode_t scratch_mode(const char *path)
{
    struct stat st;

    return lstat(scratch_path(path), &st) ? 07777 + 1 : st.st_mode & 07777;
}

static int count_names(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    int count = 0;

    MUST(dir);
    while ((entry = readdir(dir)))
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

int scratch_count(const char *path)
{
    return count_names(scratch_path(path));
}

int open_descriptors(void)
{
    return count_names("/proc/self/fd");
}
