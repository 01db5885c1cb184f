/*
 * The format of the cache on disk, version 1: pure functions between bytes and values.
 *
 * DIR/v1/                             everything of this version; locked (flock) by the process
 *                                     that evicts
 *   ACCOUNT/                          one account of one service
 *     account                         record: the service's address
 *     tasks/HASH                      record: a task that has come to its end; HASH of its id
 *     objects/HASH/                   an object of the store; HASH of its path
 *       object                        record: the version that is kept, and whose it is
 *       VERSION/                      VERSION: a hash of size and ETag
 *         tail                        record: the last bytes of the object
 *         STREAM.INDEX                a segment
 *
 * A record is a head of DISK_RECORD_HEAD bytes and a payload; it is written under another name and
 * renamed. A segment is a head of DISK_SEGMENT_HEAD bytes and DISK_SLOTS slots of DISK_BLOCK bytes,
 * in a sparse file: slot n of segment i is block i * DISK_SLOTS + n of its stream. Stream 0 has the
 * blocks of the object. Stream m + 1 has checkpoints of the decoder of entry m of the archive's
 * directory, one a slot.
 *
 * No byte is believed without its checksum, and nothing has to reach the disk before anything else:
 * whatever a crash leaves behind either has its right checksum or counts as not there. A checksum
 * covers what the bytes are (the object's version, the stream, the slot), so that a file under
 * another's name counts as not there too. It is CRC-64 (ECMA-182): meant against accidents, not
 * against a user who changes his own files on purpose.
 *
 * Numbers are little-endian.
 */
#ifndef TASKFS_DISK_FORMAT_H
#define TASKFS_DISK_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define DISK_FORMAT        1u
#define DISK_BLOCK         65536u /* bytes of a slot */
#define DISK_SLOTS         64u    /* of a segment */
#define DISK_SEGMENT_HEAD  4096u  /* bytes */
#define DISK_TABLE_AT      64u    /* offset in the segment of the table of its slots */
#define DISK_TABLE_ENTRY   16u    /* bytes */
#define DISK_SEGMENT_FRONT (DISK_TABLE_AT + DISK_SLOTS * DISK_TABLE_ENTRY) /* head and table */
#define DISK_RECORD_HEAD   32u                                             /* bytes */
#define DISK_RECORD_MAX    (16u * 1024 * 1024)                             /* bytes of a payload */

enum disk_record_kind {
    DISK_RECORD_ACCOUNT = 1,
    DISK_RECORD_TASK,
    DISK_RECORD_OBJECT,
    DISK_RECORD_TAIL,
};

/* A hash of a text, for names of files; `seed` tells apart texts of several parts. Not one-way. */
uint64_t disk_hash(uint64_t seed, const char *text);

/* ---- segments ---- */

/* What a segment holds. */
struct disk_segment_id {
    uint64_t version; /* of the object: hash of path, size and ETag */
    uint32_t stream;
    uint32_t index;
};

/* An entry of the table; `len` 0: the slot is empty. */
struct disk_slot {
    uint32_t len; /* bytes, at most DISK_BLOCK */
    uint64_t sum;
};

/* The checksum of a slot's bytes. */
uint64_t disk_slot_sum(const struct disk_segment_id *id, unsigned slot, const void *bytes,
                       uint32_t len);
/* Writes the head's DISK_TABLE_AT bytes. */
void disk_segment_head(const struct disk_segment_id *id, uint8_t *head);
/* Returns 1 when the first DISK_SEGMENT_FRONT bytes of a file begin such a segment of this version,
 * with its slots in `slots` (DISK_SLOTS of them; one that cannot be right is empty); else 0. */
int disk_segment_read(const struct disk_segment_id *id, const uint8_t *front,
                      struct disk_slot *slots);
/* Writes an entry of the table, DISK_TABLE_ENTRY bytes. */
void disk_slot_write(const struct disk_slot *slot, uint8_t *entry);
static inline uint64_t disk_slot_offset(unsigned slot)
{
    return DISK_SEGMENT_HEAD + (uint64_t)slot * DISK_BLOCK;
}

/* ---- records ---- */

/* Writes a record's head, DISK_RECORD_HEAD bytes, for a payload of `len` bytes. `seed` is a number
 * that follows from what the record is about. */
void disk_record_head(enum disk_record_kind kind, uint64_t seed, const void *payload, size_t len,
                      uint8_t *head);
/* Returns the payload, within `bytes`, and in *len its bytes; NULL when the `size` bytes are not a
 * whole record of this kind and seed. */
const uint8_t *disk_record_read(enum disk_record_kind kind, uint64_t seed, const uint8_t *bytes,
                                size_t size, size_t *len);

/* ---- what payloads consist of ---- */

/* Errors stay in the buffer. */
void disk_put_number(struct buf *out, uint64_t number);
void disk_put_string(struct buf *out, const char *text);

/* Reads a payload from its start. After something that is not there `is_bad` is set, and every
 * further value is 0 or NULL. */
struct disk_reader {
    const uint8_t *at, *end;
    int is_bad;
};

uint64_t disk_get_number(struct disk_reader *reader);
/* A copy, which the caller frees; NULL (and `is_bad`) also for a text with a NUL, one over
 * `longest` bytes, or without memory. */
char *disk_get_string(struct disk_reader *reader, size_t longest);

#endif
