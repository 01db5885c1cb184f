/*
 * The timers that are set: a pairing heap whose roots are paired only when the first one to be due
 * is asked for. Setting a timer takes O(1), all else O(log n) on the average over a run; memory is
 * in the timers alone, so that setting one can't fail.
 *
 * A heap is a list of trees, `net->timers`. No timer of a tree is due before the tree's root; no
 * timer at all is due before the first of the roots.
 *
 * Source: Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap", Algorithmica 1 (1986).
 */
#include "base/clock.h"
#include "net/internal.h"

static struct net_timer *timer_at(struct list *node)
{
    return container_of(node, struct net_timer, link);
}

/* Makes one tree of two that are neighbours in a list; it stands in that list. */
static void pair(struct list *left, struct list *right)
{
    struct list *late = timer_at(right)->due < timer_at(left)->due ? left : right;
    struct list *early = late == left ? right : left;

    list_del(late);
    list_add(&timer_at(early)->children, late);
}

/* Makes one tree of a list of them: neighbours by twos, then all into the last. */
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

struct net_timer *net_timer_first(struct net *net)
{
    pair_all(&net->timers);
    return list_empty(&net->timers) ? NULL : timer_at(net->timers.next);
}

void net_timer_init(struct net_timer *timer)
{
    list_init(&timer->link);
    list_init(&timer->children);
}

void net_timer_set(struct net *net, struct net_timer *timer, int64_t delay_ms)
{
    net_timer_cancel(timer);
    timer->due = clock_ms() + delay_ms;
    list_add(&net->timers, &timer->link);
}

void net_timer_cancel(struct net_timer *timer)
{
    struct list *heir;

    /* What comes under it is due after whatever it comes under itself: one tree takes its place. */
    pair_all(&timer->children);
    heir = list_pop(&timer->children);
    if (heir)
        list_add(&timer->link, heir);
    list_del(&timer->link);
}
