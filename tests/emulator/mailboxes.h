/*
 * The mailboxes of running tasks: what a client and the program on a task's machine send each other
 * before they talk directly. Each has a task and an id, and a queue of messages. Safe from any
 * thread.
 */
#ifndef EMULATOR_MAILBOXES_H
#define EMULATOR_MAILBOXES_H

#include "waiters.h"

#include <json-c/json.h>

#define MAILBOXES_MAX    1024 /* the one that was used least recently makes room for another */
#define MAILBOX_MESSAGES 64   /* the oldest one makes room for another */

struct mailboxes;

/* The waiters must outlive the mailboxes. Returns NULL when out of memory. */
struct mailboxes *mailboxes_new(struct waiters *waiters);
void mailboxes_free(struct mailboxes *mailboxes);

/* Makes a mailbox, unless it is there already. Returns 0 or -ENOMEM. */
int mailboxes_register(struct mailboxes *mailboxes, const char *task, const char *id);

/*
 * Puts a message into a mailbox, and wakes those who wait for one. Takes ownership of the text,
 * which may be NULL when memory has run out. Returns 0, -ENOENT without such a mailbox, or -ENOMEM.
 */
int mailboxes_put(struct mailboxes *mailboxes, const char *task, const char *id, char *text);

/*
 * Takes the oldest message out of a mailbox, and waits for one at most some seconds; not at all
 * with
 * 0. Stores the text, which the caller frees, or NULL when none came. Returns 0, -ENOENT without
 * such a mailbox, or -ECONNABORTED when the client has closed the socket or the server stops.
 */
int mailboxes_take(struct mailboxes *mailboxes, const char *task, const char *id, int socket,
                   double seconds, char **text);

/* Adds counters to an object: mailboxes, and the messages in them. */
void mailboxes_stats(struct mailboxes *mailboxes, struct json_object *stats);

#endif
