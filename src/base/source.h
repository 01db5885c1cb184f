/*
 * A byte source: something with a size, read at offsets. What stands on it (the zip code) reads
 * memory in tests and HTTP ranges in production, and knows of neither.
 */
#ifndef TASKFS_BASE_SOURCE_H
#define TASKFS_BASE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

struct op;
struct source;

/* Bytes of a source, readable until released. */
struct source_view {
    const uint8_t *data;
    size_t len;
    void *pin;     /* the source's own */
    size_t before; /* bytes of the source's copy that lie before `data`, and are pinned with it */
    /* Set by the reader before it releases the view: nobody will read the copy again, so that the
     * source may give it up first. 0 at first. */
    int is_done;
};

/* What the caller is going to do, which decides what a source that has to fetch fetches. */
enum source_hint {
    SOURCE_SEQUENTIAL, /* read on from there, as far as is known: the source may read ahead */
    SOURCE_RANDOM,     /* read these bytes alone: the source does not read ahead */
    SOURCE_CACHED,     /* speculate: nothing is fetched for it, and its `want` is ignored */
};

enum source_discard {
    SOURCE_UNNEEDED, /* they are right, and not needed any more */
    SOURCE_WRONG,
};

struct source_type {
    /*
     * Gives the bytes at `offset`: at least one, and as many as the source likes to give. `want` >
     * 0 is how many bytes from there the caller is certain to read; a source that has to fetch them
     * fetches them together. Returns 0; OP_PENDING when `op` has joined a wait queue; -EIO past the
     * end or when the bytes could not be fetched; -ESTALE when the object has changed; -ENOMEM;
     * with SOURCE_CACHED also -EAGAIN, when the bytes are neither here nor in flight; `op` may be
     * NULL then, and it is -EAGAIN whenever they are not here. Never blocks.
     */
    int (*view)(struct source *source, uint64_t offset, uint64_t want, enum source_hint hint,
                struct source_view *view, struct op *op);
    void (*release)(struct source *source, struct source_view *view);
    /* Discards any cached copy of these bytes, and what is in flight of them. */
    void (*discard)(struct source *source, uint64_t offset, uint64_t len, enum source_discard why);
};

struct source {
    const struct source_type *type;
    uint64_t size; /* bytes; does not change */
};

static inline int source_view(struct source *source, uint64_t offset, uint64_t want,
                              enum source_hint hint, struct source_view *view, struct op *op)
{
    view->is_done = 0;
    return source->type->view(source, offset, want, hint, view, op);
}

static inline void source_release(struct source *source, struct source_view *view)
{
    if (view->pin)
        source->type->release(source, view);
    view->pin = NULL;
    view->is_done = 0;
}

static inline void source_discard(struct source *source, uint64_t offset, uint64_t len,
                                  enum source_discard why)
{
    source->type->discard(source, offset, len, why);
}

/*
 * Copies [offset, offset + len) to `out`. `want` and `hint` are those of source_type.view; `want`
 * counts from `offset`, and one below `len` is taken as `len`. Returns 0 or what view returns. A
 * caller that was told OP_PENDING starts again at the first byte, so `len` should be small.
 */
int source_read(struct source *source, uint64_t offset, void *out, size_t len, uint64_t want,
                enum source_hint hint, struct op *op);

#endif
