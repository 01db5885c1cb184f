/*
 * What is kept on disk of one version of one object of the store: its blocks, its last bytes, and
 * checkpoints of decoders.
 *
 * Which slots are there is known in memory, from when the object was opened or from what was
 * written since; a slot that turns out to be missing or wrong is taken as not there from then on.
 * Several programs may use one version at the same time: they write the same bytes.
 */
#ifndef TASKFS_DISK_OBJECT_H
#define TASKFS_DISK_OBJECT_H

#include <sys/uio.h>

#include "disk/disk.h"
#include "disk/format.h"

#define DISK_ETAG_MAX  256u  /* bytes, with the NUL */
#define DISK_PATH_LEN  4096u /* bytes of an object's path, at most */
#define DISK_TASK_LEN  255u  /* bytes of a task's id, at most */
#define DISK_BLOCKS    0u    /* the stream of the object's blocks */
#define DISK_WRITE_MAX 16u   /* slots that are written or read at once */

struct disk_object;

struct disk_version {
    uint64_t size; /* bytes */
    char etag[DISK_ETAG_MAX];
};

/* What an object is of. */
struct disk_object_name {
    const char *path; /* in the store */
    const char *task; /* its id */
    unsigned kind;    /* of the task's archives; 0 is the first */
};

/*
 * Opens what is kept of the object at `path`, of whatever version. Returns it with one reference,
 * and in *stamp what disk_object_record was told last; or NULL when nothing is kept, or without
 * memory.
 */
struct disk_object *disk_object_find(struct disk *disk, const char *path, uint64_t *stamp);
/*
 * For a version of which nothing is known to be kept. Reads and writes nothing, and never blocks.
 * Strings are copied. Returns it with one reference, or NULL without memory, or when the cache is
 * for reading only.
 */
struct disk_object *disk_object_new(struct disk *disk, const struct disk_object_name *name,
                                    const struct disk_version *version);
struct disk_object *disk_object_ref(struct disk_object *object);
void disk_object_unref(struct disk_object *object);

/* The version, fixed. Never blocks. */
const struct disk_version *disk_object_version(const struct disk_object *object);

/* Makes this the version of the object that is kept: removes what there is of others. `stamp` is
 * the caller's: what disk_object_find will say. Called before anything is written. Returns 0 or a
 * negative errno, which has been noted. */
int disk_object_record(struct disk_object *object, uint64_t stamp);
/* Removes all that is kept of the object, of any version. Its slots count as not there. */
void disk_object_forget(struct disk_object *object);

/* The last bytes of the object, in memory that the caller frees, and in *len how many; or NULL. */
uint8_t *disk_object_read_tail(struct disk_object *object, size_t *len);
void disk_object_write_tail(struct disk_object *object, const uint8_t *tail, size_t len);

/* ---- slots: number `slot` of a stream is in its segment slot / DISK_SLOTS ---- */

/* Whether the slot is there, as far as is known. Never blocks. */
int disk_object_has(struct disk_object *object, uint32_t stream, uint64_t slot);
/*
 * Reads slots from `slot` on, at most DISK_WRITE_MAX, which lie in one segment: parts[i].iov_len is
 * how many bytes slot i must have, or 0 for any number up to DISK_BLOCK, and then becomes that
 * number. Returns how many were read and are right, from the first on.
 */
unsigned disk_object_read(struct disk_object *object, uint32_t stream, uint64_t slot,
                          struct iovec *parts, unsigned count);
/* Writes slots from `slot` on, at most DISK_WRITE_MAX, which lie in one segment and have at most
 * DISK_BLOCK bytes each; all but the last of them exactly that. Returns 0 or a negative errno,
 * which has been noted. */
int disk_object_write(struct disk_object *object, uint32_t stream, uint64_t slot,
                      const struct iovec *parts, unsigned count);
/* From now on the slots [first, last] are not there. disk_object_hide never blocks, and lasts as
 * long as the object is open; disk_object_discard also removes them for everybody. */
void disk_object_hide(struct disk_object *object, uint32_t stream, uint64_t first, uint64_t last);
void disk_object_discard(struct disk_object *object, uint32_t stream, uint64_t first,
                         uint64_t last);

/* The last slot of the stream, at or before `slot`, that is there; UINT64_MAX: none. Never
 * blocks. */
uint64_t disk_object_before(struct disk_object *object, uint32_t stream, uint64_t slot);

#endif
