/*
 * The set is a pairing heap whose roots are paired only when the first timer is asked for. Setting
 * a timer takes O(1) steps, all else O(log n) on average over a run. All memory is in the timers
 * themselves, so setting one cannot fail.
 *
 * A heap is a list of trees, `timers->trees`. No timer of a tree is due before the root of the
 * tree. After pair_all there is one tree, so its root is the first timer of all.
 *
 * Source: Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap", Algorithmica 1 (1986).
 */
#include "op/timers.h"

#include "base/clock.h"

static struct timer *timer_at(struct list *node)
{
    return container_of(node, struct timer, link);
}

/* Makes one tree of two that are neighbours in a list; it stands in that list. */
static void pair(struct list *left, struct list *right)
{
    struct list *late = timer_at(right)->due < timer_at(left)->due ? left : right;
    struct list *early = late == left ? right : left;

    list_del(late);
    list_add(&timer_at(early)->children, late);
}

/* Makes one tree of a list of them: pairs of neighbours first, then all of those into the last. */
static void pair_all(struct list *trees)
{
    struct list *at = trees->next;

    while (at != trees && at->next != trees) {
        struct list *next = at->next->next;

        pair(at, at->next);
        at = next;
    }
    while (trees->prev != trees->next)
        pair(trees->prev->prev, trees->prev);
}

struct timer *timers_first(struct timers *timers)
{
    pair_all(&timers->trees);
    return list_empty(&timers->trees) ? NULL : timer_at(timers->trees.next);
}

struct timer *timers_pop_due(struct timers *timers, int64_t now)
{
    struct timer *timer = timers_first(timers);

    if (!timer || timer->due > now)
        return NULL;
    timer_cancel(timer);
    return timer;
}

int64_t timers_next(struct timers *timers)
{
    const struct timer *timer = timers_first(timers);

    return timer ? timer->due : CLOCK_NEVER;
}

void timers_set(struct timers *timers, struct timer *timer, int64_t due)
{
    timer_cancel(timer);
    timer->due = due;
    list_add(&timers->trees, &timer->link);
}

void timer_cancel(struct timer *timer)
{
    struct list *heir;

    /* The timers below it are due no earlier than its own parent: one tree of them takes its
     * place. */
    pair_all(&timer->children);
    heir = list_pop(&timer->children);
    if (heir)
        list_add(&timer->link, heir);
    list_del(&timer->link);
}
