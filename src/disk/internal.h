/* What the files of src/disk share. */
#ifndef TASKFS_DISK_INTERNAL_H
#define TASKFS_DISK_INTERNAL_H

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>

#include "disk/disk.h"
#include "disk/format.h"

#define DISK_ACCOUNTS_MAX 64u
#define DISK_PATH_MAX     160u    /* bytes of a path within the format's folder */
#define DISK_PART         ".part" /* how the name of a record ends while it is being written */

struct disk {
    int root;   /* the format's folder */
    char *name; /* of DIR, for messages */
    uint64_t limit;
    struct stats *stats;
    char accounts[DISK_ACCOUNTS_MAX][20]; /* their folders */
    unsigned account_count;
    int is_for_reading;            /* fixed: nothing is ever written */
    _Atomic uint64_t written;      /* bytes, since the last sweep of this program */
    _Atomic uint64_t sweep_after;  /* so many bytes the next one is due; 0 at first */
    _Atomic int64_t writes_resume; /* clock_ms(); until then nothing is written */
    atomic_int has_complained;
};

/* Whether writing is worth a try. Never blocks. */
int disk_can_write(struct disk *disk);
/* Writing has failed with `error`, a positive errno: nothing is written for a while, and the first
 * such failure is logged. Not so where the error only says that another program has removed
 * something just now, or that something else lies in the place of a file. */
void disk_note_failure(struct disk *disk, int error, const char *what);
void disk_count(struct disk *disk, enum counter which, uint64_t n);

/* The address of the service that an account's folder is of, which the caller frees; NULL when the
 * folder does not say, or without memory. */
char *disk_account_service(struct disk *disk, const char *account);

/* What the record of an account's folder is checked with. */
uint64_t disk_account_seed(const char *account);

/* ---- files.c: paths are within the format's folder; no link in them is followed ---- */

/* Opens a file of the cache. With O_CREAT the folders above are made. Returns a descriptor or a
 * negative errno: -EMLINK for writing to a file that has other names too. */
int disk_open_file(struct disk *disk, const char *path, int flags);
/* Whether a positive errno says no more than that something else lies in the place of a file. */
int disk_is_of_one_name(int error);
/* Opens a folder. NULL when that fails. */
DIR *disk_open_folder(struct disk *disk, const char *path);
/* Gives a file another name in the same folder, in place of what is there. Returns 0 or a negative
 * errno. */
int disk_rename(struct disk *disk, const char *from, const char *to);
/* Removes a file, or an empty folder. Returns 0 or a negative errno, which matters to few. */
int disk_remove(struct disk *disk, const char *path);
/* Removes a file, and those folders of its object that are empty then. Returns 0, also when it was
 * not there; or a negative errno. */
int disk_remove_up(struct disk *disk, const char *path);

/* ---- record.c ---- */

/* Reads a record whole. Returns its payload in memory that the caller frees, and in *len its bytes;
 * NULL when there is none that is right, or without memory. A wrong one is removed. Its time of use
 * is set. */
uint8_t *disk_read_record(struct disk *disk, const char *path, enum disk_record_kind kind,
                          uint64_t seed, size_t *len);
/* Writes a record, in place of one that is there. Returns 0 or a negative errno, which has been
 * noted. */
int disk_write_record(struct disk *disk, const char *path, enum disk_record_kind kind,
                      uint64_t seed, const void *payload, size_t len);

#endif
