#include "task/freshness.h"

#include "test.h"

/* Each rule of task/freshness.h, on a clock that is a plain number. */

#define RUNNING(asked)                               \
    (struct state_age)                               \
    {                                                \
        .is_known = 1, .asked_at = (asked), .era = 1 \
    }

static enum freshness state_freshness(struct state_age known, int64_t since, int detail)
{
    struct state_need need = {.since = since, .detail = detail, .era = 1};

    return freshness_of_state(&known, &need, 0);
}

TEST(freshness_nothing_is_known_at_first)
{
    CHECK_EQ(state_freshness((struct state_age){.is_known = 0}, 0, 0), FRESHNESS_ASK);
}

TEST(freshness_an_answer_is_as_old_as_its_question)
{
    CHECK_EQ(state_freshness(RUNNING(1000), 1000, 0), FRESHNESS_GOOD);
    CHECK_EQ(state_freshness(RUNNING(999), 1000, 0), FRESHNESS_ASK);
    CHECK_EQ(state_freshness(RUNNING(5000), 1000, 0), FRESHNESS_GOOD);
}

TEST(freshness_a_terminal_task_is_known_for_ever)
{
    struct state_age known = RUNNING(1);

    known.is_terminal = 1;
    CHECK_EQ(state_freshness(known, INT64_MAX, 0), FRESHNESS_GOOD);
}

TEST(freshness_a_summary_is_no_detail)
{
    struct state_age known = RUNNING(1000);

    known.is_terminal = 1;
    CHECK_EQ(state_freshness(known, 0, 1), FRESHNESS_ASK);
    known.has_detail = 1;
    CHECK_EQ(state_freshness(known, 0, 1), FRESHNESS_GOOD);
}

TEST(freshness_an_earlier_era_is_old_even_of_a_terminal_task)
{
    struct state_age known = RUNNING(1000);
    struct state_need need = {.since = 0, .era = 2};

    known.is_terminal = 1;
    CHECK_EQ(freshness_of_state(&known, &need, 0), FRESHNESS_ASK);
    known.era = 2;
    CHECK_EQ(freshness_of_state(&known, &need, 0), FRESHNESS_GOOD);
    known.era = 3;
    CHECK_EQ(freshness_of_state(&known, &need, 0), FRESHNESS_GOOD);
}

TEST(freshness_what_is_in_flight_is_waited_for)
{
    struct state_age known = RUNNING(0);
    struct state_need need = {.since = 1, .era = 1};
    struct listing_age listing = {.is_known = 0};

    CHECK_EQ(freshness_of_state(&known, &need, 1), FRESHNESS_WAIT);
    CHECK_EQ(freshness_of_listing(&listing, 0, 0, 1), FRESHNESS_WAIT);
    CHECK_EQ(freshness_of_position(0, 0, 1), FRESHNESS_WAIT);
    need.since = 0; /* and what is good needs no waiting */
    CHECK_EQ(freshness_of_state(&known, &need, 1), FRESHNESS_GOOD);
}

TEST(freshness_the_later_question_supersedes)
{
    struct state_age none = {.is_known = 0}, early = RUNNING(10), late = RUNNING(20);

    CHECK(freshness_supersedes(&none, &early, 1));
    CHECK(freshness_supersedes(&early, &late, 1));
    CHECK(freshness_supersedes(&early, &early, 1));
    CHECK(!freshness_supersedes(&late, &early, 1));
}

TEST(freshness_a_summary_does_not_replace_the_detail_of_a_terminal_task)
{
    struct state_age detail = RUNNING(10), summary = RUNNING(20);

    detail.has_detail = 1;
    CHECK(freshness_supersedes(&detail, &summary, 1)); /* of a running task it does */
    detail.is_terminal = 1;
    CHECK(freshness_supersedes(&detail, &summary, 1)); /* and when the task runs again */
    summary.is_terminal = 1;
    CHECK(!freshness_supersedes(&detail, &summary, 1));
    CHECK(freshness_supersedes(&detail, &summary, 2)); /* after a refresh the detail is old */
    summary.has_detail = 1;
    CHECK(freshness_supersedes(&detail, &summary, 1));
}

TEST(freshness_the_listing_may_be_ten_seconds_old)
{
    struct listing_age known = {.is_known = 1, .asked_at = 1000, .started_at = 1000};

    CHECK_EQ(freshness_of_listing(&known, 2000, 1000 + FRESHNESS_LISTING_MS - 1, 0),
             FRESHNESS_GOOD);
    CHECK_EQ(freshness_of_listing(&known, 2000, 1000 + FRESHNESS_LISTING_MS, 0), FRESHNESS_ASK);
}

TEST(freshness_a_listing_that_was_started_for_a_reader_is_fresh_for_it)
{
    struct listing_age known = {.is_known = 1, .asked_at = 1000, .started_at = 2000};
    int64_t much_later = 1000 + 10 * FRESHNESS_LISTING_MS;

    CHECK_EQ(freshness_of_listing(&known, 2000, much_later, 0), FRESHNESS_GOOD);
    CHECK_EQ(freshness_of_listing(&known, 2001, much_later, 0), FRESHNESS_ASK);
}

TEST(freshness_of_a_place_in_the_queue)
{
    CHECK_EQ(freshness_of_position(0, 0, 0), FRESHNESS_ASK); /* never asked */
    CHECK_EQ(freshness_of_position(10, 10, 0), FRESHNESS_GOOD);
    CHECK_EQ(freshness_of_position(10, 11, 0), FRESHNESS_ASK);
}

static enum freshness archive_freshness(struct archive_age known, int64_t since, int is_terminal,
                                        int64_t now)
{
    struct archive_need need = {.since = since, .is_terminal = is_terminal, .now = now};

    return freshness_of_archive(&known, &need);
}

TEST(freshness_the_archive_of_a_running_task_is_asked_for_again)
{
    struct archive_age known = {.is_known = 1, .asked_at = 10};

    CHECK_EQ(archive_freshness(known, 10, 0, 1000), FRESHNESS_GOOD);
    CHECK_EQ(archive_freshness(known, 11, 0, 1000), FRESHNESS_ASK);
    known.is_absent = 1;
    CHECK_EQ(archive_freshness(known, 10, 0, 1000), FRESHNESS_GOOD);
    CHECK_EQ(archive_freshness(known, 11, 0, 1000), FRESHNESS_ASK);
}

TEST(freshness_the_outputs_come_last)
{
    struct archive_age known = {.is_known = 1, .asked_at = 1000};

    CHECK_EQ(archive_freshness(known, 0, 1, 1000), FRESHNESS_ASK); /* however recent */
    CHECK(!freshness_candidate_counts(0, 1));
    CHECK(freshness_candidate_counts(0, 0));
    CHECK(freshness_candidate_counts(1, 1));
    known.asked_when_done = 1;
    CHECK_EQ(archive_freshness(known, INT64_MAX, 1, INT64_MAX), FRESHNESS_GOOD);
    CHECK(freshness_archive_is_final(&known, 1));
    CHECK(!freshness_archive_is_final(&known, 0));
}

TEST(freshness_an_outdated_archive_is_asked_for)
{
    struct archive_age known = {
        .is_known = 1, .is_outdated = 1, .asked_when_done = 1, .asked_at = 1000};

    CHECK_EQ(archive_freshness(known, 0, 1, 1000), FRESHNESS_ASK);
    CHECK_EQ(archive_freshness(known, 0, 0, 1000), FRESHNESS_ASK);
}

TEST(freshness_an_absence_lasts_for_seconds_and_then_for_longer)
{
    struct archive_age known = {.is_known = 1, .is_absent = 1, .asked_when_done = 1};
    int64_t lasts = FRESHNESS_ABSENT_MS;

    for (known.absences = 1; known.absences < 40; known.absences++) {
        known.asked_at = 1000;
        CHECK(!freshness_archive_is_final(&known, 1));
        CHECK_EQ(archive_freshness(known, 5000, 1, 1000 + lasts - 1), FRESHNESS_GOOD);
        CHECK_EQ(archive_freshness(known, 5000, 1, 1000 + lasts), FRESHNESS_ASK);
        lasts = lasts * 2 < FRESHNESS_ABSENT_MAX_MS ? lasts * 2 : FRESHNESS_ABSENT_MAX_MS;
    }
    known.absences = UINT32_MAX;
    CHECK_EQ(archive_freshness(known, 0, 1, 1000 + FRESHNESS_ABSENT_MAX_MS), FRESHNESS_ASK);
    CHECK_EQ(archive_freshness(known, 0, 1, 999 + FRESHNESS_ABSENT_MAX_MS), FRESHNESS_GOOD);
}
