#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int file_read(const char *path, char *out, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error = 0;
    size_t used = 0;
    ssize_t n;

    if (fd < 0)
        return -errno;
    while ((n = read(fd, out + used, size - used)) > 0)
        used += (size_t)n;
    if (n < 0)
        error = -errno;
    close(fd);
    return error ? error : (int)used;
}
