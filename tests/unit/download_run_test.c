#include "download/download.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "download/job.h"
#include "test.h"

#define LOG_NOTHING ((enum log_level)(-1))

static struct download_options options;
static struct download download;

/* A run without an engine: its jobs are not started, as they seem to follow others. */
static int begin(unsigned jobs)
{
    int rc;

    log_set_level(LOG_NOTHING);
    memset(&options, 0, sizeof(options));
    rc = download_init(&download, &options, NULL, NULL);
    for (unsigned i = 0; i < jobs && !rc; i++) {
        struct job *job = job_new(&download, "abc", ARCHIVE_OUTPUT);

        rc = job ? download_add(&download, job) : -ENOMEM;
        if (job && rc)
            job_free(job);
        else if (job)
            job->is_second = 1;
    }
    return rc ? rc : download_start(&download);
}

static void end(void)
{
    if (download.workers)
        download_stop(&download, -ECANCELED);
    download_free(&download);
    memset(&download, 0, sizeof(download)); /* whoever is left in a queue is lost now */
    umask(022);
}

/* Whether all jobs have ended, or do so within some milliseconds. */
static int has_ended(int ms)
{
    struct pollfd polled = {.fd = download.event, .events = POLLIN};

    return poll(&polled, 1, ms) == 1;
}

static int waits(struct wait_queue *queue)
{
    int is_empty;

    pthread_mutex_lock(&download.lock);
    is_empty = list_empty(&queue->waiters);
    pthread_mutex_unlock(&download.lock);
    return !is_empty;
}

static int comes_to_wait(struct wait_queue *queue)
{
    for (int i = 0; i < 20000 && !waits(queue); i++)
        usleep(1000);
    return waits(queue);
}

TEST(download_of_nothing_ends)
{
    int rc = begin(0), ended = has_ended(20000);

    end();
    CHECK_EQ(rc, 0);
    CHECK(ended);
}

TEST(download_ends_with_its_last_job)
{
    int rc = begin(2), early = 0, ended = 0;

    if (!rc) {
        download_ended(&download, download.jobs[1]);
        early = has_ended(0);
        download_ended(&download, download.jobs[0]);
        ended = has_ended(20000);
    }
    end();
    CHECK_EQ(rc, 0);
    CHECK(!early && ended);
}

TEST(download_that_is_stopped_leaves_nobody_waiting)
{
    int rc = begin(1), waited = 0, left = 0;

    if (!rc) {
        waited = comes_to_wait(&download.idle);
        download_stop(&download, -EINTR);
        left = waits(&download.idle) || waits(&download.turns);
    }
    end();
    CHECK_EQ(rc, 0);
    CHECK(waited);
    CHECK(!left);
}
