#include "tiny_http.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS  64
#define HEAD_MAX     8192
#define REQUESTS_MAX 4096

struct connection {
    int fd; /* -1 vacant */
    char head[HEAD_MAX];
    size_t len;
    size_t skip; /* bytes of a body that are still to come */
};

struct tiny_http {
    tiny_answer_fn *answer;
    void *arg;
    char url[64];
    int listener;
    int stop[2];
    unsigned sockets;
    pthread_t thread;
    struct connection connections[CONNECTIONS];
    pthread_mutex_t lock; /* guards what follows */
    struct tiny_request *requests;
    unsigned count;
};

static void require(int condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    abort();
}

void tiny_header(struct tiny_answer *answer, const char *format, ...)
{
    size_t used = strlen(answer->headers), room = sizeof(answer->headers) - used;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(answer->headers + used, room, format, args);
    va_end(args);
    require(n >= 0 && (size_t)n + 2 < room, "a header for the tiny server");
    strcpy(answer->headers + used + n, "\r\n");
}

void tiny_object(const struct tiny_request *request, const void *bytes, size_t n, const char *etag,
                 struct tiny_answer *answer)
{
    uint64_t first = request->first, end = request->end < n ? request->end : n;

    if (etag)
        tiny_header(answer, "ETag: %s", etag);
    if (request->if_match[0] && (!etag || strcmp(request->if_match, etag) != 0)) {
        answer->status = 412;
        return;
    }
    if (request->suffix) {
        first = request->suffix < n ? n - request->suffix : 0;
        end = n;
    }
    if (!request->range[0]) {
        answer->status = 200;
        first = 0;
        end = n;
    } else if (first >= end) {
        answer->status = 416;
        tiny_header(answer, "Content-Range: bytes */%zu", n);
        return;
    } else {
        answer->status = 206;
        tiny_header(answer, "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%zu", first, end - 1, n);
    }
    answer->body = (const uint8_t *)bytes + first;
    answer->len = (size_t)(end - first);
}

static void take_header(struct tiny_request *request, const char *line)
{
    unsigned long long first, last;

    if (strncasecmp(line, "Range: ", 7) == 0) {
        snprintf(request->range, sizeof(request->range), "%.63s", line + 7);
        request->end = UINT64_MAX;
        if (sscanf(line + 7, "bytes=-%llu", &first) == 1)
            request->suffix = first;
        else if (sscanf(line + 7, "bytes=%llu-%llu", &first, &last) == 2)
            request->first = first, request->end = last + 1;
        else if (sscanf(line + 7, "bytes=%llu-", &first) == 1)
            request->first = first;
    } else if (strncasecmp(line, "If-Match: ", 10) == 0) {
        snprintf(request->if_match, sizeof(request->if_match), "%.299s", line + 10);
    } else if (strncasecmp(line, "Content-Length: ", 16) == 0) {
        request->body = strtoul(line + 16, NULL, 10);
    } else if (strncasecmp(line, "X-API-Key: ", 11) == 0) {
        snprintf(request->key, sizeof(request->key), "%.99s", line + 11);
    }
}

static void parse(struct tiny_request *request, char *head)
{
    char *line, *rest = head;

    memset(request, 0, sizeof(*request));
    line = strsep(&rest, "\n");
    sscanf(line, "%7s %511s", request->method, request->path);
    while ((line = strsep(&rest, "\n"))) {
        line[strcspn(line, "\r")] = '\0';
        take_header(request, line);
    }
}

static int send_all(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;

    while (n) {
        ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

        if (sent <= 0)
            return -1;
        at += sent;
        n -= (size_t)sent;
    }
    return 0;
}

/* Returns -1 when the connection is to be closed. */
static int reply(struct tiny_http *http, int fd, const struct tiny_request *request)
{
    struct tiny_answer answer = {.cut = TINY_ALL};
    char head[1024], length[64] = "";
    int n;

    http->answer(http->arg, request, &answer);
    if (answer.stalls)
        return 0;
    if (!answer.status)
        return -1;
    if (!answer.no_length)
        snprintf(length, sizeof(length), "Content-Length: %zu\r\n", answer.len);
    n = snprintf(head, sizeof(head), "HTTP/1.1 %d Status\r\n%s%s\r\n", answer.status, length,
                 answer.headers);
    if (send_all(fd, head, (size_t)n))
        return -1;
    if (answer.cut < answer.len) {
        send_all(fd, answer.body, answer.cut);
        return -1;
    }
    return send_all(fd, answer.body, answer.len) || answer.no_length ? -1 : 0;
}

/* Drops what has come of a body. */
static void skip_body(struct connection *connection)
{
    size_t n = connection->skip < connection->len ? connection->skip : connection->len;

    memmove(connection->head, connection->head + n, connection->len + 1 - n);
    connection->len -= n;
    connection->skip -= n;
}

static int serve_one(struct tiny_http *http, struct connection *connection, char *end)
{
    struct tiny_request request;
    size_t used = (size_t)(end + 4 - connection->head);

    *end = '\0';
    parse(&request, connection->head);
    memmove(connection->head, connection->head + used, connection->len + 1 - used);
    connection->len -= used;
    connection->skip = request.body;
    skip_body(connection);
    request.sockets = http->sockets;
    pthread_mutex_lock(&http->lock);
    require(http->count < REQUESTS_MAX, "requests of the tiny server");
    request.number = http->count;
    http->requests[http->count++] = request;
    pthread_mutex_unlock(&http->lock);
    return reply(http, connection->fd, &request);
}

static void hear(struct tiny_http *http, struct connection *connection)
{
    ssize_t n = recv(connection->fd, connection->head + connection->len,
                     HEAD_MAX - 1 - connection->len, 0);
    int rc = n > 0 ? 0 : -1;
    char *end;

    if (n > 0)
        connection->len += (size_t)n;
    connection->head[connection->len] = '\0';
    skip_body(connection);
    while (!rc && (end = strstr(connection->head, "\r\n\r\n")))
        rc = serve_one(http, connection, end);
    if (rc || connection->len == HEAD_MAX - 1) {
        close(connection->fd);
        connection->fd = -1;
    }
}

static void accept_one(struct tiny_http *http)
{
    int fd = accept(http->listener, NULL, NULL), on = 1;

    require(fd >= 0, "accept");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    http->sockets++;
    for (int i = 0; i < CONNECTIONS; i++)
        if (http->connections[i].fd < 0) {
            http->connections[i].fd = fd;
            http->connections[i].len = http->connections[i].skip = 0;
            return;
        }
    close(fd);
}

static void *serve(void *arg)
{
    struct tiny_http *http = arg;

    for (;;) {
        struct pollfd fds[CONNECTIONS + 2];

        for (int i = 0; i < CONNECTIONS; i++)
            fds[i] = (struct pollfd){.fd = http->connections[i].fd, .events = POLLIN};
        fds[CONNECTIONS] = (struct pollfd){.fd = http->listener, .events = POLLIN};
        fds[CONNECTIONS + 1] = (struct pollfd){.fd = http->stop[0], .events = POLLIN};
        require(poll(fds, CONNECTIONS + 2, -1) > 0, "poll");
        if (fds[CONNECTIONS + 1].revents)
            return NULL;
        for (int i = 0; i < CONNECTIONS; i++)
            if (fds[i].revents)
                hear(http, &http->connections[i]);
        if (fds[CONNECTIONS].revents)
            accept_one(http);
    }
}

struct tiny_http *tiny_http_start(tiny_answer_fn *answer, void *arg)
{
    struct tiny_http *http = calloc(1, sizeof(*http));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    require(http != NULL, "memory for the tiny server");
    http->answer = answer;
    http->arg = arg;
    http->requests = calloc(REQUESTS_MAX, sizeof(*http->requests));
    require(http->requests != NULL, "memory for the tiny server");
    pthread_mutex_init(&http->lock, NULL);
    for (int i = 0; i < CONNECTIONS; i++)
        http->connections[i].fd = -1;
    http->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(!bind(http->listener, (struct sockaddr *)&address, len), "bind");
    require(!listen(http->listener, CONNECTIONS), "listen");
    require(!getsockname(http->listener, (struct sockaddr *)&address, &len), "getsockname");
    snprintf(http->url, sizeof(http->url), "http://127.0.0.1:%u", ntohs(address.sin_port));
    require(!pipe(http->stop), "pipe");
    require(!pthread_create(&http->thread, NULL, serve, http), "pthread_create");
    return http;
}

void tiny_http_stop(struct tiny_http *http)
{
    require(write(http->stop[1], "x", 1) == 1, "write");
    pthread_join(http->thread, NULL);
    for (int i = 0; i < CONNECTIONS; i++)
        if (http->connections[i].fd >= 0)
            close(http->connections[i].fd);
    close(http->listener);
    close(http->stop[0]);
    close(http->stop[1]);
    pthread_mutex_destroy(&http->lock);
    free(http->requests);
    free(http);
}

const char *tiny_http_url(const struct tiny_http *http)
{
    return http->url;
}

unsigned tiny_http_count(struct tiny_http *http)
{
    unsigned count;

    pthread_mutex_lock(&http->lock);
    count = http->count;
    pthread_mutex_unlock(&http->lock);
    return count;
}

struct tiny_request tiny_http_request(struct tiny_http *http, unsigned number)
{
    struct tiny_request request = {.number = UINT32_MAX};

    pthread_mutex_lock(&http->lock);
    if (number < http->count)
        request = http->requests[number];
    pthread_mutex_unlock(&http->lock);
    return request;
}

void tiny_http_forget(struct tiny_http *http)
{
    pthread_mutex_lock(&http->lock);
    http->count = 0;
    pthread_mutex_unlock(&http->lock);
}
