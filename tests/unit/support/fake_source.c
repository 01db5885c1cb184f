#include "fake_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/lock.h"

static size_t block_count(const struct fake_source *fake)
{
    return (size_t)(fake->source.size / fake->block) + 1;
}

/* The block that came first goes. */
static void lose_one(struct fake_source *fake)
{
    size_t oldest = 0, count = 0, blocks = block_count(fake);

    for (size_t i = 0; i < blocks; i++) {
        if (!fake->here[i])
            continue;
        if (!count++ || fake->here[i] < fake->here[oldest])
            oldest = i;
    }
    if (count > fake->keeps)
        fake->here[oldest] = 0;
}

static int fail(struct fake_source *fake, struct op *op)
{
    int rc = fake->fail_with;

    if (!fake->fails_waiters)
        return rc;
    rc = op_wait(op, &fake->queue, 0);
    wait_queue_wake(&fake->queue, fake->fail_with);
    return rc;
}

static int fake_view(struct source *source, uint64_t offset, uint64_t want, enum source_hint hint,
                     struct source_view *view, struct op *op)
{
    struct fake_source *fake = container_of(source, struct fake_source, source);
    size_t block, len;
    uint8_t *copy;

    (void)want;
    LOCKED(&fake->lock);
    if (++fake->views == fake->fail_at)
        return fail(fake, op);
    if (offset >= source->size)
        return -EIO;
    block = (size_t)(offset / fake->block);
    if (fake->pends && !fake->here[block] && hint == SOURCE_CACHED)
        return -EAGAIN;
    if (fake->pends && !fake->here[block]) {
        int rc = op_wait(op, &fake->queue, 0);

        fake->here[block] = ++fake->clock;
        if (fake->keeps)
            lose_one(fake);
        fake->pended++;
        wait_queue_wake(&fake->queue, 0);
        return rc;
    }
    len = fake->block - (size_t)(offset % fake->block);
    if (len > source->size - offset)
        len = (size_t)(source->size - offset);
    copy = malloc(len);
    if (!copy)
        abort();
    memcpy(copy, fake->bytes + offset, len);
    view->data = copy;
    view->len = len;
    view->pin = copy;
    fake->pins++;
    return 0;
}

static void fake_release(struct source *source, struct source_view *view)
{
    struct fake_source *fake = container_of(source, struct fake_source, source);
    LOCKED(&fake->lock);

    free(view->pin);
    fake->pins--;
}

static void fake_discard(struct source *source, uint64_t offset, uint64_t len,
                         enum source_discard why)
{
    struct fake_source *fake = container_of(source, struct fake_source, source);
    LOCKED(&fake->lock);

    (void)why;
    fake->discards++;
    fake->discarded_from = offset;
    fake->discarded_to = offset + len;
}

static const struct source_type fake_type = {
    .view = fake_view, .release = fake_release, .discard = fake_discard};

static void set_block(struct fake_source *fake, size_t block)
{
    free(fake->here);
    fake->block = block;
    fake->here = calloc(block_count(fake), sizeof(*fake->here));
    if (!fake->here)
        abort();
}

void fake_source_init(struct fake_source *fake, const void *bytes, size_t n)
{
    memset(fake, 0, sizeof(*fake));
    fake->source.type = &fake_type;
    fake->source.size = n;
    fake->bytes = bytes;
    pthread_mutex_init(&fake->lock, NULL);
    wait_queue_init(&fake->queue);
    set_block(fake, n + 1);
}

void fake_source_pend(struct fake_source *fake, size_t block)
{
    set_block(fake, block);
    fake->pends = 1;
}

void fake_source_free(struct fake_source *fake)
{
    pthread_mutex_destroy(&fake->lock);
    free(fake->here);
    fake->here = NULL;
}
