/*
 * Giving up archives. Directory and tree of an archive live as long as the archive, and a task
 * keeps its archives; so that a walk over thousands of tasks ends in bounded memory, those that
 * nobody uses are forgotten when what is charged to the cache (decoders, directories and trees) is
 * more than half of the budget: those not used for LATELY_MS, and from three quarters on all.
 *
 * An archive can go when nobody but its task holds it: no open file or directory, no request, and
 * no lookup of the kernel's. The kernel keeps names as long as it likes: it is told to forget those
 * that lead there first, and the archive goes in a later round, when the kernel has. The order is
 * about that of last use, as a clock's: an archive that was used since it was put into the list is
 * put at its end.
 *
 * What is given up costs a signed URL, the tail and the directory when it is asked for again; its
 * inode numbers are new then.
 */
#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "task/archive_internal.h"
#include "task/layout.h"
#include "task/tasks_internal.h"

#define LATELY_MS  5000
#define FRESH_MS   100  /* who waited for an archive has come to hold it by then */
#define TOLD_MS    1000 /* the kernel has forgotten by then what it can */
#define LOOKED_MAX 256u /* archives that one round looks at */
#define GONE_MAX   16u  /* that one round gives up */

struct round {
    int64_t now;
    int64_t least_age; /* ms since the last use */
    size_t excess;     /* bytes that are still to go, beyond those that are on their way */
    struct archive *gone[GONE_MAX];
    unsigned count;
};

/* ---- with tasks->lock held ---- */

static void put_last(struct task_archive *known, int64_t listed_at)
{
    known->listed_at = listed_at;
    known->told_at = 0;
    list_del(&known->listed);
    list_add(&known->task->tasks->archives, &known->listed);
}

void give_up_last(struct task_archive *known)
{
    if (known->task->is_gone)
        return;
    group_touch(archive_group(known->archive));
    put_last(known, clock_ms());
}

void give_up_none_of(struct task *task)
{
    for (int kind = 0; kind < ARCHIVE_KINDS; kind++)
        list_del(&task->archives[kind].listed);
}

/* Has the kernel forget the names that lead into the archive, and all that it knows below. */
static void tell_kernel(struct task_archive *known, int64_t now)
{
    struct task *task = known->task;
    int kind = (int)(known - task->archives);

    for (const struct file_name *file = file_names; file->name; file++)
        if ((file->kind == FILE_KIND_TREE || file->kind == FILE_KIND_ZIP) && file->archive == kind)
            notify_name(task->tasks->notify, node_id(&task->group, FILE_TASK_DIR), file->name);
    known->told_at = now;
}

static size_t charged_for(struct archive *archive)
{
    LOCKED(&archive->lock);
    return archive->charged;
}

static void going(struct round *round, size_t bytes)
{
    round->excess -= bytes < round->excess ? bytes : round->excess;
}

static void look_at(struct task_archive *known, struct round *round)
{
    struct archive *archive = known->archive;
    size_t bytes = archive ? charged_for(archive) : 0;
    struct group_use use;

    if (!archive) {
        list_del(&known->listed);
        return;
    }
    use = group_use(archive_group(archive));
    if (!bytes || use.holders > 1 || use.used_at > known->listed_at) {
        put_last(known, use.used_at);
    } else if (round->now - use.used_at < round->least_age) {
        return;
    } else if (!use.lookups) {
        list_del(&known->listed);
        known->archive = NULL;
        known->is_known = 0;
        round->gone[round->count++] = archive;
        going(round, bytes);
    } else if (!known->told_at) {
        tell_kernel(known, round->now);
        going(round, bytes);
    } else if (round->now - known->told_at < TOLD_MS) {
        going(round, bytes);
    } else {
        put_last(known, use.used_at); /* a process is in there */
    }
}

static void look_around(struct tasks *tasks, struct round *round)
{
    struct list *last = tasks->archives.prev; /* each is looked at once */
    unsigned looked = 0;

    list_each_safe (at, &tasks->archives) {
        int is_last = at == last;

        look_at(container_of(at, struct task_archive, listed), round);
        if (is_last || !round->excess || round->count == GONE_MAX || ++looked == LOOKED_MAX)
            return;
    }
}

/* ---- without it ---- */

void tasks_give_up_unused(struct tasks *tasks)
{
    struct cache *cache = tasks->archive_context.object.cache;
    size_t charged = cache_charged(cache), budget = cache_budget(cache);
    struct round round = {.now = clock_ms()};

    if (charged <= budget / 2)
        return;
    round.excess = charged - budget / 2;
    round.least_age = charged > budget / 4 * 3 ? FRESH_MS : LATELY_MS;
    pthread_mutex_lock(&tasks->lock);
    look_around(tasks, &round);
    pthread_mutex_unlock(&tasks->lock);
    if (round.count)
        log_debug(LOG_FS, "%u archives that nobody uses are given up", round.count);
    while (round.count)
        archive_unref(round.gone[--round.count]);
}
