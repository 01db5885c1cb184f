#include "api/client.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/mailbox.h"
#include "api/task.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "net/call.h"
#include "net/url.h"

#define URL_MAX         8192u
#define MESSAGE_SLACK_S 10 /* after the time that the service waits for a message */

struct client_call {
    struct op op;     /* delivers the answer */
    struct list link; /* client->refused or client->reloading; net thread only */
    struct call call;
    struct client *client;
    struct buf url;
    struct buf post_body;
    char key[KEY_MAX + 1];
    char what[320]; /* "task 'x'", for messages */
    int64_t asked_at;
    int error;
    int is_for_net_thread; /* the answer is delivered there */
    client_done *done;
    void *arg;
};

/* Percent-encodes all but RFC 3986's unreserved characters. */
static void url_append_encoded(struct buf *url, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~";

    for (; *text; text++) {
        if (strchr(plain, *text))
            buf_putc(url, *text);
        else
            buf_printf(url, "%%%02X", (unsigned char)*text);
    }
}

static void url_append_query(struct buf *url, const char *name, const char *value)
{
    buf_puts(url, strchr(url->data ? url->data : "", '?') ? "&" : "?");
    buf_puts(url, name);
    buf_putc(url, '=');
    url_append_encoded(url, value);
}

static void client_call_free(struct client_call *request)
{
    buf_free(&request->call.body);
    buf_free(&request->url);
    buf_free(&request->post_body);
    explicit_bzero(request->key, sizeof(request->key));
    free(request);
}

static void log_failed_call(const struct client_call *request, const char *why)
{
    if (request->error == -EACCES)
        log_error("cannot get %s from '%s': the API key was refused (%s); put a valid one into %s",
                  request->what, request->client->base_for_log, why,
                  key_place(request->client->config.key));
    else if (request->error && request->error != -ENOENT && request->error != -ECANCELED)
        log_error("cannot get %s from '%s': %s", request->what, request->client->base_for_log, why);
}

static void client_call_deliver(struct client_call *request)
{
    struct call *call = &request->call;
    char detail[256] = "", why[sizeof(call->why) + sizeof(detail) + 8];
    struct client_answer answer = {.error = request->error,
                                   .status = call->status,
                                   .body = call->body.data ? call->body.data : "",
                                   .len = call->body.len,
                                   .asked_at = request->asked_at};

    if (answer.error && answer.len)
        error_detail_decode(answer.body, answer.len, detail, sizeof(detail));
    snprintf(why, sizeof(why), detail[0] ? "%s: %s" : "%s%s", call->why, detail);
    answer.why = why;
    log_failed_call(request, why);
    log_debug(LOG_API, "%s: %s, %zu bytes, after %" PRId64 " ms", request->what, why, answer.len,
              clock_ms() - request->asked_at);
    request->done(request->arg, &answer);
}

static int delivery_step(struct op *op)
{
    client_call_deliver(container_of(op, struct client_call, op));
    return 0;
}

static void delivery_fail(struct op *op, int error)
{
    struct client_call *request = container_of(op, struct client_call, op);

    request->error = error;
    client_call_deliver(request);
}

static void delivery_release(struct op *op)
{
    client_call_free(container_of(op, struct client_call, op));
}

static const struct op_type delivery_type = {
    .step = delivery_step, .fail = delivery_fail, .release = delivery_release};

/* ---- the service's clock ---- */

#define NS_PER_MS     INT64_C(1000000)
#define NS_PER_SECOND (1000 * NS_PER_MS)

/* Net thread: learns from the Date of an answer, which was true for up to a second. */
static void client_note_date(struct client *client, const struct call *call)
{
    int64_t known = atomic_load_explicit(&client->clock_offset, memory_order_relaxed), seen;

    if (!call->headers_at || call->server_date == HTTP_DATE_UNKNOWN)
        return;
    seen = call->server_date * NS_PER_SECOND + NS_PER_SECOND / 2 - call->headers_at;
    if (seen - known < CLIENT_CLOCK_SLACK_MS * NS_PER_MS &&
        known - seen < CLIENT_CLOCK_SLACK_MS * NS_PER_MS)
        return;
    log_debug(LOG_API, "the service's clock is %" PRId64 " ms ahead of this machine's",
              seen / NS_PER_MS);
    atomic_store_explicit(&client->clock_offset, seen, memory_order_relaxed);
}

int64_t client_server_now(struct client *client)
{
    return clock_wall_ns() + atomic_load_explicit(&client->clock_offset, memory_order_relaxed);
}

/* ---- answers ---- */

static void on_call_done(struct call *call, int error)
{
    struct client_call *request = container_of(call, struct client_call, call);

    client_note_date(request->client, call);
    request->error = error;
    list_del(&request->link);
    if (request->is_for_net_thread) {
        client_call_deliver(request);
        client_call_free(request);
        return;
    }
    request->op.type = &delivery_type;
    request->op.deadline = CLOCK_NEVER;
    op_start_later(request->client->config.executor, &request->op);
}

/*
 * ---- a key that was refused is read again ----
 *
 * The file is read on the blocking executor; all else runs on the net thread. A call that is
 * refused while the file is being read may have used a newer key than the one that is read, so it
 * waits for the next reload.
 */

static int client_start_reload(void *arg)
{
    struct client *client = arg;
    struct list *node;

    while ((node = list_pop(&client->refused)))
        list_add(&client->reloading, node);
    op_start_later(client->config.blocking, &client->reload);
    return 0;
}

static int on_call_refused(struct call *call)
{
    struct client_call *request = container_of(call, struct client_call, call);
    struct client *client = request->client;

    list_add(&client->refused, &request->link);
    single_flight_start(&client->key_reload, client_start_reload, client);
    return -EINPROGRESS;
}

static int reload_step(struct op *op)
{
    struct client *client = container_of(op, struct client, reload);

    executor_block_begin(client->config.blocking);
    key_reload(client->config.key, "");
    executor_block_end(client->config.blocking);
    return 0;
}

static void reload_fail(struct op *op, int error)
{
    (void)op;
    (void)error;
}

/* The op is over and may be started again. When the net has stopped, it has ended the calls. */
static void reload_release(struct op *op)
{
    struct client *client = container_of(op, struct client, reload);

    net_post(client->config.net, &client->reloaded);
}

static const struct op_type reload_type = {
    .step = reload_step, .fail = reload_fail, .release = reload_release};

static void on_key_reloaded(struct net_job *job)
{
    struct client *client = container_of(job, struct client, reloaded);
    char key[KEY_MAX + 1];
    struct list *node;

    key_copy(client->config.key, key);
    while ((node = list_pop(&client->reloading))) {
        struct client_call *request = container_of(node, struct client_call, link);
        int is_other = strcmp(key, request->key) != 0;

        strcpy(request->key, key);
        call_resume(&request->call, is_other);
    }
    explicit_bzero(key, sizeof(key));
    single_flight_land(&client->key_reload, 0);
    if (!list_empty(&client->refused))
        single_flight_start(&client->key_reload, client_start_reload, client);
}

/* ---- calls ---- */

void client_init(struct client *client, const struct client_config *config)
{
    client->config = *config;
    url_for_log(config->base_url, client->base_for_log, sizeof(client->base_for_log));
    list_init(&client->refused);
    list_init(&client->reloading);
    single_flight_init(&client->key_reload);
    atomic_init(&client->clock_offset, 0);
    client->reload.type = &reload_type;
    client->reload.deadline = CLOCK_NEVER;
    client->reloaded.run = on_key_reloaded;
}

static struct client_call *client_call_new(struct client *client, client_done *done, void *arg)
{
    struct client_call *request = calloc(1, sizeof(*request));

    if (!request)
        return NULL;
    request->client = client;
    list_init(&request->link);
    request->done = done;
    request->arg = arg;
    request->url = BUF_INIT(URL_MAX);
    request->call.body = BUF_INIT(0);
    request->post_body = BUF_INIT(MAILBOX_BODY_MAX);
    buf_puts(&request->url, client->config.base_url);
    return request;
}

static int client_call_start_within(struct client_call *request, int64_t timeout_ms)
{
    struct client *client = request->client;
    int rc = request->url.error ? request->url.error : request->post_body.error;

    if (!rc) {
        key_copy(client->config.key, request->key);
        request->asked_at = clock_ms();
        request->call.url = request->url.data;
        request->call.post_body = request->post_body.data;
        request->call.api_key = request->key;
        request->call.deadline = request->asked_at + timeout_ms;
        request->call.on_refused = on_call_refused;
        request->call.on_done = on_call_done;
        rc = call_start(client->config.net, &request->call);
    }
    if (rc)
        client_call_free(request);
    return rc;
}

static int client_call_start(struct client_call *request)
{
    return client_call_start_within(request, request->client->config.timeout_ms);
}

static struct client_call *new_list_call(struct client *client, unsigned page, client_done *done,
                                         void *arg)
{
    struct client_call *request = client_call_new(client, done, arg);

    if (!request)
        return NULL;
    snprintf(request->what, sizeof(request->what), "page %u of the tasks", page);
    buf_printf(&request->url, "/tasks?page=%u&per_page=%u", page, CLIENT_PAGE_SIZE);
    if (client->config.project)
        url_append_query(&request->url, "project", client->config.project);
    if (client->config.status)
        url_append_query(&request->url, "status", client->config.status);
    return request;
}

int client_list(struct client *client, unsigned page, client_done *done, void *arg)
{
    struct client_call *request = new_list_call(client, page, done, arg);

    return request ? client_call_start(request) : -ENOMEM;
}

static struct client_call *new_task_call(struct client *client, const char *id, const char *suffix,
                                         client_done *done, void *arg)
{
    struct client_call *request = client_call_new(client, done, arg);

    if (!request)
        return NULL;
    snprintf(request->what, sizeof(request->what), "task '%s'", id);
    buf_puts(&request->url, "/tasks/");
    url_append_encoded(&request->url, id);
    buf_puts(&request->url, suffix);
    return request;
}

int client_task(struct client *client, const char *id, client_done *done, void *arg)
{
    struct client_call *request = new_task_call(client, id, "", done, arg);

    return request ? client_call_start(request) : -ENOMEM;
}

int client_status(struct client *client, const char *id, client_done *done, void *arg)
{
    struct client_call *request = new_task_call(client, id, "/status", done, arg);

    return request ? client_call_start(request) : -ENOMEM;
}

int client_kill(struct client *client, const char *id, client_done *done, void *arg)
{
    struct client_call *request = new_task_call(client, id, "/kill", done, arg);

    if (!request)
        return -ENOMEM;
    request->call.is_post = 1;
    return client_call_start(request);
}

int client_signed_url(struct client *client, const char *path, const char *region,
                      client_done *done, void *arg)
{
    struct client_call *request = client_call_new(client, done, arg);

    if (!request)
        return -ENOMEM;
    snprintf(request->what, sizeof(request->what), "the URL of '%s'", path);
    buf_puts(&request->url, "/storage/signed-urls");
    url_append_query(&request->url, "paths", path);
    url_append_query(&request->url, "operation", "download");
    if (region)
        url_append_query(&request->url, "region", region);
    request->is_for_net_thread = 1;
    return client_call_start(request);
}

static struct client_call *new_mailbox_call(struct client *client, const char *id,
                                            const char *suffix, client_done *done, void *arg)
{
    struct client_call *request = new_task_call(client, id, suffix, done, arg);

    if (!request)
        return NULL;
    snprintf(request->what, sizeof(request->what), "a connection to the machine of task '%s'", id);
    request->call.is_once = 1;
    request->is_for_net_thread = 1;
    return request;
}

int client_register(struct client *client, const char *id, const char *sender, client_done *done,
                    void *arg)
{
    struct client_call *request = new_mailbox_call(client, id, "/register", done, arg);

    if (!request)
        return -ENOMEM;
    request->call.is_post = 1;
    mailbox_put_register(&request->post_body, sender);
    return client_call_start(request);
}

int client_offer(struct client *client, const char *id, const char *sender, const char *sdp,
                 client_done *done, void *arg)
{
    struct client_call *request = new_mailbox_call(client, id, "/offer", done, arg);

    if (!request)
        return -ENOMEM;
    request->call.is_post = 1;
    mailbox_put_offer(&request->post_body, sender, id, sdp);
    return client_call_start(request);
}

int client_message(struct client *client, const char *id, const char *sender, unsigned block_s,
                   client_done *done, void *arg)
{
    struct client_call *request = new_mailbox_call(client, id, "/message", done, arg);

    if (!request)
        return -ENOMEM;
    url_append_query(&request->url, "client", sender);
    buf_printf(&request->url, "&block_s=%u", block_s);
    request->call.quiet_s = block_s + MESSAGE_SLACK_S;
    return client_call_start_within(request, (int64_t)(block_s + MESSAGE_SLACK_S) * 1000);
}

struct answer_waiter {
    client_done *done;
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int is_done;
};

static void on_answer_now(void *arg, const struct client_answer *answer)
{
    struct answer_waiter *waiter = arg;

    waiter->done(waiter->arg, answer);
    LOCKED(&waiter->lock);
    waiter->is_done = 1;
    pthread_cond_signal(&waiter->changed);
}

int client_list_now(struct client *client, int64_t timeout_ms, client_done *done, void *arg)
{
    struct answer_waiter waiter = {.done = done,
                                   .arg = arg,
                                   .lock = PTHREAD_MUTEX_INITIALIZER,
                                   .changed = PTHREAD_COND_INITIALIZER};
    struct client_call *request = new_list_call(client, 1, on_answer_now, &waiter);
    int rc = request ? client_call_start_within(request, timeout_ms) : -ENOMEM;

    if (rc)
        return rc;
    pthread_mutex_lock(&waiter.lock);
    while (!waiter.is_done)
        pthread_cond_wait(&waiter.changed, &waiter.lock);
    pthread_mutex_unlock(&waiter.lock);
    return 0;
}
