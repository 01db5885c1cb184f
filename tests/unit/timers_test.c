#include "op/timers.h"

#include "base/clock.h"
#include "test.h"

#define TIMERS 2000

static int64_t now;
static struct timers set;
static struct timer timers[TIMERS];
static int is_set[TIMERS];

static void start(void)
{
    now = 1000;
    clock_fake(&now);
    timers_init(&set);
    for (int i = 0; i < TIMERS; i++)
        timer_init(&timers[i], NULL);
    memset(is_set, 0, sizeof(is_set));
}

static void set_timer(int i, int64_t delay)
{
    timers_set(&set, &timers[i], now + delay);
    is_set[i] = 1;
}

static void cancel(int i)
{
    timer_cancel(&timers[i]);
    is_set[i] = 0;
}

/* By looking at all of them. */
static int64_t first_due(void)
{
    int64_t due = CLOCK_NEVER;

    for (int i = 0; i < TIMERS; i++)
        if (is_set[i] && timers[i].due < due)
            due = timers[i].due;
    return due;
}

TEST(timers_come_in_order)
{
    int64_t last = 0;
    int count = 0;

    start();
    for (int i = 0; i < TIMERS; i++)
        set_timer(i, (i * 7919) % 1009);
    for (struct timer *timer; (timer = timers_first(&set)); count++) {
        CHECK(timer->due >= last);
        last = timer->due;
        timer_cancel(timer);
    }
    clock_fake(NULL);
    CHECK_EQ(count, TIMERS);
    CHECK(list_empty(&set.trees));
}

TEST(timers_are_cancelled_and_set_anew)
{
    unsigned random = 1;

    start();
    for (int round = 0; round < 50000; round++) {
        int i;

        random = (unsigned)(((uint64_t)random * 1103515245u + 12345u) & 0x7fffffff);
        i = (int)(random >> 8) % TIMERS;
        if (random & 0x10)
            cancel(i); /* perhaps it is not set */
        else
            set_timer(i, (random >> 5) % 5000);
        if (round % 16 == 0) {
            struct timer *timer = timers_first(&set);

            CHECK_EQ(timer ? timer->due : CLOCK_NEVER, first_due());
        }
        if (round % 64 == 0 && timers_first(&set))
            cancel((int)(timers_first(&set) - timers));
    }
    for (int i = 0; i < TIMERS; i++)
        cancel(i);
    clock_fake(NULL);
    CHECK(list_empty(&set.trees));
    CHECK(!timers_first(&set));
}

TEST(timer_that_is_not_set_can_be_cancelled)
{
    start();
    cancel(0);
    set_timer(1, 10);
    cancel(0);
    cancel(0);
    CHECK(timers_first(&set) == &timers[1]);
    cancel(1);
    cancel(1);
    clock_fake(NULL);
    CHECK(!timers_first(&set));
}

TEST(timers_that_are_due_are_popped)
{
    start();
    CHECK_EQ(timers_next(&set), CLOCK_NEVER);
    set_timer(0, 20);
    set_timer(1, 10);
    set_timer(2, 10);
    CHECK_EQ(timers_next(&set), now + 10);
    CHECK(!timers_pop_due(&set, now + 9));
    CHECK(timers_pop_due(&set, now + 10) != &timers[0]);
    CHECK(timers_pop_due(&set, now + 10) != &timers[0]);
    CHECK(!timers_pop_due(&set, now + 19));
    CHECK_EQ(timers_next(&set), now + 20);
    CHECK(timers_pop_due(&set, CLOCK_NEVER) == &timers[0]);
    CHECK(!timers_pop_due(&set, CLOCK_NEVER));
    timer_cancel(&timers[0]); /* what was popped is not set */
    clock_fake(NULL);
    CHECK_EQ(timers_next(&set), CLOCK_NEVER);
}
