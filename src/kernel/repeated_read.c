#include "kernel/repeated_read.h"

#include <string.h>

#include "base/lock.h"

void repeated_reads_init(struct repeated_reads *reads)
{
    memset(reads, 0, sizeof(*reads));
    pthread_mutex_init(&reads->lock, NULL);
}

void repeated_reads_free(struct repeated_reads *reads)
{
    pthread_mutex_destroy(&reads->lock);
}

void repeated_reads_expect(struct repeated_reads *reads, uint64_t node, uint64_t offset,
                           uint64_t size, pid_t caller, int error, int64_t now)
{
    LOCKED(&reads->lock);
    reads->entries[reads->next++ % REPEATED_READS] = (struct repeated_read){
        .node = node, .caller = caller, .offset = offset, .size = size, .error = error, .at = now};
}

int repeated_reads_take(struct repeated_reads *reads, uint64_t node, uint64_t offset, pid_t caller,
                        int64_t now)
{
    LOCKED(&reads->lock);
    for (unsigned i = 0; i < REPEATED_READS; i++) {
        struct repeated_read *read = &reads->entries[i];
        int error = read->error;

        if (!error || read->node != node || read->caller != caller || offset < read->offset ||
            offset - read->offset >= read->size)
            continue;
        read->error = 0;
        if (now - read->at <= REPEATED_READ_MS)
            return error;
    }
    return 0;
}
