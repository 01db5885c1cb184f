/* The request log and the counters beside it. */
#include "request_log.h"

#include "json_util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct request_log {
    pthread_mutex_t lock; /* guards everything below; held while a line is written */
    pthread_cond_t done;
    int fd; /* -1: no file */
    double started;
    uint64_t arrived;
    uint64_t by_kind[REQUEST_KINDS];
    uint64_t body_bytes;
    int active; /* requests in flight, without control calls */
    unsigned connections;
    int connections_open;
};

int request_log_open(const char *path, struct request_log **out)
{
    struct request_log *log = calloc(1, sizeof(*log));
    pthread_condattr_t attributes;

    if (!log)
        return -ENOMEM;
    log->fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
    if (path && log->fd < 0) {
        int rc = -errno;

        free(log);
        return rc;
    }
    log->started = clock_monotonic();
    pthread_mutex_init(&log->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&log->done, &attributes);
    pthread_condattr_destroy(&attributes);
    *out = log;
    return 0;
}

void request_log_close(struct request_log *log)
{
    if (log->fd >= 0)
        close(log->fd);
    pthread_cond_destroy(&log->done);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

uint64_t request_log_arrived(struct request_log *log)
{
    uint64_t seq;

    pthread_mutex_lock(&log->lock);
    seq = ++log->arrived;
    log->active++;
    pthread_mutex_unlock(&log->lock);
    return seq;
}

/* Returns how many bytes of the connection its client has acknowledged. */
static uint64_t bytes_acked(int socket)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    if (socket < 0 || getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0)
        return 0;
    return info.tcpi_bytes_acked;
}

void request_log_begun(struct request_log *log, struct request *request)
{
    request->acked_before = bytes_acked(request->socket);
    pthread_mutex_lock(&log->lock);
    log->by_kind[request->kind]++;
    if (request->kind == KIND_CONTROL) {
        log->active--;
        pthread_cond_broadcast(&log->done);
    }
    pthread_mutex_unlock(&log->lock);
}

/*
 * Returns the body bytes that were sent: exact for a complete response or a fault, else estimated.
 */
static uint64_t bytes_sent(const struct request *request, bool complete)
{
    uint64_t acked, sent;

    if (request->status == 0 || (request->method && request_is(request, "HEAD")))
        return 0;
    if (complete)
        return request->body_size;
    if (request->given_exact)
        return request->body_given;
    acked = bytes_acked(request->socket);
    sent = acked > request->acked_before ? acked - request->acked_before : 0;
    sent = sent > request->header_size ? sent - request->header_size : 0;
    if (sent < request->body_given)
        sent = request->body_given;
    return sent < request->body_size ? sent : request->body_size;
}

/* Adds text from a client. Bytes that are not ASCII become `?`, so that the line is valid UTF-8. */
static void set_printable(struct json_object *line, const char *key, const char *text)
{
    char *copy = text ? strdup(text) : NULL;

    for (char *p = copy; p && *p; p++) {
        if ((unsigned char)*p >= 0x7f)
            *p = '?';
    }
    json_set_string(line, key, copy);
    free(copy);
}

static struct json_object *log_line(const struct request *request, bool complete, uint64_t sent)
{
    struct json_object *line = json_object_new_object();

    json_object_object_add(line, "t", json_decimal(request->arrival));
    json_object_object_add(line, "seconds", json_decimal(clock_unix() - request->arrival));
    json_set_int(line, "seq", (long long)request->seq);
    json_set_int(line, "conn", request->connection_id);
    set_printable(line, "method", request->method);
    set_printable(line, "path", request->raw_path);
    set_printable(line, "query", request->raw_query);
    set_printable(line, "range", request->range);
    json_set_int(line, "status", request->status);
    json_set_int(line, "bytes", (long long)sent);
    json_set_string(line, "kind", request_kind_names[request->kind]);
    set_printable(line, "task", request->task_id);
    json_set_bool(line, "key", request->has_key);
    set_printable(line, "user_agent", request->user_agent);
    json_set_bool(line, "complete", complete);
    return line;
}

static void write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        text += n;
        length -= (size_t)n;
    }
}

void request_log_done(struct request_log *log, const struct request *request, bool complete)
{
    bool whole = complete && !request->cut;
    uint64_t sent = bytes_sent(request, whole);
    struct json_object *line = log_line(request, whole, sent);
    char *text = NULL;
    int length = asprintf(&text, "%s\n",
                          json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN |
                                                                   JSON_C_TO_STRING_NOSLASHESCAPE));

    json_object_put(line);
    pthread_mutex_lock(&log->lock);
    if (length > 0 && log->fd >= 0)
        write_all(log->fd, text, (size_t)length);
    log->body_bytes += sent;
    if (request->kind != KIND_CONTROL)
        log->active--;
    pthread_cond_broadcast(&log->done);
    pthread_mutex_unlock(&log->lock);
    if (length >= 0)
        free(text);
}

unsigned request_log_connected(struct request_log *log)
{
    unsigned id;

    pthread_mutex_lock(&log->lock);
    id = ++log->connections;
    log->connections_open++;
    pthread_mutex_unlock(&log->lock);
    return id;
}

void request_log_disconnected(struct request_log *log)
{
    pthread_mutex_lock(&log->lock);
    log->connections_open--;
    pthread_mutex_unlock(&log->lock);
}

bool request_log_settle(struct request_log *log, int (*waiting)(void *), void *context,
                        double seconds)
{
    double deadline = clock_monotonic() + seconds;
    bool settled;

    pthread_mutex_lock(&log->lock);
    for (;;) {
        struct timespec until;
        double slice;

        settled = log->active <= waiting(context);
        slice = clock_monotonic() + 0.02; /* a request that starts to wait does not signal */
        if (settled || slice > deadline)
            break;
        until.tv_sec = (time_t)slice;
        until.tv_nsec = (long)((slice - (double)until.tv_sec) * 1e9);
        pthread_cond_timedwait(&log->done, &log->lock, &until);
    }
    pthread_mutex_unlock(&log->lock);
    return settled;
}

void request_log_stats(struct request_log *log, struct json_object *stats)
{
    struct json_object *kinds = json_object_new_object();

    pthread_mutex_lock(&log->lock);
    for (int i = 0; i < REQUEST_KINDS; i++)
        json_set_int(kinds, request_kind_names[i], (long long)log->by_kind[i]);
    json_object_object_add(stats, "requests", kinds);
    json_set_int(stats, "requests_active", log->active);
    json_set_int(stats, "connections_active", log->connections_open);
    json_set_int(stats, "connections_total", log->connections);
    json_set_int(stats, "body_bytes", (long long)log->body_bytes);
    json_object_object_add(stats, "uptime_seconds", json_decimal(clock_monotonic() - log->started));
    pthread_mutex_unlock(&log->lock);
}
