/*
 * Which bytes of an archive to fetch before the files need them: a pure function of the plan and of
 * how far it has been carried out.
 *
 * A file needs a span, from its local header to the end of its data. Spans of neighbours are
 * fetched as one, with what little lies between them, in steps of AHEAD_STEP. What has been fetched
 * and is not used yet stays below a window, apart from files that have a reader already. Of a large
 * file the plan fetches the beginning; what follows is fetched as the file is copied.
 */
#ifndef TASKFS_DOWNLOAD_AHEAD_H
#define TASKFS_DOWNLOAD_AHEAD_H

#include <stdint.h>

#include "zip/directory.h"

#define AHEAD_STEP  (2u * 1024 * 1024) /* bytes that are fetched together */
#define AHEAD_GAP   (128u * 1024)      /* bytes between two spans that are fetched with them */
#define AHEAD_LARGE (8u * 1024 * 1024) /* bytes: of a larger file, the beginning */
#define AHEAD_FIRST (1u * 1024 * 1024) /* bytes of that beginning */

#define AHEAD_OF_LARGE \
    (8u * 1024 * 1024) /* bytes that are fetched ahead of a large file's reader */

struct ahead {
    const struct zip_directory *dir;
    uint64_t window; /* bytes */
    uint64_t unused; /* bytes that were fetched, of files that are not done */
    uint32_t next;   /* the first file of the plan that was not fetched */
};

struct ahead_span {
    uint64_t from, to;
};

/* The span of an entry: within the object, which is not empty, wherever the archive says that the
 * entry is. Never empty. */
struct ahead_span ahead_span_of(const struct zip_directory *dir, uint32_t entry);

/* Gives the index in the directory of the file at place `at` of the plan. */
typedef uint32_t ahead_entry_at(const void *arg, uint32_t at);

/* Returns 1 with the next span to fetch, of files of the plan from ahead->next to below `count`; or
 * 0 when enough was fetched. */
int ahead_next(struct ahead *ahead, uint32_t count, ahead_entry_at *entry_at, const void *arg,
               struct ahead_span *span);
/* A reader begins with the file at place `at`; others have begun with all before it. Returns 1 with
 * its span when that was not fetched yet: it is to be fetched now, whatever the window is. */
int ahead_take(struct ahead *ahead, uint32_t at, ahead_entry_at *entry_at, const void *arg,
               struct ahead_span *span);
/* A file that was taken is done. */
void ahead_done(struct ahead *ahead, uint32_t entry);

#endif
