/*
 * Connections to the machines of running tasks, and what is asked over them.
 *
 * A machine has at most one connection. It is made when something is asked, and closed
 * MACHINE_IDLE_MS after the last answer. Requests are sent one after the other, each when the one
 * before it was answered or given up.
 *
 * All of it runs on the net thread, and its state needs no lock; answers are delivered on a thread
 * of the executor. No function here blocks.
 */
#ifndef TASKFS_MACHINE_MACHINE_H
#define TASKFS_MACHINE_MACHINE_H

#include <stdint.h>

#include "api/client.h"
#include "base/buf.h"
#include "op/op.h"

#define MACHINE_IDLE_MS     10000
#define MACHINE_CONNECT_MS  20000       /* until the channel is open */
#define MACHINE_SILENCE_MS  10000       /* in which some byte of an answer has to come */
#define MACHINE_ANSWER_MS   120000      /* in which all of it has to */
#define MACHINE_MESSAGE_MAX (64u << 20) /* bytes of an answer */
#define MACHINE_WHY_MAX     320         /* bytes */

struct machine;
struct machines;

struct machines_config {
    struct client *client;
    struct net *net;
    struct executor *executor;
    struct stats *stats;
    const char *program; /* the path of taskfs-live; NULL: where it is installed */
    const char *server;  /* HOST:PORT of the STUN and TURN server; NULL or "" none */
};

/* The config is copied, and what it points to outlives the machines. Starts nothing. Returns NULL
 * without memory. */
struct machines *machines_create(const struct machines_config *config);
/* The net has stopped, and is not destroyed yet. */
void machines_destroy(struct machines *machines);

/* The machine of a task, whose id is copied, with a reference; nothing is asked yet. NULL without
 * memory. Any thread. */
struct machine *machine_new(struct machines *machines, const char *task);
/* Any thread, any lock. The connection is closed soon after the last reference has gone. */
void machine_unref(struct machine *machine);
/* Whether the connection is there, so that a request needs one round trip. Any thread. */
int machine_is_ready(const struct machine *machine);

/* The next request is one to connect at once, however short ago that has failed. Any thread. */
void machine_try_again(struct machine *machine);

/* One request, embedded in whatever it is for. */
struct machine_request {
    /* Filled in by the owner: */
    const char *json; /* borrowed until done */
    /*
     * Called once, on a thread of the executor; afterwards the request is the owner's again.
     * `error` is 0: `answer` has the message. Else `why` says in words what went wrong:
     *      -ENODATA       the machine has dealt with the request, and does not answer it
     *      -ETIMEDOUT     it is silent; the connection was closed
     *      -EFBIG         the answer is longer than MACHINE_MESSAGE_MAX
     *      -EHOSTUNREACH  no connection could be made
     *      -ECONNRESET    the connection was lost, twice
     *      -ENOPKG        taskfs-live is not installed
     *      -EACCES, -ENOENT, -EIO of the service; -ENOMEM; -ECANCELED when the net stops
     */
    void (*done)(struct machine_request *request, int error);
    struct buf answer; /* to be freed by the owner */
    char why[MACHINE_WHY_MAX];
    int64_t asked_at; /* clock_ms() when it was sent; of one that was not, when that was known */
    /* Private. */
    struct op op;
    struct net_job job;
    struct list link;
    struct machine *machine;
    int error;
    int is_repeated; /* its connection was lost once */
};

/* Asks. Returns 0, and `done` will be called; or -ECANCELED. Any thread, any lock. */
int machine_ask(struct machine *machine, struct machine_request *request);

#endif
