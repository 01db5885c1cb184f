#include "fs/push.h"

#include <stdlib.h>

#include "base/list.h"
#include "base/lock.h"
#include "base/stats.h"
#include "fs/nodes.h"
#include "kernel/notify.h"

struct push_job {
    struct pusher *pusher;
    struct notify *notify;
    struct archive *archive; /* holds a reference */
    uint8_t room[ARCHIVE_PUSH_ROOM];
};

/* On a thread of the notifier. */
static void push_all(void *arg, int is_dropped)
{
    struct push_job *job = arg;
    struct identity *identity = archive_identity(job->archive);
    struct archive_push push = {.room = job->room};

    if (is_dropped)
        archive_push_cancel(job->archive);
    while (!is_dropped && archive_push_take(job->archive, &push)) {
        size_t len = push.len;
        int rc = notify_store(job->notify, node_id(identity, push.index), push.parts, push.count);

        archive_push_done(job->archive, &push, rc);
        if (rc)
            continue;
        stats_add(job->pusher->stats, STAT_BYTES_SERVED, len);
        stats_add(job->pusher->stats, STAT_PUSHED_FILES, 1);
    }
    archive_unref(job->archive);
    free(job);
}

static void pusher_start(struct archive_pusher *archives, struct archive *archive)
{
    struct pusher *pusher = container_of(archives, struct pusher, archives);
    struct push_job *job = malloc(sizeof(*job));
    int rc = -1;

    if (job) {
        LOCKED(&pusher->lock);
        job->pusher = pusher;
        job->notify = pusher->notify;
        job->archive = archive;
        archive_ref(archive);
        if (pusher->notify)
            rc = notify_run(pusher->notify, node_id(archive_identity(archive), ZIP_ROOT), push_all,
                            job);
    }
    if (!rc)
        return;
    archive_push_cancel(archive);
    if (job)
        archive_unref(archive);
    free(job);
}

void pusher_init(struct pusher *pusher, struct stats *stats)
{
    *pusher = (struct pusher){.archives = {.start = pusher_start}, .stats = stats};
    pthread_mutex_init(&pusher->lock, NULL);
}

void pusher_use(struct pusher *pusher, struct notify *notify)
{
    LOCKED(&pusher->lock);
    pusher->notify = notify;
}

void pusher_free(struct pusher *pusher)
{
    pthread_mutex_destroy(&pusher->lock);
}
