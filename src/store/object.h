/*
 * One version of one object in the store (a task's archive), as a byte source: read through the
 * cache in blocks, fetched by ranges with readahead, its signed URL got and renewed by itself.
 *
 * The first answer's size and ETag are pinned. When the object changes, every read that needs the
 * store says -ESTALE from then on, and a new struct object has to be opened.
 */
#ifndef TASKFS_STORE_OBJECT_H
#define TASKFS_STORE_OBJECT_H

#include "api/client.h"
#include "base/source.h"
#include "cache/cache.h"

#define OBJECT_BLOCK    (64u * 1024)       /* bytes; ranges begin and end at multiples of it */
#define OBJECT_TAIL     (64u * 1024)       /* bytes at the end that opening fetches, as a rule */
#define OBJECT_TAIL_MAX (2u * 1024 * 1024) /* and at the most */

struct object;

/* What objects are made with; shared, and borrowed for their lives. */
struct object_context {
    struct client *client;
    struct net *net;
    struct cache *cache;
    int64_t timeout_ms; /* without progress, of a range */
};

/*
 * `path` and `region` (may be NULL) as the task tells them; copied. `tail`: bytes at the end that
 * opening fetches, from 1 to OBJECT_TAIL_MAX. `size`: of the object in bytes, as somebody says, or 0:
 * then a large tail is fetched in two ranges at once. Returns an object with one reference, or NULL
 * without memory. No request is made yet.
 */
struct object *object_new(const struct object_context *context, const char *path,
                          const char *region, size_t tail, uint64_t size);
struct object *object_ref(struct object *object);
void object_unref(struct object *object);

/*
 * Makes sure that the object is open: size known, version pinned, its tail here. Returns 0;
 * OP_PENDING; -ENOENT when the store has no such object; -ENOMEM. Other failures reach the op as
 * the error that it is woken with, and opening is tried anew by the next op.
 */
int object_open(struct object *object, struct op *op);

/* The last bytes of an open object, at most `tail` of object_new, and how many; NULL and 0 after
 * object_drop_tail. They are valid until object_drop_tail, which must not be called while another
 * thread uses them. */
const uint8_t *object_tail(struct object *object, size_t *len);
void object_drop_tail(struct object *object);

/* The source of an open object; lives as long as the object. */
struct source *object_source(struct object *object);

/* Prefetch stops at this offset: nobody goes on from the members into the directory. */
void object_set_limit(struct object *object, uint64_t limit);

/* The store has another version now. */
int object_is_stale(struct object *object);
/* Both of open objects: the same path in the same version, as far as the store tells. */
int object_is_same(struct object *a, struct object *b);

#endif
