/*
 * Calls to the service's API. Each is made by the net thread, tried again as net/retry.h says, and
 * answered once on a thread of the executor. When the key is refused, a thread that may block has
 * the key file read again, once for all that wait for it, and each call that has another key now is
 * made once more.
 *
 * Source: the service's HTTP API, "Tasks" and "Outputs and inputs".
 */
#ifndef TASKFS_API_CLIENT_H
#define TASKFS_API_CLIENT_H

#include <stdint.h>

#include "api/key.h"
#include "base/op.h"
#include "net/net.h"

#define CLIENT_PAGE_SIZE 500 /* tasks a page, the most that the service gives */

struct client_config {
    struct net *net;
    struct executor *executor;
    struct executor *blocking; /* its threads may block: the key file is read there */
    struct key *key;
    const char *base_url; /* without a '/' at its end */
    const char *project;  /* filters of the listing, or NULL */
    const char *status;
    int64_t timeout_ms; /* of a call, with all its tries */
};

struct client {
    struct client_config config;
    char base_for_log[256];
    /* The key is read again for those whom it failed. Net thread only: */
    struct list refused;   /* requests that came since the reading began */
    struct list reloading; /* requests that it is for */
    int is_reloading;      /* reload or reloaded is under way */
    struct op reload;
    struct net_job reloaded;
};

struct client_answer {
    int error;  /* 0, or a negative errno: -ENOENT 404, -EACCES 401 and 403, -ETIMEDOUT, -EIO */
    int status; /* HTTP status, 0 none came */
    const char *why;  /* words for an error, the service's own detail among them */
    const char *body; /* NUL-terminated; of an error too */
    size_t len;
    int64_t asked_at; /* clock_ms() when the call was made */
};

/* Called once for each call. What the answer points to is gone afterwards. */
typedef void client_done(void *arg, const struct client_answer *answer);

/* Strings of the config are borrowed. */
void client_init(struct client *client, const struct client_config *config);

/* Each returns 0 and calls `done` later; or -ENOMEM or -ECANCELED, and never does. Failures are
 * logged in one line each, but 404. */
int client_list(struct client *client, unsigned page, client_done *done, void *arg);
int client_task(struct client *client, const char *id, client_done *done, void *arg);
/* The short answer, which alone has the place in the queue. */
int client_status(struct client *client, const char *id, client_done *done, void *arg);
int client_kill(struct client *client, const char *id, client_done *done, void *arg);
/* The one call that is answered on the net thread, for those who live there. */
int client_signed_url(struct client *client, const char *path, const char *region,
                      client_done *done, void *arg);

/* The first page of the listing within `timeout_ms`, with the answer given to `done` before this
 * returns. Blocks; for the time before the mount. Returns 0 or -ENOMEM or -ECANCELED. */
int client_list_now(struct client *client, int64_t timeout_ms, client_done *done, void *arg);

#endif
