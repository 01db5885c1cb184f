/*
 * A cache on disk in the folder of a test (scratch.h), and words to look at its files and to damage
 * them. Aborts when something cannot be done that has nothing to do with the cache.
 */
#ifndef TASKFS_DISK_WORLD_H
#define TASKFS_DISK_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include "disk/disk.h"
#include "disk/object.h"

#define DISK_WORLD_SERVICE "http://service.test"
#define DISK_WORLD_KEY     "the-key.123"

extern struct stats disk_world_stats; /* of all disks that are opened here */
extern char disk_world_why[500];      /* what disk_open said */

/* Opens the folder `cache` of the test for an account; `key` NULL: for reading. Returns what
 * disk_open does. */
int disk_world_open(struct disk **disk, const char *service, const char *key);
/* The same for the usual account with this limit, in bytes. */
int disk_world_open_limited(struct disk **disk, uint64_t limit);

/* An object of the task `task`, new, with its record and an ETag. NULL without memory. */
struct disk_object *disk_world_object(struct disk *disk, const char *path, const char *task,
                                      uint64_t size);
/* Bytes that differ for each `seed`, of a slot; valid until the next call. */
const uint8_t *disk_world_bytes(unsigned seed);
/* Writes `count` whole slots from `slot` on, of disk_world_bytes(slot). Returns the errno of the
 * last. */
int disk_world_write(struct disk_object *object, uint32_t stream, uint64_t slot, unsigned count);
/* Reads the slot. Returns 1 when it is that of disk_world_write, 0 when it is not there, -1 when it
 * is something else. */
int disk_world_read(struct disk_object *object, uint32_t stream, uint64_t slot);

/* The absolute path of the file in the cache whose path ends so; "" when there is none. The first
 * of several. Valid until the next call. */
const char *disk_world_file(const char *end);
/* How many files of the cache have a path that ends so. */
unsigned disk_world_count(const char *end);
/* Flips a bit of the byte at `offset` of such a file; a negative one is from its end. */
void disk_world_flip(const char *end, long offset);
/* Cuts such a file to so many bytes. */
void disk_world_cut(const char *end, long size);
/* Sets the time of use of such a file to so many seconds ago. */
void disk_world_age(const char *end, long seconds);
/* The seconds since then. */
long disk_world_age_of(const char *end);

#endif
