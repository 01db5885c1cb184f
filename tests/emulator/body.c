/* The body of a reply: sent whole, or with the faults that concern bodies. */
#include "body.h"

#include "json_util.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BLOCK_SIZE    (128u * 1024)
#define MAX_FLIPS     EFFECTS_MAX
#define DRAIN_SECONDS 2.0
#define NEVER         UINT64_MAX

struct body {
    struct request *request; /* outlives the response */
    struct waiters *waiters;
    char *text;
    int fd;
    uint64_t offset, length, wrap;
    uint64_t cut_at; /* bytes of the body, or NEVER */
    bool reset;
    uint64_t stall_at; /* bytes of the body, or NEVER; set to NEVER once the stall has ended */
    double stall_seconds;
    int stall_rule;
    int n_flips;
    struct {
        uint64_t at; /* offset in the object */
        unsigned char mask;
    } flips[MAX_FLIPS];
};

/* Sends queued bytes at once, although libmicrohttpd may have corked the socket. */
static void push_out(int socket)
{
    int on = 1;

    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void drain_socket(int socket)
{
    double deadline = clock_monotonic() + DRAIN_SECONDS;
    struct timespec pause = {.tv_nsec = 1000000};
    int queued;

    push_out(socket);
    while (ioctl(socket, SIOCOUTQ, &queued) == 0 && queued > 0 && clock_monotonic() < deadline)
        nanosleep(&pause, NULL);
}

void reply_reset(int socket)
{
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    drain_socket(socket);
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    /* connect() to AF_UNSPEC aborts the connection with an RST, before any FIN can be sent. */
    connect(socket, &none, sizeof(none));
}

static ssize_t cut_body(struct body *body)
{
    body->request->cut = true;
    if (body->reset)
        reply_reset(body->request->socket);
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

static bool stall_body(struct body *body)
{
    push_out(body->request->socket);
    body->stall_at = NEVER;
    return waiters_wait(body->waiters, body->request->socket, body->stall_seconds,
                        body->stall_rule) != WAIT_GONE;
}

/*
 * Reads up to n bytes of the body at a position. Returns 0 or less when the file has shrunk or
 * fails.
 */
static ssize_t read_source(struct body *body, uint64_t position, char *buffer, size_t n)
{
    uint64_t at = body->offset + position;

    if (body->text) {
        memcpy(buffer, body->text + at, n);
        return (ssize_t)n;
    }
    if (body->wrap) {
        at %= body->wrap;
        n = n < body->wrap - at ? n : (size_t)(body->wrap - at);
    }
    return pread(body->fd, buffer, n, (off_t)at);
}

static void flip_bytes(const struct body *body, uint64_t position, char *buffer, size_t n)
{
    uint64_t start = body->offset + position;

    if (body->wrap)
        start %= body->wrap;
    for (int i = 0; i < body->n_flips; i++) {
        uint64_t at = body->flips[i].at;

        if (at >= start && at - start < n)
            buffer[at - start] = (char)((unsigned char)buffer[at - start] ^ body->flips[i].mask);
    }
}

static ssize_t read_body(void *context, uint64_t position, char *buffer, size_t room)
{
    struct body *body = context;
    uint64_t left;
    ssize_t n;

    body->request->body_given =
        position; /* libmicrohttpd asks for more only once all before it is sent */
    body->request->given_exact = true;
    if (position >= body->stall_at && !stall_body(body))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (position >= body->cut_at)
        return cut_body(body);
    left = body->length - position;
    if (body->cut_at != NEVER && left > body->cut_at - position)
        left = body->cut_at - position;
    if (body->stall_at != NEVER && left > body->stall_at - position)
        left = body->stall_at - position;
    n = read_source(body, position, buffer, left < room ? (size_t)left : room);
    if (n <= 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    flip_bytes(body, position, buffer, (size_t)n);
    body->request->given_exact = false;
    return n;
}

static void free_body(void *context)
{
    struct body *body = context;

    if (body->fd >= 0)
        close(body->fd);
    free(body->text);
    free(body);
}

static void take_effects(struct body *body, const struct effects *effects)
{
    for (int i = 0; i < effects->n; i++) {
        const struct fault *fault = &effects->faults[i];
        uint64_t number = fault->number < 0 ? 0 : (uint64_t)fault->number;

        if (fault->action == FAULT_CUT || fault->action == FAULT_RESET) {
            body->cut_at = number;
            body->reset = fault->action == FAULT_RESET;
        } else if (fault->action == FAULT_STALL) {
            body->stall_at = number;
            body->stall_seconds = fault->seconds;
            body->stall_rule = fault->rule;
        } else if (fault->action == FAULT_FLIP && body->fd >= 0) {
            body->flips[body->n_flips].at = number;
            body->flips[body->n_flips++].mask = (unsigned char)fault->xor_mask;
        }
    }
    if (body->cut_at >= body->length)
        body->cut_at = NEVER;
    if (body->stall_at >= body->length)
        body->stall_at = NEVER;
}

static bool is_plain(const struct body *body)
{
    return body->cut_at == NEVER && body->stall_at == NEVER && body->n_flips == 0 && !body->wrap;
}

static struct MHD_Response *plain_response(struct reply *reply)
{
    struct MHD_Response *response;

    if (reply->fd >= 0) {
        response = MHD_create_response_from_fd_at_offset64(reply->length, reply->fd, reply->offset);
        if (response)
            reply->fd = -1;
        return response;
    }
    response = MHD_create_response_from_buffer(
        (size_t)reply->length, reply->text ? reply->text : (void *)(uintptr_t) "",
        reply->text ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (response)
        reply->text = NULL;
    return response;
}

struct MHD_Response *body_response(struct reply *reply, struct request *request,
                                   const struct effects *effects, struct waiters *waiters)
{
    struct MHD_Response *response;
    struct body *body = malloc(sizeof(*body));

    if (!body)
        return NULL;
    *body = (struct body){
        .request = request,
        .waiters = waiters,
        .text = reply->text,
        .fd = reply->fd,
        .offset = reply->offset,
        .length = reply->length,
        .wrap = reply->wrap,
        .cut_at = NEVER,
        .stall_at = NEVER,
    };
    take_effects(body, effects);
    if (is_plain(body)) {
        free(body);
        return plain_response(reply);
    }
    response = MHD_create_response_from_callback(body->length, BLOCK_SIZE, read_body, body,
                                                 free_body);
    if (!response) {
        free(body);
        return NULL;
    }
    reply->text = NULL;
    reply->fd = -1;
    return response;
}
