/*
 * How many transfers run at once, and whose turn is next. Net thread only.
 *
 * Calls and ranges queue apart from each other, so that no call ever waits behind a store that
 * stalls. They queue here and not in libcurl, which knows one limit of connections for all of a
 * host. A transfer that queues takes no descriptor.
 *
 * In a lane, a group starts another transfer when fewer of its own run than there are free places
 * below `limit`. So a group alone takes half of the places, the next one a quarter, and some are
 * left for many more. When too few are left, a group still starts one as long as fewer than `sure`
 * of its own run and fewer than `most` run in all. It follows, whatever stalls and for however
 * long:
 *
 *      n groups that stall have at most limit + sure * (n - 1) transfers that run,
 *
 * since only those below `sure` ever go beyond `limit - sure`. As long as that is less than `most`,
 * one more group starts its first transfer at once: 64 archives can stall, and the next is read.
 * Within a group the order is first in, first out: a prefetch that somebody waits for by now is not
 * put off for ever.
 */
#ifndef TASKFS_NET_LANE_H
#define TASKFS_NET_LANE_H

#include "base/list.h"

/* Transfers that share their fate: the ranges of one archive. Outlives its transfers. */
struct transfer_group {
    struct list link;  /* in lane->waiting while any transfer of the group waits */
    struct list queue; /* links of the transfers that wait, in order */
    unsigned running;
};

struct lane {
    struct list waiting;          /* groups with transfers that wait, in the order of their turns */
    struct transfer_group others; /* of the transfers without a group of their own */
    unsigned running;
    unsigned limit; /* at least 1 */
    unsigned most;  /* at least `limit`; descriptors are counted on it */
    unsigned sure;  /* at least 1, at most `limit` */
};

void transfer_group_init(struct transfer_group *group);
void lane_init(struct lane *lane, unsigned limit, unsigned most, unsigned sure);

/* Returns 1 when a transfer of the group that is new to the lane may start at once, else 0. */
int lane_may_start(const struct lane *lane, const struct transfer_group *group);
/* A transfer of the group has started, or one that had started has ended. */
void lane_started(struct lane *lane, struct transfer_group *group);
void lane_ended(struct lane *lane, struct transfer_group *group);

/* Puts a transfer, by its link, at the end of its group's queue. */
void lane_enqueue(struct lane *lane, struct transfer_group *group, struct list *link);
/* Takes a transfer out of its group's queue. */
void lane_dequeue(struct transfer_group *group, struct list *link);
/* Takes the transfer that may start next out of its queue and returns its link, or NULL. The
 * group's next turn comes after those of the other groups. */
struct list *lane_next(struct lane *lane);
/* Takes any transfer that waits out of its queue and returns its link, or NULL. */
struct list *lane_take_any(struct lane *lane);

#endif
