/* The heap of timers, without a thread. */
#include <stdlib.h>

#include "base/clock.h"
#include "net/internal.h"
#include "test.h"

#define TIMERS 2000

static int64_t now;
static struct net net;
static struct net_timer timers[TIMERS];
static int is_set[TIMERS];

static void start(void)
{
    now = 1000;
    clock_fake(&now);
    list_init(&net.timers);
    for (int i = 0; i < TIMERS; i++)
        net_timer_init(&timers[i]);
    memset(is_set, 0, sizeof(is_set));
}

static void set(int i, int64_t delay)
{
    net_timer_set(&net, &timers[i], delay);
    is_set[i] = 1;
}

static void cancel(int i)
{
    net_timer_cancel(&timers[i]);
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
        set(i, (i * 7919) % 1009);
    for (struct net_timer *timer; (timer = net_timer_first(&net)); count++) {
        CHECK(timer->due >= last);
        last = timer->due;
        net_timer_cancel(timer);
    }
    clock_fake(NULL);
    CHECK_EQ(count, TIMERS);
    CHECK(list_empty(&net.timers));
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
            set(i, (random >> 5) % 5000);
        if (round % 16 == 0) {
            struct net_timer *timer = net_timer_first(&net);

            CHECK_EQ(timer ? timer->due : CLOCK_NEVER, first_due());
        }
        if (round % 64 == 0 && net_timer_first(&net))
            cancel((int)(net_timer_first(&net) - timers));
    }
    for (int i = 0; i < TIMERS; i++)
        cancel(i);
    clock_fake(NULL);
    CHECK(list_empty(&net.timers));
    CHECK(!net_timer_first(&net));
}

TEST(timer_that_is_not_set_can_be_cancelled)
{
    start();
    cancel(0);
    set(1, 10);
    cancel(0);
    cancel(0);
    CHECK(net_timer_first(&net) == &timers[1]);
    cancel(1);
    cancel(1);
    clock_fake(NULL);
    CHECK(!net_timer_first(&net));
}
