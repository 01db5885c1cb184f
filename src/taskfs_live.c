/*
 * taskfs-live: WebRTC for the mount, in a process of its own. It looks into the machines of running
 * tasks, so what it reads is hostile; it has neither the key nor a file of the user's.
 *
 *      phase                                              where
 *      give up privileges, bound memory                   live/limits.c, live/sandbox.c
 *      frames from and to the mount, on descriptor 3      live/parent.c, base/live_frame.c
 *      a connection, from OPEN to CLOSED                  live/connection.c
 *        offer and answer                                 rtc/sdp_offer.c, rtc/sdp_answer.c
 *        a way through the network                        live/ice.c (libnice)
 *        encryption                                       live/dtls.c (OpenSSL)
 *        the data channel                                 live/sctp.c (usrsctp), rtc/dcep.c
 *      the loop, which runs all of them in one thread     here (GLib)
 *
 * Exit status: 0 when the mount has closed its end; 1 when it cannot start, or when the mount has
 * broken the protocol; 2 when it was not started by a mount.
 */
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "live/connection.h"
#include "live/limits.h"
#include "live/sctp.h"

#define TICK_MS 20 /* of SCTP and DTLS, while there are connections */

struct program {
    struct parent parent;
    struct dtls_identity *identity;
    struct list connections;
    int count;
    unsigned ticker; /* source of GLib; 0: none */
    int64_t last_tick_ms;
    GMainLoop *loop;
    int status;
};

static struct connection *find(struct program *program, uint32_t number)
{
    list_each (at, &program->connections) {
        struct connection *connection = container_of(at, struct connection, in_all);

        if (connection->number == number && !connection->is_closing)
            return connection;
    }
    return NULL;
}

static void free_closed(struct program *program)
{
    list_each_safe (at, &program->connections) {
        struct connection *connection = container_of(at, struct connection, in_all);

        if (!connection->is_closing)
            continue;
        connection_free(connection);
        program->count--;
    }
}

/* Also frees what has been closed: no part of a connection is running here. */
static gboolean on_tick(gpointer data)
{
    struct program *program = data;
    int64_t now = clock_ms();

    sctp_tick((uint32_t)(now - program->last_tick_ms));
    program->last_tick_ms = now;
    list_each (at, &program->connections) {
        connection_tick(container_of(at, struct connection, in_all));
    }
    free_closed(program);
    if (program->count)
        return G_SOURCE_CONTINUE;
    program->ticker = 0;
    return G_SOURCE_REMOVE;
}

/* ---- the mount ---- */

static void refuse(struct program *program, uint32_t number, const char *why)
{
    parent_send(&program->parent, LIVE_CLOSED, number, why, strlen(why), NULL, 0);
}

static void end(struct program *program, int status)
{
    program->status = status;
    g_main_loop_quit(program->loop);
}

static void open_connection(struct program *program, const struct live_frame *frame)
{
    struct connection *connection;
    struct servers servers;
    const char *why;

    if (servers_parse((const char *)frame->payload, frame->len, &servers)) {
        refuse(program, frame->connection, "the list of ICE servers is malformed");
        return;
    }
    free_closed(program);
    if (program->count == LIVE_CONNECTIONS_MAX) {
        refuse(program, frame->connection, "too many connections are open");
        return;
    }
    connection = connection_new(frame->connection, &servers, &program->parent, program->identity,
                                &why);
    if (!connection) {
        refuse(program, frame->connection, why);
        return;
    }
    list_add(&program->connections, &connection->in_all);
    program->count++;
    if (!program->ticker) {
        program->last_tick_ms = clock_ms();
        program->ticker = g_timeout_add(TICK_MS, on_tick, program);
    }
}

static void on_frame(void *arg, const struct live_frame *frame)
{
    struct program *program = arg;
    struct connection *connection = find(program, frame->connection);

    if (frame->type == LIVE_OPEN && connection) {
        fprintf(stderr, "taskfs-live: connection %u is open already\n", frame->connection);
        end(program, 1);
    } else if (frame->type == LIVE_OPEN) {
        open_connection(program, frame);
    } else if (!connection) {
        return; /* it has crossed our CLOSED */
    } else if (frame->type == LIVE_CLOSE) {
        connection_close(connection, "closed");
    } else if (frame->type == LIVE_ANSWER) {
        connection_take_answer(connection, (const char *)frame->payload, frame->len);
    } else if (frame->type == LIVE_SEND) {
        connection_take_send(connection, frame->payload, frame->len);
    }
}

static void on_end(void *arg, int rc)
{
    struct program *program = arg;

    if (rc == -EPROTO)
        fprintf(stderr, "taskfs-live: a malformed frame on descriptor %d\n", LIVE_FD);
    else if (rc)
        fprintf(stderr, "taskfs-live: cannot talk to the mount: %s\n", strerror(-rc));
    end(program, rc ? 1 : 0);
}

/* Each connection in turn has the room first. */
static void on_room(void *arg)
{
    struct program *program = arg;
    struct list *first;

    list_each (at, &program->connections) {
        connection_pump(container_of(at, struct connection, in_all));
    }
    first = list_pop(&program->connections);
    if (first)
        list_add(&program->connections, first);
}

static const struct parent_events parent_events = {
    .on_frame = on_frame,
    .on_end = on_end,
    .on_room = on_room,
};

/* ---- begin and end ---- */

/* Warnings of the libraries are of use to nobody: the mount is told what fails. */
static GLogWriterOutput drop_log(GLogLevelFlags level, const GLogField *fields, gsize count,
                                 gpointer data)
{
    (void)level;
    (void)fields;
    (void)count;
    (void)data;
    return G_LOG_WRITER_HANDLED;
}

static int is_started_by_mount(void)
{
    int type = 0;
    socklen_t len = sizeof(type);

    return !getsockopt(LIVE_FD, SOL_SOCKET, SO_TYPE, &type, &len) && type == SOCK_STREAM;
}

/* Returns 0, or a negative errno after a line on standard error. */
static int start(struct program *program)
{
    int rc = limits_set();

    list_init(&program->connections);
    if (rc) {
        fprintf(stderr, "taskfs-live: cannot give up privileges: %s\n", strerror(-rc));
        return rc;
    }
    g_log_set_writer_func(drop_log, NULL, NULL);
    program->loop = g_main_loop_new(NULL, FALSE);
    sctp_start();
    program->identity = dtls_identity_new();
    rc = program->identity ? parent_init(&program->parent, LIVE_FD, &parent_events, program)
                           : -ENOMEM;
    if (rc)
        fprintf(stderr, "taskfs-live: cannot start: %s\n", strerror(-rc));
    return rc;
}

/* After a start that has failed, too. */
static void stop(struct program *program)
{
    list_each_safe (at, &program->connections) {
        connection_free(container_of(at, struct connection, in_all));
    }
    parent_free(&program->parent);
    dtls_identity_free(program->identity);
    if (program->loop)
        g_main_loop_unref(program->loop);
}

int main(int argc, char **argv)
{
    struct program program = {.status = 0};

    (void)argv;
    if (argc != 1 || !is_started_by_mount()) {
        fprintf(stderr, "taskfs-live: this program is started by taskfs, for the files of running "
                        "tasks\n");
        return 2;
    }
    if (start(&program))
        program.status = 1;
    else
        g_main_loop_run(program.loop);
    stop(&program);
    return program.status;
}
