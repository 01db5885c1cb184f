/*
 * Calls to the service's API. Each is made by the net thread, retried as net/retry.h says, and
 * answered once, on a thread of the executor. When the key is refused, the key file is read again,
 * once for all calls that wait for it, and each call whose key has changed is made once more.
 *
 * Any thread may call these functions. All but client_list_now return without blocking.
 *
 * Source: the service's HTTP API, "Tasks" and "Outputs and inputs".
 */
#ifndef TASKFS_API_CLIENT_H
#define TASKFS_API_CLIENT_H

#include <stdatomic.h>
#include <stdint.h>

#include "api/key.h"
#include "net/net.h"
#include "op/op.h"
#include "op/single_flight.h"

#define CLIENT_PAGE_SIZE      500 /* tasks a page, the most that the service gives */
#define CLIENT_CLOCK_SLACK_MS 2000

struct client_config {
    struct net *net;
    struct executor *executor; /* answers are delivered there */
    struct executor *blocking; /* its threads may block: the key file is read there */
    struct key *key;
    const char *base_url; /* without a '/' at its end */
    const char *project;  /* filters of the listing, or NULL */
    const char *status;
    int64_t timeout_ms; /* of a call, including its retries */
};

struct client {
    struct client_config config;
    char base_for_log[256];
    /* Reading the key again after it was refused. Net thread only: */
    struct single_flight key_reload; /* `reload` and `reloaded` are in use while it is up */
    struct list reloading;           /* calls that it is for */
    struct list refused;             /* calls that were refused since it started */
    struct op reload;
    struct net_job reloaded;
    /* The server's clock less this machine's, in ns. Written by the net thread. */
    _Atomic int64_t clock_offset;
};

struct client_answer {
    int error;       /* 0, or a negative errno: -ENOENT (404), -EACCES (401, 403), -ETIMEDOUT, -EIO,
                 * -ENOMEM, -ECANCELED */
    int status;      /* HTTP status; 0 when no answer came */
    const char *why; /* the error in words, with the detail that the service gave */
    const char *body; /* NUL-terminated; also that of an error */
    size_t len;       /* bytes of the body */
    int64_t asked_at; /* clock_ms() when the call was made */
};

/* Receives the answer to one call, once. The answer is valid until it returns. */
typedef void client_done(void *arg, const struct client_answer *answer);

/* The config and what it points to must outlive the client. Calls nothing. */
void client_init(struct client *client, const struct client_config *config);

/*
 * Each makes one call. Returns 0, and `done` will be called later on a thread of the executor; or
 * -ENOMEM or -ECANCELED, and it will not be called. A failure other than 404 is logged in one line.
 */
/* Page `page` (from 1) of the listing, CLIENT_PAGE_SIZE tasks. */
int client_list(struct client *client, unsigned page, client_done *done, void *arg);
/* The task with all its fields. */
int client_task(struct client *client, const char *id, client_done *done, void *arg);
/* The task's status, the only answer that has its position in the queue. */
int client_status(struct client *client, const char *id, client_done *done, void *arg);
/* Asks the service to stop the task. */
int client_kill(struct client *client, const char *id, client_done *done, void *arg);
/*
 * The mailboxes of a running task, by which a connection to its machine is made. `sender` is the
 * UUID of this side's mailbox. None is tried again; `done` is called on the net thread.
 */
/* Makes the mailbox. */
int client_register(struct client *client, const char *id, const char *sender, client_done *done,
                    void *arg);
/* Sends the SDP of an offer to the task's machine. */
int client_offer(struct client *client, const char *id, const char *sender, const char *sdp,
                 client_done *done, void *arg);
/* Takes a message out of the mailbox, for which the service waits `block_s` seconds, 0 to 60: its
 * JSON, or an empty body with status 204 when none has come. Has `block_s` and 10 s. */
int client_message(struct client *client, const char *id, const char *sender, unsigned block_s,
                   client_done *done, void *arg);
/* A URL to download the object at `path`; `region` may be NULL. `done` is called on the net
 * thread. */
int client_signed_url(struct client *client, const char *path, const char *region,
                      client_done *done, void *arg);

/*
 * Returns the time by the service's clock, in ns since 1970 UTC: by its clock the times in its
 * answers are. It follows from the Date of its latest answer, whose seconds are whole; so a
 * difference of less than CLIENT_CLOCK_SLACK_MS from what is known is ignored. Before the first
 * answer it is the time of this machine. Any thread.
 */
int64_t client_server_now(struct client *client);

/* Fetches the first page of the listing and calls `done` before it returns. Blocks, for at most
 * `timeout_ms`; meant for the time before the mount. Returns 0, -ENOMEM or -ECANCELED. */
int client_list_now(struct client *client, int64_t timeout_ms, client_done *done, void *arg);

#endif
