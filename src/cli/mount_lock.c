#include "cli/mount_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"

#define POLL_US 20000 /* flock(2) itself has no time limit */

void mount_lock_take(struct mount_lock *lock, const char *mountpoint, int64_t patience_ms)
{
    int64_t end = clock_ms() + patience_ms;

    lock->fd = open(mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (lock->fd >= 0 && flock(lock->fd, LOCK_EX | LOCK_NB)) {
        if ((errno == EWOULDBLOCK || errno == EINTR) && clock_ms() < end)
            usleep(POLL_US);
        else
            mount_lock_release(lock);
    }
}

void mount_lock_release(struct mount_lock *lock)
{
    if (lock->fd >= 0)
        close(lock->fd);
    lock->fd = -1;
}
