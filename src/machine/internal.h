/* What the files of src/machine share. All of it is used on the net thread alone, but where it says
 * otherwise. */
#ifndef TASKFS_MACHINE_INTERNAL_H
#define TASKFS_MACHINE_INTERNAL_H

#include <stdatomic.h>

#include "base/refcount.h"
#include "machine/link.h"
#include "machine/machine.h"

enum machine_state {
    MACHINE_CLOSED,
    MACHINE_QUEUED,    /* for its turn to connect */
    MACHINE_OPENING,   /* taskfs-live makes an offer, and the mailbox is being registered */
    MACHINE_OFFERING,  /* the offer is being sent */
    MACHINE_ANSWERING, /* the answer is waited for */
    MACHINE_JOINING,   /* taskfs-live has the answer, and opens the channel */
    MACHINE_READY,
};

/* One attempt at a connection, which calls to the service refer to while they are in flight. */
struct attempt {
    unsigned refs;           /* the machine's, and one for each call */
    struct machine *machine; /* NULL: it was given up */
    char sender[37];         /* a UUID, the name of our mailbox */
    int is_registered;
    char *offer;        /* NULL: not made yet */
    int64_t asked_at;   /* clock_ms() of the last call for the answer */
    struct timer again; /* until the next call for it */
};

struct machine {
    struct refcount refs; /* any thread; the connection has one while it is not closed */
    struct machines *machines;
    char *task;             /* fixed */
    atomic_int is_ready;    /* state == MACHINE_READY, for other threads */
    atomic_int tries_again; /* the next request does not mind the latest failure; any thread */
    enum machine_state state;
    uint32_t number;         /* of the connection, from MACHINE_OPENING on; 0 none */
    struct attempt *attempt; /* from MACHINE_OPENING to MACHINE_JOINING */
    unsigned losses;         /* of connections that were not ready, in a row */
    struct list link;        /* in machines->queue */
    struct timer timer;      /* while not closed: connecting takes too long, or it is idle */
    int64_t give_up_at;      /* clock_ms(), connecting */
    struct list requests;    /* to be sent */
    struct machine_request *current; /* was sent, and not answered; NULL none */
    int is_probing;                  /* a probe was sent, and not answered */
    struct timer silence;            /* while `current` or is_probing */
    int64_t heard_at;                /* clock_ms() of the last byte, or of sending */
    struct buf message;              /* that is arriving */
    int refused;                     /* why it is not kept, a negative errno; 0: it is */
    /* The latest failure to connect, which stands for hold_ms from failed_at on. */
    int failure;
    int64_t failed_at, hold_ms;
    char why[MACHINE_WHY_MAX];
};

struct machines {
    struct machines_config config;
    struct link link;
    /* By number - 1: the machine that has the connection; `closing` until taskfs-live confirms its
     * end; `to_close` when there was no memory to tell it. */
    struct machine *connections[LIVE_CONNECTIONS_MAX];
    struct machine closing, to_close;
    unsigned open;       /* numbers in use */
    unsigned connecting; /* machines from MACHINE_OPENING to MACHINE_JOINING */
    struct list queue;
    struct timer turn;    /* the queue is looked at again */
    struct timer rest;    /* taskfs-live has nothing to do any more */
    unsigned unconfirmed; /* connections that are `closing` or `to_close` */
    struct timer confirm; /* while there are any: taskfs-live does not react */
    size_t arriving;      /* bytes of messages that are not complete, of all machines */
};

/* ---- requests (requests.c) ---- */

/* The connection is there, or the answer before was dealt with: sends the next request, or begins
 * to wait for one. */
void machine_send_next(struct machine *machine);
/* Bytes of a message have come. */
void machine_take_message(struct machine *machine, const struct live_frame *frame);
/* What has arrived of a message is not wanted. */
void machine_drop_message(struct machine *machine);
/* Ends all requests with this error. */
void machine_fail_requests(struct machine *machine, int error, const char *why);
/* The connection is lost: those that can be asked once more stay, the others end. Returns 1 when
 * any stay. */
int machine_keep_requests(struct machine *machine, int error, const char *why);
/* The timer of `silence`. */
void machine_on_silence(struct timer *timer);

/* ---- connections (connection.c) ---- */

/* There is something to ask, and no connection: makes one, at once or in its turn. */
void machine_connect(struct machine *machine);
/* Frames of an attempt. */
void machine_take_offer(struct machine *machine, const struct live_frame *frame);
void machine_take_ready(struct machine *machine);
/* No connection could be made: it is closed, and all requests end. */
void machine_fail(struct machine *machine, int error, const char *why);
/* The connection is lost. Requests are asked once more over another one; `error` is for those that
 * were already. */
void machine_lose(struct machine *machine, int error, const char *why);
/* Closes the connection, which must not have requests. */
void machine_close(struct machine *machine);
/* The timer of `timer`. */
void machine_on_timer(struct timer *timer);

/* ---- numbers and turns (machines.c) ---- */

/* Gives the machine a number. Returns 0, or -EBUSY when all are in use. */
int machines_take_number(struct machine *machine);
/* The machine gives up its number, if it has one, and taskfs-live is told. */
void machines_drop_number(struct machine *machine);
/* The same of a number that taskfs-live knows nothing of. */
void machines_return_number(struct machine *machine);
/* It waits for its turn; `delay_ms` at least. */
void machines_enqueue(struct machine *machine, int64_t delay_ms);
/* A machine is not connecting any more: the next one has its turn. */
void machines_next_turn(struct machines *machines);

#endif
