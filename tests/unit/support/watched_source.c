#include "watched_source.h"

#include <stdlib.h>
#include <string.h>

#include "base/lock.h"

static size_t block_count(const struct watched_source *watched)
{
    return (size_t)(watched->source.size / WATCHED_BLOCK) + 1;
}

/* With the lock held. */
static void note_access(struct watched_source *watched, uint64_t offset, uint64_t want,
                        enum source_hint hint)
{
    uint64_t end = offset + want < watched->source.size ? offset + want : watched->source.size;
    uint64_t first = offset / WATCHED_BLOCK, last = (end - 1) / WATCHED_BLOCK;
    struct readahead_plan plan;
    int is_new = 0;

    for (uint64_t block = first; block <= last; block++) {
        is_new |= !watched->asked[block];
        watched->asked[block] = 1;
    }
    if (is_new) {
        watched->ranges++;
        if ((last - first + 1) * WATCHED_BLOCK > watched->largest)
            watched->largest = (last - first + 1) * WATCHED_BLOCK;
    }
    if (hint == SOURCE_RANDOM)
        return;
    plan = readahead_access(&watched->readahead, offset, end - offset, watched->source.size);
    watched->ahead += plan.ahead.to - plan.ahead.from + plan.behind.to - plan.behind.from;
}

static int watched_view(struct source *source, uint64_t offset, uint64_t want,
                        enum source_hint hint, struct source_view *view, struct op *op)
{
    struct watched_source *watched = container_of(source, struct watched_source, source);
    uint64_t len;

    if (offset >= source->size || !want || hint == SOURCE_CACHED)
        return -EIO;
    LOCKED(&watched->lock);
    watched->views++;
    note_access(watched, offset, want, hint);
    if (offset >= watched->stalls_from) {
        watched->waiting++;
        return op_wait(op, &watched->queue, 0);
    }
    len = WATCHED_BLOCK - offset % WATCHED_BLOCK;
    view->data = watched->bytes + offset;
    view->len = (size_t)(len < source->size - offset ? len : source->size - offset);
    view->pin = NULL;
    return 0;
}

static void watched_release(struct source *source, struct source_view *view)
{
    (void)source;
    (void)view;
}

static void watched_discard(struct source *source, uint64_t offset, uint64_t len,
                            enum source_discard why)
{
    (void)why;
    (void)source;
    (void)offset;
    (void)len;
}

void watched_init(struct watched_source *watched, const uint8_t *bytes, size_t n)
{
    static const struct source_type type = {
        .view = watched_view, .release = watched_release, .discard = watched_discard};

    memset(watched, 0, sizeof(*watched));
    watched->source.type = &type;
    watched->source.size = n;
    watched->bytes = bytes;
    watched->stalls_from = UINT64_MAX;
    watched->asked = malloc(block_count(watched));
    if (!watched->asked)
        abort();
    pthread_mutex_init(&watched->lock, NULL);
    wait_queue_init(&watched->queue);
    watched_reset(watched);
}

void watched_free(struct watched_source *watched)
{
    watched_go_on(watched);
    pthread_mutex_destroy(&watched->lock);
    free(watched->asked);
}

void watched_reset(struct watched_source *watched)
{
    LOCKED(&watched->lock);
    readahead_init(&watched->readahead, READAHEAD_MAX);
    memset(watched->asked, 0, block_count(watched));
    watched->views = watched->waiting = watched->ranges = 0;
    watched->largest = watched->ahead = 0;
}

void watched_stall(struct watched_source *watched, uint64_t from)
{
    LOCKED(&watched->lock);
    watched->stalls_from = from;
}

void watched_go_on(struct watched_source *watched)
{
    LOCKED(&watched->lock);
    watched->stalls_from = UINT64_MAX;
    wait_queue_wake(&watched->queue, 0);
}

unsigned watched_waiting(struct watched_source *watched)
{
    LOCKED(&watched->lock);
    return watched->waiting;
}
