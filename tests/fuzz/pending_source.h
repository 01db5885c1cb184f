/*
 * A byte source for fuzz targets: a local header of a deflated member with a name of no bytes, and
 * data behind it, in small blocks that are waited for once each. Views are copies of exactly their
 * length.
 */
#ifndef TASKFS_PENDING_SOURCE_H
#define TASKFS_PENDING_SOURCE_H

#include <stdlib.h>
#include <string.h>

#include "base/op.h"
#include "base/source.h"

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

#define PENDING_HEADER 30

struct pending_source {
    struct source source;
    uint8_t *bytes;
    uint8_t *here; /* a byte a block */
    size_t block;
    unsigned pins;
    struct wait_queue queue;
};

static int pending_view(struct source *source, uint64_t offset, uint64_t want,
                        struct source_view *view, struct op *op)
{
    struct pending_source *pending = container_of(source, struct pending_source, source);
    size_t len = pending->block - (size_t)offset % pending->block;
    uint8_t *copy;

    REQUIRE(want > 0);
    if (offset >= source->size)
        return -EIO;
    if (!pending->here[offset / pending->block]) {
        int rc = op_wait(op, &pending->queue, 0);

        pending->here[offset / pending->block] = 1;
        wait_queue_wake(&pending->queue, 0);
        return rc;
    }
    if (len > source->size - offset)
        len = (size_t)(source->size - offset);
    copy = malloc(len);
    REQUIRE(copy);
    memcpy(copy, pending->bytes + offset, len);
    *view = (struct source_view){copy, len, copy};
    pending->pins++;
    return 0;
}

static void pending_release(struct source *source, struct source_view *view)
{
    free(view->pin);
    container_of(source, struct pending_source, source)->pins--;
}

static void pending_forget(struct source *source, uint64_t offset, uint64_t len)
{
    REQUIRE(offset <= source->size && len <= source->size - offset);
}

static inline void pending_source_init(struct pending_source *pending, const uint8_t *data,
                                       size_t n, size_t block)
{
    static const struct source_type type = {
        .view = pending_view, .release = pending_release, .forget = pending_forget};
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

static inline void pending_source_free(struct pending_source *pending)
{
    free(pending->bytes);
    free(pending->here);
}

#endif
