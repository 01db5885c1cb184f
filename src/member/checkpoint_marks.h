/*
 * Which checkpoints of a member were saved: a bit for each, so that the last one before an offset
 * is found without asking the cache for every place in between. The cache evicts checkpoints
 * without telling, so a mark has to be confirmed, and is cleared when it turns out to be stale;
 * where there is no mark, there is no checkpoint.
 *
 * Checkpoints are numbered from 1; 0 is the start of the member and is never marked. Memory grows
 * to the largest number that was marked: a bit for each 512 KiB of output, 12.5 KB for 50 GB.
 *
 * Not thread-safe; guarded by the member's lock.
 */
#ifndef TASKFS_MEMBER_CHECKPOINT_MARKS_H
#define TASKFS_MEMBER_CHECKPOINT_MARKS_H

#include <stddef.h>
#include <stdint.h>

struct checkpoint_marks { /* all zero at first */
    uint64_t *words;
    uint64_t word_count;
    uint64_t hand; /* the last number that checkpoint_marks_next returned */
};

void checkpoint_marks_free(struct checkpoint_marks *marks);
/* Bytes of memory that are allocated. */
size_t checkpoint_marks_memory(const struct checkpoint_marks *marks);

/* Returns 0 or -ENOMEM. */
int checkpoint_marks_set(struct checkpoint_marks *marks, uint64_t number);
void checkpoint_marks_clear(struct checkpoint_marks *marks, uint64_t number);
/* The largest marked number that is at most `number`; 0 when there is none. Looks at a word for
 * each 64 numbers, 1,563 words in 50 GB of output. */
uint64_t checkpoint_marks_before(const struct checkpoint_marks *marks, uint64_t number);
/* Goes round: the next marked number after the one returned before, then the smallest again. 0 when
 * there is none. */
uint64_t checkpoint_marks_next(struct checkpoint_marks *marks);

#endif
