/*
 * Loaded into a program (LD_PRELOAD), makes every file system look like FAT on an old kernel: no
 * links of either kind, no rename that replaces nothing, no names with a colon or of more than 100
 * bytes; and no room that is reserved for a file.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME_BYTES_MAX 100

int renameat2(int from, const char *name, int to, const char *other, unsigned flags);
int linkat(int from, const char *name, int to, const char *other, int flags);
int symlinkat(const char *target, int at, const char *name);
int renameat(int from, const char *name, int to, const char *other);
int mkdirat(int at, const char *name, mode_t mode);
int fallocate(int fd, int mode, off_t offset, off_t len);

static int fail(int error)
{
    errno = error;
    return -1;
}

/* Returns 0, or the errno for the last part of the path. */
static int problem_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

    if (strlen(name) > NAME_BYTES_MAX)
        return ENAMETOOLONG;
    return strchr(name, ':') ? EINVAL : 0;
}

int renameat2(int from, const char *name, int to, const char *other, unsigned flags)
{
    return flags ? fail(EINVAL) : renameat(from, name, to, other);
}

int linkat(int from, const char *name, int to, const char *other, int flags)
{
    (void)from, (void)name, (void)to, (void)other, (void)flags;
    return fail(EPERM);
}

int symlinkat(const char *target, int at, const char *name)
{
    (void)target, (void)at, (void)name;
    return fail(EPERM);
}

int renameat(int from, const char *name, int to, const char *other)
{
    int problem = problem_of(other);

    return problem ? fail(problem) : (int)syscall(SYS_renameat2, from, name, to, other, 0);
}

int mkdirat(int at, const char *name, mode_t mode)
{
    int problem = problem_of(name);

    return problem ? fail(problem) : (int)syscall(SYS_mkdirat, at, name, mode);
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
    (void)fd, (void)mode, (void)offset, (void)len;
    return fail(EOPNOTSUPP);
}
