/*
 * A count of references to an object that several threads share.
 *
 * A reference keeps the object alive and nothing else: the object's fields have guards of their
 * own. Who looks an object up, say in a table, takes the reference with the lock held that is
 * needed to remove the object from the table; else the last one may go in between.
 */
#ifndef TASKFS_BASE_REFCOUNT_H
#define TASKFS_BASE_REFCOUNT_H

#include <stdatomic.h>

struct refcount {
    atomic_uint count;
};

/* Sets the count to `n`, before other threads know the object. */
static inline void refcount_init(struct refcount *refcount, unsigned n)
{
    atomic_init(&refcount->count, n);
}

/* One more reference; the caller has one, or a guarantee of its own that the count is not 0. */
static inline void refcount_get(struct refcount *refcount)
{
    atomic_fetch_add_explicit(&refcount->count, 1, memory_order_relaxed);
}

/* One reference less. Returns 1 when it was the last: the caller frees the object, and sees all
 * that other threads wrote to it before they gave up theirs. Else returns 0. */
static inline int refcount_put(struct refcount *refcount)
{
    return atomic_fetch_sub_explicit(&refcount->count, 1, memory_order_acq_rel) == 1;
}

#endif
