#include "cli/mount_lock.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "test.h"

#define LONG 20000 /* ms; nothing here takes so long */

static char folder[] = "/tmp/mount_lock_test.XXXXXX";

static void *take(void *arg)
{
    struct mount_lock *lock = arg;

    mount_lock_take(lock, folder, LONG);
    return NULL;
}

TEST(mount_lock_is_held_by_one)
{
    struct mount_lock first, second, third;
    pthread_t thread;
    int64_t start;

    strcpy(strrchr(folder, '.'), ".XXXXXX");
    CHECK(mkdtemp(folder));
    mount_lock_take(&first, folder, LONG);
    CHECK(first.fd >= 0);
    start = clock_ms();
    mount_lock_take(&second, folder, 30); /* its time is over: it goes without */
    CHECK_EQ(second.fd, -1);
    CHECK(clock_ms() - start >= 30);

    CHECK_EQ(pthread_create(&thread, NULL, take, &third), 0);
    mount_lock_release(&second); /* harmless */
    mount_lock_release(&first);
    pthread_join(thread, NULL);
    CHECK(third.fd >= 0);
    CHECK(clock_ms() - start < LONG);
    mount_lock_release(&third);
    mount_lock_release(&third);
    CHECK_EQ(rmdir(folder), 0); /* nothing was left in it */
}

TEST(mount_lock_of_what_cannot_be_locked)
{
    struct mount_lock lock;
    int64_t start = clock_ms();

    mount_lock_take(&lock, "/no/such/folder", LONG);
    CHECK_EQ(lock.fd, -1);
    mount_lock_take(&lock, "/dev/null", LONG);
    CHECK_EQ(lock.fd, -1);
    CHECK(clock_ms() - start < LONG);
}
