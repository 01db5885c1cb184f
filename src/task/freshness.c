#include "task/freshness.h"

static enum freshness ask_once(int is_in_flight)
{
    return is_in_flight ? FRESHNESS_WAIT : FRESHNESS_ASK;
}

enum freshness freshness_of_state(const struct state_age *known, const struct state_need *need,
                                  int is_in_flight)
{
    if (!known->is_known || (need->detail && !known->has_detail) || known->era < need->era)
        return ask_once(is_in_flight);
    if (!known->is_terminal && known->asked_at < need->since)
        return ask_once(is_in_flight);
    return FRESHNESS_GOOD;
}

int freshness_supersedes(const struct state_age *known, const struct state_age *answer,
                         uint64_t era)
{
    if (!known->is_known)
        return 1;
    if (known->asked_at > answer->asked_at)
        return 0;
    return !(known->is_terminal && answer->is_terminal && known->has_detail &&
             !answer->has_detail && known->era >= era);
}

enum freshness freshness_of_listing(const struct listing_age *known, int64_t reader_started,
                                    int64_t now, int is_in_flight)
{
    if (known->is_known &&
        (known->started_at >= reader_started || now - known->asked_at < FRESHNESS_LISTING_MS))
        return FRESHNESS_GOOD;
    return ask_once(is_in_flight);
}

enum freshness freshness_of_position(int64_t asked_at, int64_t since, int is_in_flight)
{
    return asked_at && asked_at >= since ? FRESHNESS_GOOD : ask_once(is_in_flight);
}

static int64_t absence_lasts(unsigned absences)
{
    int64_t ms = FRESHNESS_ABSENT_MS;

    while (absences-- > 1 && ms < FRESHNESS_ABSENT_MAX_MS)
        ms *= 2;
    return ms < FRESHNESS_ABSENT_MAX_MS ? ms : FRESHNESS_ABSENT_MAX_MS;
}

enum freshness freshness_of_archive(const struct archive_age *known,
                                    const struct archive_need *need)
{
    if (!known->is_known || known->is_outdated)
        return FRESHNESS_ASK;
    if (!freshness_candidate_counts(known->asked_when_done, need->is_terminal))
        return FRESHNESS_ASK;
    if (!need->is_terminal)
        return known->asked_at >= need->since ? FRESHNESS_GOOD : FRESHNESS_ASK;
    if (known->is_absent)
        return need->now - known->asked_at < absence_lasts(known->absences) ? FRESHNESS_GOOD
                                                                            : FRESHNESS_ASK;
    return FRESHNESS_GOOD;
}

int freshness_archive_is_final(const struct archive_age *known, int is_terminal)
{
    return is_terminal && known->is_known && !known->is_absent && known->asked_when_done;
}

int freshness_candidate_counts(int asked_when_done, int is_terminal)
{
    return asked_when_done || !is_terminal;
}
