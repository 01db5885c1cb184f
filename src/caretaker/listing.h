/* What taskfs-cache prints: a table, or with --json an object a task, each on a line of its own. */
#ifndef TASKFS_CARETAKER_LISTING_H
#define TASKFS_CARETAKER_LISTING_H

#include "base/buf.h"
#include "disk/inventory.h"

#define LISTING_MAX ((size_t)1 << 30) /* bytes of the text */

/* Each appends to a buffer, in which errors stay. `now` is ns since 1970. */

/* A line for each task, under the address of its service where there are several, and a total. */
void listing_put(struct buf *out, const struct inventory *inventory, int64_t now);
/* A line for each task that says what was checked, and a total. */
void listing_put_checked(struct buf *out, const struct inventory *inventory);
/* An object for each task; if `is_checked`, with what was found. */
void listing_put_json(struct buf *out, const struct inventory *inventory, int is_checked);
/* One for a task that was dropped, whose files took `bytes`; NULL stands for all tasks. */
void listing_put_dropped(struct buf *out, const char *id, uint64_t bytes, int is_json);

/* How many damaged pieces were found, of all tasks and of none. */
uint64_t listing_damaged(const struct inventory *inventory);

#endif
