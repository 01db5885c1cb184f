/*
 * Freshness: whether what is known may be shown, or the service has to be asked. Pure functions of
 * what was asked when, what the task's state was, and what is wanted now. All times are in ms of
 * clock_ms().
 *
 * The rules:
 *
 *   1. An answer is as old as its question: knowledge is dated by when it was asked for.
 *   2. A reader says since when knowledge must be. What is known of a terminal task is good for
 *      ever.
 *   3. Our own acts (a kill, a refresh) start a new era. What was asked for in an earlier era is
 *      old, whatever the clock says and even if the task is terminal.
 *   4. What was asked for while the task was running is old once the task is terminal, however
 *      recent it is: the outputs come last.
 *   5. An absence is never final. A terminal task without an archive is asked again, after
 *      FRESHNESS_ABSENT_MS at first, and each time after twice as long, up to
 *      FRESHNESS_ABSENT_MAX_MS.
 *   6. The listing may be FRESHNESS_LISTING_MS old. One that was started for a reader is fresh for
 *      that reader, however long it took.
 *   7. Of two answers the one that was asked for later counts; a summary does not replace the
 *      detail of a terminal task in the same era.
 *   8. What is being asked for is not asked for again: the reader waits for the answer.
 */
#ifndef TASKFS_TASK_FRESHNESS_H
#define TASKFS_TASK_FRESHNESS_H

#include <stdint.h>

#define FRESHNESS_LISTING_MS    10000
#define FRESHNESS_ABSENT_MS     2000
#define FRESHNESS_ABSENT_MAX_MS (5 * 60 * 1000)

enum freshness {
    FRESHNESS_GOOD, /* what is known may be used */
    FRESHNESS_ASK,  /* the service has to be asked */
    FRESHNESS_WAIT, /* it was asked already: wait for the answer */
};

/* ---- a task's state ---- */

struct state_age {
    int is_known;
    int has_detail;
    int is_terminal;
    int64_t asked_at;
    uint64_t era;
};

struct state_need {
    int64_t since; /* asked for at this time or later */
    int detail;
    uint64_t era; /* the task's: asked for in this era or a later one */
};

enum freshness freshness_of_state(const struct state_age *known, const struct state_need *need,
                                  int is_in_flight);
/* Whether an answer that has come takes the place of what is known; `era` is the task's. */
int freshness_supersedes(const struct state_age *known, const struct state_age *answer,
                         uint64_t era);

/* ---- the listing ---- */

struct listing_age {
    int is_known;
    int64_t asked_at;   /* its first page */
    int64_t started_at; /* fetching it */
};

enum freshness freshness_of_listing(const struct listing_age *known, int64_t reader_started,
                                    int64_t now, int is_in_flight);

/* ---- a task's place in the queue ---- */

/* `asked_at` 0: never. */
enum freshness freshness_of_position(int64_t asked_at, int64_t since, int is_in_flight);

/* ---- a task's archive ---- */

struct archive_age {
    int is_known;        /* whether it exists, and its version */
    int is_absent;       /* the store has none */
    int is_outdated;     /* it has another path, was replaced, or was unreadable some time ago */
    int asked_when_done; /* the task was known to be terminal when this was asked for */
    unsigned absences;   /* consecutive answers that there is none */
    int64_t asked_at;
};

struct archive_need {
    int64_t since;
    int is_terminal; /* the task is */
    int64_t now;
};

enum freshness freshness_of_archive(const struct archive_age *known,
                                    const struct archive_need *need);
/* Whether no other answer is expected, so that names may be cached for ever. */
int freshness_archive_is_final(const struct archive_age *known, int is_terminal);
/* Whether an answer that is expected to `asked_at`'s question will do (rule 4). */
int freshness_candidate_counts(int asked_when_done, int is_terminal);

#endif
