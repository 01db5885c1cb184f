/*
 * When to give up: each file and each task is tried for as long as the user wants to wait, but a
 * download of very many of them must not do that for one after the other while the service is away.
 *
 * Guarded by the caller.
 */
#ifndef TASKFS_DOWNLOAD_OUTAGE_H
#define TASKFS_DOWNLOAD_OUTAGE_H

#include <stdint.h>

#define OUTAGE_FAILURES 32u

struct outage {
    unsigned failures; /* in a row: nothing was fetched and nothing completed in between */
    uint64_t fetched;  /* what had been fetched at the last one */
};

/* A file or a task could not be fetched; `fetched`: all bytes that came from the store until now.
 * Returns whether the service is taken to be away, after OUTAGE_FAILURES in a row. */
static inline int outage_note_failure(struct outage *outage, uint64_t fetched)
{
    if (outage->fetched != fetched)
        *outage = (struct outage){.fetched = fetched};
    if (outage->failures < OUTAGE_FAILURES)
        outage->failures++;
    return outage->failures == OUTAGE_FAILURES;
}

/* A file was completed. */
static inline void outage_note_success(struct outage *outage)
{
    outage->failures = 0;
}

#endif
