/*
 * A byte source for fuzz targets: a local header of a deflated member with a name of no bytes, and
 * data behind it, in small blocks that are waited for once each, or are not there for who fetches
 * nothing (SOURCE_CACHED). Views are copies of exactly their length.
 */
#ifndef TASKFS_PENDING_SOURCE_H
#define TASKFS_PENDING_SOURCE_H

#include <stdlib.h>
#include <string.h>

#include "base/source.h"
#include "op/op.h"

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

#define PENDING_HEADER 30

/* A block comes when it is asked for; is here; or comes anyhow. */
enum pending_block { PENDING_NOT, PENDING_HERE, PENDING_COMES };

struct pending_source {
    struct source source;
    uint8_t *bytes;
    uint8_t *here; /* of each block, enum pending_block */
    size_t block;
    unsigned pins;
    unsigned fetched; /* blocks that were waited for */
    int may_decline;  /* views with SOURCE_CACHED are expected */
    struct wait_queue queue;
};

static int pending_view(struct source *source, uint64_t offset, uint64_t want,
                        enum source_hint hint, struct source_view *view, struct op *op)
{
    struct pending_source *pending = container_of(source, struct pending_source, source);
    size_t len = pending->block - (size_t)offset % pending->block;
    uint8_t *copy, *here;

    REQUIRE(want > 0 && (hint != SOURCE_CACHED || pending->may_decline));
    if (offset >= source->size)
        return -EIO;
    here = pending->here + offset / pending->block;
    if (*here != PENDING_HERE) {
        int rc;

        if (hint == SOURCE_CACHED && *here == PENDING_NOT)
            return -EAGAIN;
        rc = op_wait(op, &pending->queue, 0);
        pending->fetched += *here == PENDING_NOT;
        *here = PENDING_HERE;
        wait_queue_wake(&pending->queue, 0);
        return rc;
    }
    if (len > source->size - offset)
        len = (size_t)(source->size - offset);
    copy = malloc(len);
    REQUIRE(copy);
    memcpy(copy, pending->bytes + offset, len);
    *view = (struct source_view){.data = copy, .len = len, .pin = copy};
    pending->pins++;
    return 0;
}

static void pending_release(struct source *source, struct source_view *view)
{
    free(view->pin);
    container_of(source, struct pending_source, source)->pins--;
}

static void pending_discard(struct source *source, uint64_t offset, uint64_t len,
                            enum source_discard why)
{
    (void)why;
    REQUIRE(offset <= source->size && len <= source->size - offset);
}

static inline void pending_source_init(struct pending_source *pending, const uint8_t *data,
                                       size_t n, size_t block)
{
    static const struct source_type type = {
        .view = pending_view, .release = pending_release, .discard = pending_discard};
    static const uint8_t header[PENDING_HEADER] = {'P', 'K', 3, 4, 20, 0, 0, 0, 8};

    memset(pending, 0, sizeof(*pending));
    pending->source.type = &type;
    pending->source.size = PENDING_HEADER + n;
    pending->block = block;
    pending->bytes = malloc(PENDING_HEADER + n);
    pending->here = calloc((PENDING_HEADER + n) / block + 1, 1);
    REQUIRE(pending->bytes && pending->here);
    memcpy(pending->bytes, header, PENDING_HEADER);
    memcpy(pending->bytes + PENDING_HEADER, data, n);
    wait_queue_init(&pending->queue);
}

/* Readahead has come as far as `part` of 31; every second block is still on its way. */
static inline void pending_source_bring(struct pending_source *pending, size_t part)
{
    size_t blocks = (size_t)pending->source.size / pending->block + 1;

    for (size_t i = 0; i < blocks * part / 31; i++) {
        if (pending->here[i] == PENDING_NOT)
            pending->here[i] = i % 2 ? PENDING_COMES : PENDING_HERE;
    }
}

static inline void pending_source_free(struct pending_source *pending)
{
    free(pending->bytes);
    free(pending->here);
}

#endif
