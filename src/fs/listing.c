/*
 * The listing of all tasks: the first page tells how many there are, the others are fetched all at
 * once. Pages can overlap or miss a task when tasks come while they are fetched; an id counts once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "fs/tasks_internal.h"

#define PAGES_MAX 20000u

struct listing {
    struct tasks *tasks;
    struct task_page *pages; /* [page - 1] */
    unsigned page_count;
    unsigned missing; /* answers that are still to come */
    int error;
    int64_t asked_at;
    uint64_t era;
};

struct page_call {
    struct listing *listing;
    unsigned page;
};

static void page_come(void *arg, const struct client_answer *answer);

static void listing_free(struct listing *listing)
{
    for (unsigned i = 0; i < listing->page_count; i++)
        task_page_free(&listing->pages[i]);
    free(listing->pages);
    free(listing);
}

/* ---- all with tasks->lock held ---- */

static void list_put(struct task_list *list)
{
    if (!list || --list->refs)
        return;
    for (size_t i = 0; i < list->count; i++)
        task_unref(list->tasks[i]);
    free(list->tasks);
    free(list);
}

static int compare_pointers(const void *a, const void *b)
{
    const struct task *left = *(struct task *const *)a, *right = *(struct task *const *)b;

    return (left > right) - (left < right);
}

/* Drops second mentions of a task, keeping the order. Returns -ENOMEM or 0. */
static int drop_repeated(struct task_list *list)
{
    struct task **sorted = malloc((list->count + 1) * sizeof(*sorted));
    size_t kept = 0;
    int has_repeated = 0;

    if (!sorted)
        return -ENOMEM;
    memcpy(sorted, list->tasks, list->count * sizeof(*sorted));
    qsort(sorted, list->count, sizeof(*sorted), compare_pointers);
    for (size_t i = 1; i < list->count; i++)
        has_repeated |= sorted[i] == sorted[i - 1];
    free(sorted);
    for (size_t i = 0; has_repeated && i < list->count; i++) {
        size_t earlier = 0;

        while (earlier < kept && list->tasks[earlier] != list->tasks[i])
            earlier++;
        if (earlier == kept)
            list->tasks[kept++] = list->tasks[i];
        else
            task_unref(list->tasks[i]);
    }
    if (has_repeated)
        list->count = kept;
    return 0;
}

/* Makes the page's tasks known. Their summaries are used up, but for the ids. */
static int enter_page(struct tasks *tasks, struct task_page *page, int64_t asked_at, uint64_t era)
{
    for (size_t i = 0; i < page->count; i++) {
        struct task *task = tasks_enter(tasks, page->tasks[i].id);
        struct task_state *state = task ? task_state_of_summary(&page->tasks[i], asked_at) : NULL;

        if (!state)
            return -ENOMEM;
        state->era = era;
        page->tasks[i].id = strdup(task->id);
        if (!page->tasks[i].id) {
            task_state_unref(state);
            return -ENOMEM;
        }
        task_take_state(task, state);
    }
    return 0;
}

static int list_page(struct listing *listing, struct task_list *list, const struct task_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        struct task *task = tasks_enter(listing->tasks, page->tasks[i].id);

        if (!task)
            return -ENOMEM;
        group_ref(&task->group);
        list->tasks[list->count++] = task;
    }
    return 0;
}

/* Makes the list of the pages, which are all here. */
static int assemble(struct listing *listing, struct task_list **out)
{
    struct task_list *list = calloc(1, sizeof(*list));
    size_t count = 0;
    int rc = 0;

    if (!list)
        return -ENOMEM;
    for (unsigned i = 0; i < listing->page_count; i++)
        count += listing->pages[i].count;
    list->refs = 1;
    list->asked_at = listing->asked_at;
    list->tasks = malloc((count + 1) * sizeof(*list->tasks));
    if (!list->tasks)
        rc = -ENOMEM;
    for (unsigned i = 0; !rc && i < listing->page_count; i++)
        rc = list_page(listing, list, &listing->pages[i]);
    if (!rc)
        rc = drop_repeated(list);
    if (rc)
        list_put(list);
    else
        *out = list;
    return rc;
}

static void finish(struct listing *listing)
{
    struct tasks *tasks = listing->tasks;
    struct task_list *list = NULL;
    int error = listing->error;

    if (!error)
        error = assemble(listing, &list);
    if (!error) {
        list_put(tasks->list);
        tasks->list = list;
    }
    tasks->listing = NULL;
    wait_queue_wake(&tasks->listed, error);
    listing_free(listing);
}

static int ask_page(struct listing *listing, unsigned page)
{
    struct page_call *call = malloc(sizeof(*call));
    int rc;

    if (!call)
        return -ENOMEM;
    call->listing = listing;
    call->page = page;
    rc = client_list(listing->tasks->client, page, page_come, call);
    if (rc)
        free(call);
    else
        listing->missing++;
    return rc;
}

/* The first page is here: room for the others, and all of them asked for. */
static void ask_others(struct listing *listing)
{
    uint64_t total = listing->pages[0].total;
    uint64_t pages = total / CLIENT_PAGE_SIZE + (total % CLIENT_PAGE_SIZE != 0);
    struct task_page *grown;

    if (pages > PAGES_MAX) {
        log_error("the service speaks of %llu tasks: showing the first %u",
                  (unsigned long long)total, PAGES_MAX * CLIENT_PAGE_SIZE);
        pages = PAGES_MAX;
    }
    if (pages <= 1)
        return;
    grown = realloc(listing->pages, pages * sizeof(*grown));
    if (!grown) {
        listing->error = -ENOMEM;
        return;
    }
    memset(grown + 1, 0, (pages - 1) * sizeof(*grown));
    listing->pages = grown;
    listing->page_count = (unsigned)pages;
    for (unsigned page = 2; page <= pages && !listing->error; page++)
        listing->error = ask_page(listing, page);
}

/* ---- answers, on the executor's threads ---- */

static int decode_page(const struct client_answer *answer, unsigned number, struct task_page *page)
{
    char why[160];
    int rc;

    if (answer->error)
        return answer->error == -ENOENT ? -EIO : answer->error;
    rc = task_page_decode(answer->body, answer->len, page, why, sizeof(why));
    if (rc != -EPROTO)
        return rc;
    log_error("cannot use page %u of the tasks: %s", number, why);
    return -EIO;
}

static void page_come(void *arg, const struct client_answer *answer)
{
    struct page_call *call = arg;
    struct listing *listing = call->listing;
    struct tasks *tasks = listing->tasks;
    struct task_page page = {0};
    int error = decode_page(answer, call->page, &page);

    LOCKED(&tasks->lock);
    if (error) {
        listing->error = listing->error ? listing->error : error;
    } else {
        listing->pages[call->page - 1] = page;
        error = enter_page(tasks, &listing->pages[call->page - 1], listing->asked_at, listing->era);
        if (error && !listing->error)
            listing->error = error;
        if (call->page == 1)
            ask_others(listing);
    }
    if (!--listing->missing)
        finish(listing);
    free(call);
}

static struct listing *listing_new(struct tasks *tasks)
{
    struct listing *listing = calloc(1, sizeof(*listing));

    if (!listing)
        return NULL;
    listing->pages = calloc(1, sizeof(*listing->pages));
    if (!listing->pages) {
        free(listing);
        return NULL;
    }
    listing->page_count = 1;
    listing->tasks = tasks;
    listing->asked_at = clock_ms();
    listing->era = tasks->era;
    return listing;
}

/* With the lock held: begins to fetch, from the page that came before the mount if it is young. */
static int start_listing(struct tasks *tasks)
{
    struct listing *listing = listing_new(tasks);
    int rc;

    if (!listing)
        return -ENOMEM;
    if (tasks->first_page && clock_ms() - tasks->first_page_at < TASKS_LIST_AGE_MS) {
        listing->pages[0] = *tasks->first_page;
        listing->asked_at = tasks->first_page_at;
        listing->era = 0;
        memset(tasks->first_page, 0, sizeof(*tasks->first_page));
        tasks->listing = listing;
        ask_others(listing);
        if (!listing->missing)
            finish(listing);
        rc = 0;
    } else {
        rc = ask_page(listing, 1);
        if (rc)
            listing_free(listing);
        else
            tasks->listing = listing;
    }
    if (tasks->first_page)
        task_page_free(tasks->first_page);
    free(tasks->first_page);
    tasks->first_page = NULL;
    return rc;
}

static int is_fresh(const struct task_list *list, const struct op *op)
{
    return list &&
           (list->asked_at >= op->started || clock_ms() - list->asked_at < TASKS_LIST_AGE_MS);
}

int tasks_list(struct tasks *tasks, struct op *op, struct task_list **list)
{
    LOCKED(&tasks->lock);
    if (!is_fresh(tasks->list, op) && !tasks->listing) {
        int rc = start_listing(tasks);

        if (rc)
            return rc;
    }
    if (!is_fresh(tasks->list, op))
        return tasks->listing ? op_wait(op, &tasks->listed, 0) : -ENOMEM;
    tasks->list->refs++;
    *list = tasks->list;
    return 0;
}

void tasks_list_unref(struct tasks *tasks, struct task_list *list)
{
    LOCKED(&tasks->lock);
    list_put(list);
}

void tasks_prime(struct tasks *tasks, struct task_page *page, int64_t asked_at)
{
    LOCKED(&tasks->lock);
    if (enter_page(tasks, page, asked_at, 0)) {
        task_page_free(page);
        return;
    }
    tasks->first_page = malloc(sizeof(*page));
    if (!tasks->first_page) {
        task_page_free(page);
        return;
    }
    *tasks->first_page = *page;
    memset(page, 0, sizeof(*page));
    tasks->first_page_at = asked_at;
}

void tasks_drop_listing(struct tasks *tasks)
{
    pthread_mutex_lock(&tasks->lock);
    list_put(tasks->list);
    tasks->list = NULL;
    if (tasks->first_page)
        task_page_free(tasks->first_page);
    free(tasks->first_page);
    tasks->first_page = NULL;
    pthread_mutex_unlock(&tasks->lock);
}
