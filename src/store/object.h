/*
 * One version of one object in the store (a task's archive), as a byte source: read through the
 * cache in blocks, fetched by ranges with readahead. Its signed URL is requested and renewed as
 * needed.
 *
 * The size and the ETag of the first answer are pinned. When the object has changed, every read
 * that needs the store fails with -ESTALE from then on, and a new struct object has to be opened.
 *
 * Any thread may call these functions. None of them blocks, and none makes a request itself: the
 * net thread does.
 */
#ifndef TASKFS_STORE_OBJECT_H
#define TASKFS_STORE_OBJECT_H

#include "api/client.h"
#include "base/source.h"
#include "cache/cache.h"
#include "store/hosts.h"
#include "store/store_disk.h"

#define OBJECT_BLOCK    (64u * 1024) /* bytes; ranges begin and end at multiples of it */
#define OBJECT_TAIL     (64u * 1024) /* bytes at the end to fetch with the opening, as a rule */
#define OBJECT_TAIL_MAX (2u * 1024 * 1024) /* and at most */

struct object;

/* What all objects share; it outlives them. */
struct object_context {
    struct client *client;
    struct net *net;
    struct cache *cache;
    struct store_hosts *hosts;
    struct store_disk *disk; /* the cache on disk; NULL none */
    int64_t timeout_ms;      /* of a range without progress */
};

/* As what an object is kept on disk. */
struct object_keep {
    const char *task; /* the id of its task */
    unsigned kind;    /* which of the task's archives it is */
    uint64_t stamp;   /* of the task's state; 0: what is kept is of no known state */
    int is_trusted;   /* what is kept with this stamp is the current version: the store need not be
                       * asked */
};

/*
 * Returns an object with one reference, or NULL without memory. `path` and `region` (may be NULL)
 * are those of the task; copied. `tail` is how many bytes at the end the opening fetches, from 1 to
 * OBJECT_TAIL_MAX. `size` is how many bytes the object has as far as the service says, or 0 when it
 * does not: it is a guess that saves requests, and is never believed. Makes no request.
 */
struct object *object_new(const struct object_context *context, const char *path,
                          const char *region, size_t tail, uint64_t size);
/* Before the object is used: it is to be kept on disk, if the context has a cache there. Copied.
 * Returns 0 or -ENOMEM. */
int object_keep(struct object *object, const struct object_keep *keep);
/* Before the object is used: all of it will be read, from its beginning. The opening in the store
 * has its first `bytes` fetched, too. */
void object_expect_reading(struct object *object, uint64_t bytes);
/* Returns `object`, with one more reference. */
struct object *object_ref(struct object *object);
/* Gives up a reference. The last one frees the object and discards its blocks. */
void object_unref(struct object *object);

/*
 * From within a step of `op`: opens the object, unless it is open already. When it is open, its
 * size is known, its version pinned, and its tail in memory. Returns 0; OP_PENDING, which the step
 * must return; -ENOMEM or -ECANCELED. Other failures wake the op with their error (-ENOENT: the
 * store has no such object; -ENODATA: nothing is fetched, and it is not on disk), and the next op
 * that comes tries again.
 */
int object_open(struct object *object, struct op *op);

/* Returns the last bytes of an open object, at most `tail` of object_new, and in *len how many;
 * NULL and 0 after object_drop_tail. They are valid until object_drop_tail, which must not be
 * called while another thread uses them. */
const uint8_t *object_tail(struct object *object, size_t *len);
void object_drop_tail(struct object *object);

/* The byte source of an open object, valid as long as the object. */
struct source *object_source(struct object *object);

/* Starts to fetch what is missing of [from, to), cut at the end of the open object, as readahead
 * does: in ranges of some MiB, several at once. A failure to start it is not told: a reader of the
 * bytes starts to fetch them itself. */
void object_prefetch(struct object *object, uint64_t from, uint64_t to);

/* Readahead stops at this offset: a reader of members does not read on into the directory. */
void object_set_limit(struct object *object, uint64_t limit);

/* ---- states of decoders that are kept on disk beside the object, in numbered streams ---- */

/* Whether anything of the open object is kept on disk. */
int object_is_kept(struct object *object);
/* Has a state written. Takes over the `len` bytes, of malloc. */
void object_write_state(struct object *object, uint32_t stream, uint64_t number, uint8_t *bytes,
                        size_t len);
/* The last number of the stream, at or before this one, that is kept; UINT64_MAX none. */
uint64_t object_state_before(struct object *object, uint32_t stream, uint64_t number);
/* Reads a state. Blocks on the disk: for threads of the context's disk->executor alone. Returns its
 * bytes, which the caller frees, and in *len how many; or NULL, and it is not kept any more. */
uint8_t *object_read_state(struct object *object, uint32_t stream, uint64_t number, size_t *len);
/* The state counts as not kept. */
void object_hide_state(struct object *object, uint32_t stream, uint64_t number);
/* The states of the stream are wrong. */
void object_discard_states(struct object *object, uint32_t stream);

/* How many bytes of [from, to), of an open object, are on disk as far as is known. */
uint64_t object_kept_bytes(struct object *object, uint64_t from, uint64_t to);
/* The bytes from this offset on, where the archive's directory lies, may be wrong, or the archive
 * itself is damaged: the next one to open the object asks the store for them. */
void object_doubt(struct object *object, uint64_t from);
/* What is kept of the object on disk is of no use: all of it is removed. */
void object_distrust(struct object *object);

/* Returns 1 when the store has another version, else 0. */
int object_is_stale(struct object *object);
/* Returns 1 when both, which must be open, have the same path and the same version, as far as the
 * store says; else 0. */
int object_is_same(struct object *a, struct object *b);

#endif
