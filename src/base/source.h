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
    void *pin; /* the source's own */
};

struct source_type {
    /*
     * Gives what lies at `offset`, at least one byte, at most as the source pleases. `want` is how
     * many bytes from there the caller is certain to read; a source that has to fetch fetches them
     * together, and looks ahead, unless op->is_random. 0: nothing is fetched for this caller, who works ahead of a reader.
     * Returns 0; OP_PENDING when `op` was put to wait; -EIO past the end or when the bytes can't be
     * had; -ESTALE when the object has changed; -ENOMEM; with want == 0 also -EAGAIN, when they are
     * neither here nor on their way. Never blocks.
     */
    int (*view)(struct source *source, uint64_t offset, uint64_t want, struct source_view *view,
                struct op *op);
    void (*release)(struct source *source, struct source_view *view);
    /* Forgets any cached copy of these bytes: they were found to be wrong. */
    void (*forget)(struct source *source, uint64_t offset, uint64_t len);
};

struct source {
    const struct source_type *type;
    uint64_t size; /* bytes; does not change */
};

static inline int source_view(struct source *source, uint64_t offset, uint64_t want,
                              struct source_view *view, struct op *op)
{
    return source->type->view(source, offset, want, view, op);
}

static inline void source_release(struct source *source, struct source_view *view)
{
    if (view->pin)
        source->type->release(source, view);
    view->pin = NULL;
}

/*
 * Copies [offset, offset + len) to `out`; `want` as of view, counted from `offset`. Returns 0 or
 * what view returns; on OP_PENDING nothing is kept of what was copied, so `len` should be small.
 */
int source_read(struct source *source, uint64_t offset, void *out, size_t len, uint64_t want,
                struct op *op);

#endif
