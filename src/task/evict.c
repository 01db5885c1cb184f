/*
 * Evicting archives. Directory and tree of an archive live as long as the archive, and a task keeps
 * its archives. So that a walk over thousands of tasks ends in bounded memory, archives that nobody
 * uses are evicted when what is charged to the cache (decoders, directories and trees) exceeds half
 * of the budget: those that were not used for UNUSED_MS, and above three quarters all of them.
 *
 * An archive can be evicted when nobody but its task holds it: no open file or directory, no
 * request, and no lookups of a layer above. A kernel keeps names as long as it likes, so the
 * observer is first asked to drop those that lead to the archive, and a later round evicts it. The
 * order is roughly that of last use, as in the clock algorithm: an archive that was used since it
 * was put into the list goes to its end.
 *
 * An evicted archive costs a signed URL, the tail and the directory when it is asked for again, and
 * has new inode numbers then.
 */
#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "task/tasks_internal.h"

#define UNUSED_MS   5000
#define SETTLE_MS   100  /* ops that waited for an archive hold it by then */
#define DROP_MS     1000 /* lookups that can be dropped are dropped by then */
#define EXAMINE_MAX 256u /* archives that one round examines */
#define EVICT_MAX   16u  /* archives that one round evicts */

struct evict_round {
    int64_t now;
    int64_t least_age; /* ms since the last use */
    size_t excess;     /* bytes still to be freed, beyond those that are already on their way */
    struct archive *evicted[EVICT_MAX];
    unsigned count;
};

/* ---- with tasks->lock held ---- */

static void move_to_end(struct task_archive *known, int64_t listed_at)
{
    known->listed_at = listed_at;
    known->asked_to_drop = 0;
    list_del(&known->evictable);
    list_add(&known->task->tasks->evictable, &known->evictable);
}

void evict_note_use(struct task_archive *known)
{
    if (known->task->is_gone)
        return;
    identity_touch(archive_identity(known->archive));
    move_to_end(known, clock_ms());
}

void evict_remove_task(struct task *task)
{
    for (int kind = 0; kind < ARCHIVE_KINDS; kind++)
        list_del(&task->archives[kind].evictable);
}

static void ask_to_drop(struct task_archive *known, int64_t now)
{
    struct task *task = known->task;
    struct task_observer *observer = task->tasks->observer;

    if (observer)
        observer->on_archive_unused(observer, task, (enum archive_kind)(known - task->archives));
    known->asked_to_drop = now;
}

static void count_freed(struct evict_round *round, size_t bytes)
{
    round->excess -= bytes < round->excess ? bytes : round->excess;
}

static void examine(struct task_archive *known, struct evict_round *round)
{
    struct archive *archive = known->archive;
    size_t bytes = archive ? archive_charged(archive) : 0;
    struct identity_usage usage;

    if (!archive) {
        list_del(&known->evictable);
        return;
    }
    usage = identity_usage(archive_identity(archive));
    if (!bytes || usage.holders > 1 || usage.used_at > known->listed_at) {
        move_to_end(known, usage.used_at);
    } else if (round->now - usage.used_at < round->least_age) {
        return;
    } else if (!usage.lookups) {
        list_del(&known->evictable);
        known->archive = NULL;
        known->is_known = 0;
        round->evicted[round->count++] = archive;
        count_freed(round, bytes);
    } else if (!known->asked_to_drop) {
        ask_to_drop(known, round->now);
        count_freed(round, bytes);
    } else if (round->now - known->asked_to_drop < DROP_MS) {
        count_freed(round, bytes);
    } else {
        move_to_end(known, usage.used_at); /* a process has its working directory there */
    }
}

static void examine_all(struct tasks *tasks, struct evict_round *round)
{
    struct list *last = tasks->evictable.prev; /* each is examined once */
    unsigned examined = 0;

    list_each_safe (at, &tasks->evictable) {
        int is_last = at == last;

        examine(container_of(at, struct task_archive, evictable), round);
        if (is_last || !round->excess || round->count == EVICT_MAX || ++examined == EXAMINE_MAX)
            return;
    }
}

/* ---- without it ---- */

void tasks_evict_archives(struct tasks *tasks)
{
    struct cache *cache = tasks->config.archive.object.cache;
    size_t charged = cache_charged(cache), budget = cache_budget(cache);
    struct evict_round round = {.now = clock_ms()};

    if (charged <= budget / 2)
        return;
    round.excess = charged - budget / 2;
    round.least_age = charged > budget / 4 * 3 ? SETTLE_MS : UNUSED_MS;
    pthread_mutex_lock(&tasks->lock);
    examine_all(tasks, &round);
    pthread_mutex_unlock(&tasks->lock);
    if (round.count)
        log_debug(LOG_FS, "evicted %u unused archives", round.count);
    while (round.count)
        archive_unref(round.evicted[--round.count]);
}
