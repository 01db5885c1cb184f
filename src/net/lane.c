#include "net/lane.h"

void transfer_group_init(struct transfer_group *group)
{
    list_init(&group->link);
    list_init(&group->queue);
    group->running = 0;
}

void lane_init(struct lane *lane, unsigned limit, unsigned most, unsigned sure)
{
    list_init(&lane->waiting);
    transfer_group_init(&lane->others);
    lane->running = 0;
    lane->limit = limit;
    lane->most = most;
    lane->sure = sure < limit ? sure : limit;
}

/* The rule that the header explains. */
static int has_place(const struct lane *lane, const struct transfer_group *group)
{
    unsigned left = lane->running < lane->limit ? lane->limit - lane->running : 0;

    return lane->running < lane->most && (group->running < left || group->running < lane->sure);
}

int lane_may_start(const struct lane *lane, const struct transfer_group *group)
{
    return has_place(lane, group) && list_empty(&group->queue);
}

void lane_started(struct lane *lane, struct transfer_group *group)
{
    lane->running++;
    group->running++;
}

void lane_ended(struct lane *lane, struct transfer_group *group)
{
    lane->running--;
    group->running--;
}

void lane_enqueue(struct lane *lane, struct transfer_group *group, struct list *link)
{
    if (list_empty(&group->queue))
        list_add(&lane->waiting, &group->link);
    list_add(&group->queue, link);
}

void lane_dequeue(struct transfer_group *group, struct list *link)
{
    list_del(link);
    if (list_empty(&group->queue))
        list_del(&group->link);
}

struct list *lane_next(struct lane *lane)
{
    list_each (at, &lane->waiting) {
        struct transfer_group *group = container_of(at, struct transfer_group, link);
        struct list *link;

        if (!has_place(lane, group))
            continue;
        link = list_pop(&group->queue);
        list_del(&group->link);
        if (!list_empty(&group->queue))
            list_add(&lane->waiting, &group->link);
        return link;
    }
    return NULL;
}

struct list *lane_take_any(struct lane *lane)
{
    struct transfer_group *group;
    struct list *link;

    if (list_empty(&lane->waiting))
        return NULL;
    group = container_of(lane->waiting.next, struct transfer_group, link);
    link = group->queue.next;
    lane_dequeue(group, link);
    return link;
}
