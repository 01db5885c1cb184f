/*
 * What a cache has, by task: for looking after it. Meant for a disk that disk_open_all has opened;
 * mounts and downloads may use the directory meanwhile, which find missing what is removed here.
 *
 * All functions block on the file system, and are called by one thread.
 */
#ifndef TASKFS_DISK_INVENTORY_H
#define TASKFS_DISK_INVENTORY_H

#include "disk/check.h"
#include "disk/disk.h"

#define INVENTORY_TASKS_MAX (1u << 20) /* what is of more is counted as of no task */

/* The archives of a task, by the kind that their objects have. */
enum inventory_kind { INVENTORY_OUTPUTS, INVENTORY_INPUTS, INVENTORY_KINDS };

struct inventory_archive {
    int is_there;  /* something of it is */
    uint64_t size; /* bytes */
    uint64_t kept; /* of them, bytes that are here */
};

struct inventory_account {
    char name[20]; /* of its folder */
    char *service; /* its address; NULL unknown */
};

struct inventory_task {
    char *id;         /* NULL: of no task that is known */
    unsigned account; /* an index */
    int has_summary, has_details;
    struct inventory_archive archives[INVENTORY_KINDS];
    uint64_t disk; /* bytes that its files take */
    int64_t used;  /* when something of it was used last: ns since 1970 */
    struct disk_check check;
};

struct inventory {
    struct inventory_account *accounts;
    struct inventory_task *tasks; /* by account; what was used last is first; of no task, last */
    size_t account_count, task_count;
    uint64_t disk; /* bytes of all files, those of no task too, but not those of accounts */
};

/* Goes over all files. If `verifies`, each is checked, and what is damaged removed, before it is
 * counted; an object whose record is damaged goes as a whole, as nothing can be read without it.
 * Returns 0; -ENOMEM or -EMFILE; or another negative errno when something that is damaged could not
 * be removed: the inventory is whole then, too. The caller calls inventory_free in any case. */
int inventory_take(struct inventory *inventory, struct disk *disk, int verifies);
void inventory_free(struct inventory *inventory);

/* Removes all that is kept of a task, of all accounts, and adds the bytes that its files took to
 * *bytes. Returns 0; -ENOENT when nothing is; or another negative errno when something could not be
 * removed. */
int inventory_drop(struct disk *disk, const char *id, uint64_t *bytes);
/* Removes all that is kept of all tasks. What says which service an account is of stays, so that a
 * mount that runs can go on. Returns 0 or a negative errno, as above. */
int inventory_drop_all(struct disk *disk, uint64_t *bytes);

#endif
