/* The HTTP server: connections, requests and replies over libmicrohttpd. */
#include "server.h"

#include "api.h"
#include "control.h"
#include "dispatch.h"
#include "storage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CONNECTIONS   4096u
#define BACKLOG           4096u
#define CONNECTION_MEMORY (128u * 1024)
#define THREAD_STACK      (512u * 1024)

struct server {
    struct MHD_Daemon *daemon;
    uint16_t port;
    char base[512]; /* of signed URLs */
    struct request_log *log;
    struct storage storage;
    struct api api;
    struct control control;
    struct dispatcher dispatcher;
};

static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct server *server = context;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct request *request = request_new(uri, request_log_arrived(server->log));

    if (request && info)
        request->connection_id = (unsigned)(uintptr_t)info->socket_context;
    return request;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection,
                                  const char *path, const char *method, const char *version,
                                  const char *upload, size_t *upload_size, void **slot)
{
    struct server *server = context;
    struct request *request = *slot;

    (void)version;
    if (!request)
        return MHD_NO;
    if (!request->connection) {
        if (request_take_header(request, connection, path, method) < 0)
            return MHD_NO;
        request_log_begun(server->log, request);
        return MHD_YES;
    }
    if (*upload_size > 0) {
        size_t size = *upload_size;

        *upload_size = 0;
        return request_take_body(request, upload, size) == 0 ? MHD_YES : MHD_NO;
    }
    return dispatch(&server->dispatcher, request);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **slot,
                         enum MHD_RequestTerminationCode code)
{
    struct server *server = context;
    struct request *request = *slot;

    (void)connection;
    if (!request)
        return;
    request_log_done(server->log, request,
                     code == MHD_REQUEST_TERMINATED_COMPLETED_OK && request->status != 0);
    request_free(request);
    *slot = NULL;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **slot,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *server = context;
    const union MHD_ConnectionInfo *info;
    int on = 1;

    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        request_log_disconnected(server->log);
        return;
    }
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info)
        setsockopt(info->connect_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    *slot = (void *)(uintptr_t)request_log_connected(server->log);
}

static int report_failure(const char *what, int rc)
{
    fprintf(stderr, "taskfs-emulator: cannot %s: %s\n", what, strerror(-rc));
    return rc;
}

/* Opens a listening socket on the loopback interface and stores its port. Returns it or -errno. */
static int listen_on(uint16_t *port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(*port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;

    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, (int)BACKLOG) != 0 || getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        int rc = -errno;

        close(fd);
        return rc;
    }
    *port = ntohs(address.sin_port);
    return fd;
}

static int start_daemon(struct server *server, int listener)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
            MHD_USE_ITC,
        0, NULL, NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_END);
    return server->daemon ? 0 : -EIO;
}

/* Opens the log and the root, and makes the parts that requests use. */
static int open_parts(struct server *server, const struct options *options)
{
    struct control *control = &server->control;
    int rc = request_log_open(options->log, &server->log);

    if (rc < 0)
        return report_failure("open the log", rc);
    control->faults = faults_new();
    control->waiters = waiters_new();
    control->mailboxes = control->waiters ? mailboxes_new(control->waiters) : NULL;
    control->signer = signer_new(options->url_lifetime);
    control->log = server->log;
    if (!control->faults || !control->waiters || !control->mailboxes || !control->signer)
        return report_failure("start", -ENOMEM);
    rc = tasks_open(options->root, options->synthetic, &control->tasks);
    if (rc < 0)
        return report_failure("read the root", rc);
    server->storage = (struct storage){control->tasks, control->signer, server->base,
                                       options->expired_status};
    server->api = (struct api){options, control->tasks, &server->storage, control->mailboxes};
    server->dispatcher = (struct dispatcher){&server->api, &server->storage, control};
    return 0;
}

static void close_parts(struct server *server)
{
    struct control *control = &server->control;

    if (control->tasks)
        tasks_close(control->tasks);
    if (control->signer)
        signer_free(control->signer);
    if (control->mailboxes)
        mailboxes_free(control->mailboxes);
    if (control->waiters)
        waiters_free(control->waiters);
    if (control->faults)
        faults_free(control->faults);
    if (server->log)
        request_log_close(server->log);
    free(server);
}

/* Sets the base of signed URLs, without a final slash. */
static void set_base(struct server *server, const struct options *options)
{
    size_t length;

    if (options->storage_url)
        snprintf(server->base, sizeof(server->base), "%s", options->storage_url);
    else
        snprintf(server->base, sizeof(server->base), "http://127.0.0.1:%u/storage", server->port);
    length = strlen(server->base);
    while (length > 0 && server->base[length - 1] == '/')
        server->base[--length] = '\0';
}

int server_start(const struct options *options, struct server **out)
{
    struct server *server = calloc(1, sizeof(*server));
    int listener, rc;

    if (!server)
        return report_failure("start", -ENOMEM);
    rc = open_parts(server, options);
    if (rc < 0) {
        close_parts(server);
        return rc;
    }
    server->port = options->port;
    listener = listen_on(&server->port);
    rc = listener;
    if (rc >= 0) {
        set_base(server, options);
        rc = start_daemon(server, listener);
        if (rc < 0)
            close(listener);
    }
    if (rc < 0) {
        close_parts(server);
        return report_failure("listen", rc);
    }
    *out = server;
    return 0;
}

uint16_t server_port(const struct server *server)
{
    return server->port;
}

void server_stop(struct server *server)
{
    waiters_stop(server->control.waiters);
    MHD_stop_daemon(server->daemon);
    close_parts(server);
}
