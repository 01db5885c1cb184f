/* The mailboxes of running tasks. */
#include "mailboxes.h"

#include "json_util.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct mailbox {
    char *task, *id;
    int number; /* negative, never used again: what waiters know it by */
    char *messages[MAILBOX_MESSAGES];
    int count;
    struct mailbox *next; /* used less recently */
};

struct mailboxes {
    struct waiters *waiters;
    pthread_mutex_t lock; /* guards everything below; the lock of waiters is taken under it */
    struct mailbox *first;
    int count;
    int last_number;
};

struct mailboxes *mailboxes_new(struct waiters *waiters)
{
    struct mailboxes *mailboxes = calloc(1, sizeof(*mailboxes));

    if (!mailboxes)
        return NULL;
    mailboxes->waiters = waiters;
    pthread_mutex_init(&mailboxes->lock, NULL);
    return mailboxes;
}

static void free_mailbox(struct mailbox *mailbox)
{
    for (int i = 0; i < mailbox->count; i++)
        free(mailbox->messages[i]);
    free(mailbox->task);
    free(mailbox->id);
    free(mailbox);
}

void mailboxes_free(struct mailboxes *mailboxes)
{
    while (mailboxes->first) {
        struct mailbox *mailbox = mailboxes->first;

        mailboxes->first = mailbox->next;
        free_mailbox(mailbox);
    }
    pthread_mutex_destroy(&mailboxes->lock);
    free(mailboxes);
}

/* Returns the mailbox, which is the first of the list now; or NULL. Under the lock. */
static struct mailbox *find_mailbox(struct mailboxes *mailboxes, const char *task, const char *id)
{
    for (struct mailbox **at = &mailboxes->first; *at; at = &(*at)->next) {
        struct mailbox *found = *at;

        if (strcmp(found->id, id) != 0 || strcmp(found->task, task) != 0)
            continue;
        *at = found->next;
        found->next = mailboxes->first;
        mailboxes->first = found;
        return found;
    }
    return NULL;
}

/* Removes the mailbox that was used least recently, and wakes those who wait for its messages. */
static void remove_last(struct mailboxes *mailboxes)
{
    struct mailbox **at = &mailboxes->first;

    while ((*at)->next)
        at = &(*at)->next;
    waiters_cancel(mailboxes->waiters, (*at)->number);
    free_mailbox(*at);
    *at = NULL;
    mailboxes->count--;
}

static int add_mailbox(struct mailboxes *mailboxes, const char *task, const char *id)
{
    struct mailbox *mailbox = calloc(1, sizeof(*mailbox));

    if (!mailbox)
        return -ENOMEM;
    mailbox->task = strdup(task);
    mailbox->id = strdup(id);
    if (!mailbox->task || !mailbox->id) {
        free_mailbox(mailbox);
        return -ENOMEM;
    }
    if (mailboxes->count == MAILBOXES_MAX)
        remove_last(mailboxes);
    mailbox->number = --mailboxes->last_number;
    mailbox->next = mailboxes->first;
    mailboxes->first = mailbox;
    mailboxes->count++;
    return 0;
}

int mailboxes_register(struct mailboxes *mailboxes, const char *task, const char *id)
{
    int rc = 0;

    pthread_mutex_lock(&mailboxes->lock);
    if (!find_mailbox(mailboxes, task, id))
        rc = add_mailbox(mailboxes, task, id);
    pthread_mutex_unlock(&mailboxes->lock);
    return rc;
}

static char *take_oldest(struct mailbox *mailbox)
{
    char *text;

    if (!mailbox->count)
        return NULL;
    text = mailbox->messages[0];
    mailbox->count--;
    memmove(mailbox->messages, mailbox->messages + 1,
            (size_t)mailbox->count * sizeof(mailbox->messages[0]));
    return text;
}

int mailboxes_put(struct mailboxes *mailboxes, const char *task, const char *id, char *text)
{
    struct mailbox *mailbox;

    if (!text)
        return -ENOMEM;
    pthread_mutex_lock(&mailboxes->lock);
    mailbox = find_mailbox(mailboxes, task, id);
    if (mailbox) {
        if (mailbox->count == MAILBOX_MESSAGES)
            free(take_oldest(mailbox));
        mailbox->messages[mailbox->count++] = text;
        waiters_cancel(mailboxes->waiters, mailbox->number);
    } else {
        free(text);
    }
    pthread_mutex_unlock(&mailboxes->lock);
    return mailbox ? 0 : -ENOENT;
}

/* Looks once. Returns as mailboxes_take; begins to wait, and sets *waits, when none is there. */
static int look(struct mailboxes *mailboxes, const char *task, const char *id, char **text,
                struct waiter *waiter, bool *waits)
{
    struct mailbox *mailbox;
    int rc = 0;

    pthread_mutex_lock(&mailboxes->lock);
    mailbox = find_mailbox(mailboxes, task, id);
    *text = mailbox ? take_oldest(mailbox) : NULL;
    if (!mailbox)
        rc = -ENOENT;
    else if (!*text && *waits)
        rc = waiters_begin(mailboxes->waiters, waiter, mailbox->number) ? 0 : -ECONNABORTED;
    *waits = *waits && rc == 0 && !*text;
    pthread_mutex_unlock(&mailboxes->lock);
    return rc;
}

int mailboxes_take(struct mailboxes *mailboxes, const char *task, const char *id, int socket,
                   double seconds, char **text)
{
    double deadline = clock_monotonic() + seconds;

    for (;;) {
        double left = deadline - clock_monotonic();
        bool waits = left > 0;
        enum wait_result result;
        struct waiter waiter;
        int rc = look(mailboxes, task, id, text, &waiter, &waits);

        if (!waits)
            return rc;
        result = waiters_block(mailboxes->waiters, &waiter, socket, left);
        waiters_end(mailboxes->waiters, &waiter);
        if (result == WAIT_GONE)
            return -ECONNABORTED;
    }
}

void mailboxes_stats(struct mailboxes *mailboxes, struct json_object *stats)
{
    int messages = 0;

    pthread_mutex_lock(&mailboxes->lock);
    for (const struct mailbox *mailbox = mailboxes->first; mailbox; mailbox = mailbox->next)
        messages += mailbox->count;
    json_set_int(stats, "mailboxes", mailboxes->count);
    json_set_int(stats, "mailbox_messages", messages);
    pthread_mutex_unlock(&mailboxes->lock);
}
