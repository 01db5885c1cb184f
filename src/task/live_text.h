/*
 * The text of a file on a running machine, as far as it is known for certain, and what is asked to
 * know more of it. Pure functions and plain data: nothing here asks, waits or locks.
 *
 * The tracker gives the last N lines of a file, without offsets or a size, and without saying
 * whether the last line was ended by a newline. What follows from that:
 *
 *   1. An answer of fewer lines than were asked for is the whole file.
 *   2. The text ends where the last line that was given ends. Its newline belongs to the text as
 *      soon as something is seen behind it, and not before.
 *   3. A file that is known is looked at by its last lines. They are taken for an addition only if
 *      the end of what is known, half as many lines, is found in them at one place alone, and
 *      nowhere earlier in what is known; else the whole file is asked for.
 *   4. A whole file that does not begin with what is known was rewritten. It is another file.
 *   5. Lines are asked for in steps, so that no file beyond the ceiling is asked for as a whole: by
 *      the length of the lines that were seen, a step stays below the ceiling, and one of more than
 *      eight times as many lines has at most 4 MiB.
 */
#ifndef TASKFS_TASK_LIVE_TEXT_H
#define TASKFS_TASK_LIVE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define LIVE_TEXT_MAX    (64u << 20) /* bytes of a text */
#define LIVE_LINES_FIRST 1000u       /* asked for of a file that is not known */
#define LIVE_LINES_LOOK  256u        /* asked for to see whether it has grown, at least */
#define LIVE_LINES_MOST  16384u      /* the same, at most */
#define LIVE_SMALL       (64u << 10) /* bytes up to which the whole file is asked for each time */

/* A digest of text that was dropped, by which it is recognized. */
struct live_digest {
    uint64_t a, b;
};

struct live_text {
    struct buf bytes; /* empty when it was dropped */
    size_t len;       /* bytes, also of a text that was dropped */
    size_t lines;     /* one more than newlines in it; 0 for an empty file */
    int is_dropped;   /* `bytes` is not here */
    struct live_digest digest;
};

/* Frees the bytes, but knows the text again. */
void live_text_drop(struct live_text *text);
void live_text_free(struct live_text *text);

/* What became of a text with an answer. */
enum live_change {
    LIVE_SAME,      /* nothing is new */
    LIVE_GROWN,     /* bytes were added, or those that were dropped are here again */
    LIVE_REWRITTEN, /* it is another file */
    LIVE_UNSURE,    /* the answer does not fit: the whole file has to be asked for */
};

/* The answer is the whole file: what becomes of a text that is known when it is taken over. Returns
 * any but LIVE_UNSURE. */
enum live_change live_text_compare_whole(const struct live_text *text, const struct buf *whole);
/* Takes over the bytes, in the place of those that were known. */
void live_text_take_whole(struct live_text *text, struct buf *whole, size_t lines);
/* The answer is as many last lines as were asked for, of a text that is known and not dropped.
 * Returns LIVE_SAME, LIVE_GROWN, LIVE_UNSURE, or -ENOMEM or -EFBIG. */
int live_text_take_tail(struct live_text *text, const struct buf *tail, size_t lines);

/* How many lines to ask for, to get the whole file, when all of `asked` lines were given and have
 * `bytes` bytes. 0: it is longer than LIVE_TEXT_MAX. */
unsigned live_text_next_step(unsigned asked, size_t bytes);

#endif
