/*
 * A cache directory on disk: what was fetched of tasks that have come to their end, kept from one
 * mount to the next and shared by all programs of one user on one machine. The format and its rules
 * are in disk/format.h.
 *
 * All functions of this layer block on the file system, but for those that say otherwise, and may
 * be called by any thread. None of them ever fails a reader: what cannot be read counts as not
 * there, and what cannot be written is not kept. A failure of the file system is logged once.
 */
#ifndef TASKFS_DISK_DISK_H
#define TASKFS_DISK_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "base/stats.h"

#define DISK_LIMIT_DEFAULT (UINT64_C(10) << 30) /* bytes */
#define DISK_LIMIT_MIN     (UINT64_C(64) << 20)

struct disk;

struct disk_config {
    const char *dir;     /* made if it is missing, but not the folders above it */
    uint64_t limit;      /* bytes that all programs may keep there in all */
    const char *service; /* its address */
    const char *key;     /* the API key, which names the account and is not kept; or NULL: whatever
                          * is there of any account of the service, and nothing is written */
    struct stats *stats; /* may be NULL */
};

/*
 * Opens the directory for one account. Returns 0; -ENOMEM; or another negative errno with a line
 * for the user in `why`: the directory cannot be made or read, it belongs to somebody else, others
 * can write to it, or it is on a network file system, where the programs of several machines could
 * not keep its size together. A directory that cannot be written to is used as it is; when there is
 * no cache in it yet, that is -EROFS, -ENOSPC or -EDQUOT.
 */
int disk_open(struct disk **disk, const struct disk_config *config, char *why, size_t why_size);
/* Whatever was opened of it is closed. */
void disk_close(struct disk *disk);

/* Opens a directory for looking after it (disk/inventory.h): all accounts of all services. As
 * disk_open, but nothing is made: -ENOENT when there is no cache. Nothing is written, damaged files
 * stay, and times of use are not set, but for what the functions of disk/inventory.h do. */
int disk_open_all(struct disk **disk, const char *dir, char *why, size_t why_size);

/* Whether enough was written that disk_sweep is due. Never blocks. */
int disk_needs_sweep(struct disk *disk);
/* Removes what was used least recently, of all accounts, while more is kept than the limit, or than
 * half of what would be free without the cache. Does nothing while another program does it. */
void disk_sweep(struct disk *disk);

/* How many bytes of what was used last stay under a limit, whatever else is written. */
uint64_t disk_room(uint64_t limit);

#endif
