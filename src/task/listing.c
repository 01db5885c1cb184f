/*
 * The listing of all tasks. The first page says how many there are; the others are then fetched in
 * parallel, PAGES_IN_FLIGHT at a time. When tasks appear meanwhile, pages can overlap or miss a
 * task; an id counts once. An empty page is the end, whatever the first page said.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "task/kept.h"
#include "task/tasks_internal.h"

#define PAGES_MAX 20000u
/* 10,000 tasks take two round trips. More in flight would gain little: a page takes half a megabyte
 * or more until it is decoded, each uses a connection, a service that handles them one by one lets
 * the last wait long, and one with a false total would be asked for so many in vain. */
#define PAGES_IN_FLIGHT 20u

/* What remains of a page once its tasks are entered into the table. */
struct listed_page {
    struct task **tasks; /* each with a reference */
    size_t count;
};

struct listing {
    struct tasks *tasks;
    int64_t started_at; /* clock_ms() */
    int64_t asked_at;   /* for the first page */
    uint64_t era;
    /* Guarded by tasks->lock; when no answer is missing any more, the last one's thread owns it. */
    struct listed_page *pages; /* [page - 1] */
    unsigned page_count;       /* how many there are, by the first page */
    unsigned next_page;        /* the next to ask for, from 2 */
    unsigned missing;          /* answers that have not come yet */
    unsigned empty_page;       /* which was empty although more tasks were promised; 0 none */
    uint64_t total;            /* as the first page said */
    int error;
};

struct page_call {
    struct listing *listing;
    unsigned page;
};

static void on_page_answer(void *arg, const struct client_answer *answer);

static void unref_tasks(struct task **tasks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        task_unref(tasks[i]);
    free(tasks);
}

static void listing_free(struct listing *listing)
{
    for (unsigned i = 0; i < listing->page_count; i++)
        unref_tasks(listing->pages[i].tasks, listing->pages[i].count);
    free(listing->pages);
    free(listing);
}

static void list_free(struct task_list *list)
{
    if (!list)
        return;
    unref_tasks(list->tasks, list->count);
    free(list);
}

/* ---- the list of all pages; no lock is needed ---- */

struct mention {
    struct task *task;
    size_t at; /* in the list */
};

static int compare_mentions(const void *a, const void *b)
{
    const struct mention *left = a, *right = b;

    if (left->task != right->task)
        return left->task > right->task ? 1 : -1;
    return (left->at > right->at) - (left->at < right->at);
}

/* Removes repeated mentions of a task and keeps the order. Returns 0 or -ENOMEM. */
static int remove_repeated(struct task_list *list)
{
    struct mention *mentions = malloc((list->count + 1) * sizeof(*mentions));
    size_t kept = 0;

    if (!mentions)
        return -ENOMEM;
    for (size_t i = 0; i < list->count; i++)
        mentions[i] = (struct mention){list->tasks[i], i};
    qsort(mentions, list->count, sizeof(*mentions), compare_mentions);
    for (size_t i = 1; i < list->count; i++) {
        if (mentions[i].task != mentions[i - 1].task)
            continue;
        list->tasks[mentions[i].at] = NULL;
        task_unref(mentions[i].task);
    }
    free(mentions);
    for (size_t i = 0; i < list->count; i++)
        if (list->tasks[i])
            list->tasks[kept++] = list->tasks[i];
    list->count = kept;
    return 0;
}

static void move_page(struct task_list *list, struct listed_page *page)
{
    for (size_t i = 0; i < page->count; i++)
        list->tasks[list->count++] = page->tasks[i];
    page->count = 0;
}

/* Makes the list from the pages, which have all come, and takes their tasks. */
static int assemble_list(struct listing *listing, struct task_list **out)
{
    struct task_list *list = calloc(1, sizeof(*list));
    size_t count = 0;

    if (!list)
        return -ENOMEM;
    for (unsigned i = 0; i < listing->page_count; i++)
        count += listing->pages[i].count;
    list->refs = 1;
    list->asked_at = listing->asked_at;
    list->started_at = listing->started_at;
    list->tasks = malloc((count + 1) * sizeof(*list->tasks));
    if (!list->tasks) {
        free(list);
        return -ENOMEM;
    }
    for (unsigned i = 0; i < listing->page_count; i++)
        move_page(list, &listing->pages[i]);
    if (remove_repeated(list)) {
        list_free(list);
        return -ENOMEM;
    }
    *out = list;
    return 0;
}

static void listing_report(const struct listing *listing)
{
    if (listing->error)
        return;
    if (listing->empty_page)
        log_warn("the service announces %llu tasks, but page %u of them is empty: showing those "
                 "that came",
                 (unsigned long long)listing->total, listing->empty_page);
    else if (listing->total > (uint64_t)PAGES_MAX * CLIENT_PAGE_SIZE)
        log_error("the service announces %llu tasks: showing the first %u",
                  (unsigned long long)listing->total, PAGES_MAX * CLIENT_PAGE_SIZE);
}

/* ---- all with tasks->lock held ---- */

/* Drops a reference. Returns the list when it was the last one: the caller passes it to list_free
 * without the lock. */
static struct task_list *list_drop_ref(struct task_list *list)
{
    return list && !--list->refs ? list : NULL;
}

/* Ends the listing with a new list or an error. Returns the old list for list_free, or NULL. */
static struct task_list *listing_publish(struct listing *listing, struct task_list *list, int error)
{
    struct tasks *tasks = listing->tasks;
    struct task_list *old = NULL;

    if (!error) {
        old = list_drop_ref(tasks->list);
        tasks->list = list;
    }
    tasks->listing = NULL;
    wait_queue_wake(&tasks->listing_waiters, error);
    return old;
}

/* Enters a task of the listing into the table, and takes over its summary. Borrowed; NULL without
 * memory. */
static struct task *enter_summary(struct tasks *tasks, struct task_summary *summary,
                                  int64_t asked_at, uint64_t era)
{
    struct task *task = tasks_enter(tasks, summary->id);
    struct task_state *state = task ? task_state_from_summary(summary, asked_at) : NULL;

    if (!state)
        return NULL;
    state->era = era;
    task_take_state(task, state);
    return task;
}

static int enter_page(struct listing *listing, struct task_page *from, struct listed_page *page)
{
    page->tasks = malloc((from->count + 1) * sizeof(struct task *));
    if (!page->tasks)
        return -ENOMEM;
    for (size_t i = 0; i < from->count; i++) {
        struct task *task = enter_summary(listing->tasks, &from->tasks[i], listing->asked_at,
                                          listing->era);

        if (!task)
            return -ENOMEM;
        identity_ref(&task->identity);
        page->tasks[page->count++] = task;
    }
    return 0;
}

static int ask_page(struct listing *listing, unsigned page)
{
    struct page_call *call = malloc(sizeof(*call));
    int rc;

    if (!call)
        return -ENOMEM;
    call->listing = listing;
    call->page = page;
    rc = client_list(listing->tasks->config.client, page, on_page_answer, call);
    if (rc)
        free(call);
    else
        listing->missing++;
    return rc;
}

/* Asks for further pages up to the limit in flight; not after an error or the end. */
static void ask_more_pages(struct listing *listing)
{
    while (!listing->error && !listing->empty_page && listing->missing < PAGES_IN_FLIGHT &&
           listing->next_page <= listing->page_count)
        listing->error = ask_page(listing, listing->next_page++);
}

/* The first page has come: makes room for the others. */
static int plan_pages(struct listing *listing, uint64_t total)
{
    uint64_t pages = total / CLIENT_PAGE_SIZE + (total % CLIENT_PAGE_SIZE != 0);
    struct listed_page *grown;

    listing->total = total;
    if (pages > PAGES_MAX)
        pages = PAGES_MAX;
    if (pages <= 1)
        return 0;
    grown = realloc(listing->pages, pages * sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    memset(grown + 1, 0, (pages - 1) * sizeof(*grown));
    listing->pages = grown;
    listing->page_count = (unsigned)pages;
    return 0;
}

static int take_page(struct listing *listing, struct task_page *from, unsigned number)
{
    int rc = enter_page(listing, from, &listing->pages[number - 1]);

    if (!rc && number == 1)
        rc = plan_pages(listing, from->total);
    if (!from->count && listing->total && !listing->empty_page)
        listing->empty_page = number;
    return rc;
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

/* All answers have come: this thread owns the listing. */
static void listing_finish(struct listing *listing)
{
    struct tasks *tasks = listing->tasks;
    struct task_list *list = NULL, *old;
    int error = listing->error ? listing->error : assemble_list(listing, &list);

    listing_report(listing);
    pthread_mutex_lock(&tasks->lock);
    old = listing_publish(listing, list, error);
    pthread_mutex_unlock(&tasks->lock);
    list_free(old);
    listing_free(listing);
}

static void on_page_answer(void *arg, const struct client_answer *answer)
{
    struct page_call *call = arg;
    struct listing *listing = call->listing;
    struct tasks *tasks = listing->tasks;
    struct task_page page = {0};
    int error = decode_page(answer, call->page, &page);
    int is_last;

    pthread_mutex_lock(&tasks->lock);
    listing->missing--;
    if (!error)
        error = take_page(listing, &page, call->page);
    if (error && !listing->error)
        listing->error = error;
    ask_more_pages(listing);
    is_last = !listing->missing;
    if (!error && !is_last)
        wait_queue_wake(&tasks->listing_waiters, 0); /* they wait on, but they are not stalled */
    pthread_mutex_unlock(&tasks->lock);
    task_page_free(&page);
    free(call);
    if (is_last)
        listing_finish(listing);
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
    listing->next_page = 2;
    listing->tasks = tasks;
    listing->started_at = clock_ms();
    listing->asked_at = listing->started_at;
    listing->era = tasks->era;
    return listing;
}

/* ---- starting one; with tasks->lock held ---- */

/* Uses the page that came before the mount: its tasks are in the table, and its summaries have only
 * ids. */
static int take_first_page(struct listing *listing, const struct task_page *from)
{
    struct listed_page *page = &listing->pages[0];

    page->tasks = malloc((from->count + 1) * sizeof(struct task *));
    if (!page->tasks)
        return -ENOMEM;
    for (size_t i = 0; i < from->count; i++) {
        struct task *task = tasks_enter(listing->tasks, from->tasks[i].id);

        if (!task)
            return -ENOMEM;
        identity_ref(&task->identity);
        page->tasks[page->count++] = task;
    }
    if (!from->count && from->total)
        listing->empty_page = 1;
    return plan_pages(listing, from->total);
}

static int continue_first_page(struct listing *listing)
{
    struct tasks *tasks = listing->tasks;
    struct task_list *list = NULL;
    int rc;

    listing->asked_at = tasks->first_page_at;
    listing->error = take_first_page(listing, tasks->first_page);
    ask_more_pages(listing);
    if (listing->missing) {
        tasks->listing = listing;
        return 0;
    }
    rc = listing->error ? listing->error : assemble_list(listing, &list);
    listing_report(listing);
    list_free(listing_publish(listing, list, rc));
    listing_free(listing);
    return rc;
}

static void drop_first_page(struct tasks *tasks)
{
    if (tasks->first_page)
        task_page_free(tasks->first_page);
    free(tasks->first_page);
    tasks->first_page = NULL;
}

/* Starts a listing, with the page that came before the mount if that is recent enough. */
static int start_listing(struct tasks *tasks)
{
    struct listing *listing = listing_new(tasks);
    int rc;

    if (!listing)
        return -ENOMEM;
    if (tasks->first_page && clock_ms() - tasks->first_page_at < FRESHNESS_LISTING_MS) {
        rc = continue_first_page(listing);
    } else {
        rc = ask_page(listing, 1);
        if (rc)
            listing_free(listing);
        else
            tasks->listing = listing;
    }
    drop_first_page(tasks);
    return rc;
}

static enum freshness list_freshness(const struct tasks *tasks, const struct op *op)
{
    const struct task_list *list = tasks->list;
    struct listing_age known = {.is_known = list != NULL};

    if (list) {
        known.asked_at = list->asked_at;
        known.started_at = list->started_at;
    }
    return freshness_of_listing(&known, op->started, clock_ms(), tasks->listing != NULL);
}

int tasks_list(struct tasks *tasks, struct op *op, struct task_list **list)
{
    LOCKED(&tasks->lock);
    if (!kept_is_offline(tasks) && list_freshness(tasks, op) == FRESHNESS_ASK) {
        int rc = start_listing(tasks);

        if (rc)
            return rc;
    }
    if (!kept_is_offline(tasks) && list_freshness(tasks, op) != FRESHNESS_GOOD)
        return tasks->listing ? op_wait(op, &tasks->listing_waiters, 0) : -ENOMEM;
    tasks->list->refs++;
    *list = tasks->list;
    return 0;
}

void tasks_list_unref(struct tasks *tasks, struct task_list *list)
{
    pthread_mutex_lock(&tasks->lock);
    list = list_drop_ref(list);
    pthread_mutex_unlock(&tasks->lock);
    list_free(list);
}

/* With the lock held. The page keeps its ids, for take_first_page. */
static int enter_first_page(struct tasks *tasks, struct task_page *page, int64_t asked_at)
{
    for (size_t i = 0; i < page->count; i++) {
        struct task *task = enter_summary(tasks, &page->tasks[i], asked_at, 0);

        if (!task || !(page->tasks[i].id = strdup(task->id)))
            return -ENOMEM;
    }
    return 0;
}

void tasks_take_first_page(struct tasks *tasks, struct task_page *page, int64_t asked_at)
{
    LOCKED(&tasks->lock);
    tasks->first_page = malloc(sizeof(*page));
    if (!tasks->first_page || enter_first_page(tasks, page, asked_at)) {
        task_page_free(page);
        free(tasks->first_page);
        tasks->first_page = NULL;
        return;
    }
    *tasks->first_page = *page;
    memset(page, 0, sizeof(*page));
    tasks->first_page_at = asked_at;
}

void tasks_drop_listing(struct tasks *tasks)
{
    struct task_list *list;

    pthread_mutex_lock(&tasks->lock);
    list = list_drop_ref(tasks->list);
    tasks->list = NULL;
    drop_first_page(tasks);
    pthread_mutex_unlock(&tasks->lock);
    list_free(list);
}
