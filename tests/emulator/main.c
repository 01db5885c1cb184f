/*
 * taskfs-emulator: the task service on this machine, with faults made on purpose.
 *
 *   options.c         the command line
 *   server.c          connections and requests, over libmicrohttpd; a thread a connection
 *   request.c         one request: its kind, its task
 *   dispatch.c        request -> faults -> answer -> spoilt answer
 *   api.c             the service's calls; validate.c has its 422 bodies, account.c and projects.c
 *                     the calls that only the official client makes
 *   tasks.c           the table of tasks; task_files.c follows their files, task_view.c makes
 *                     their objects, task_events.c moves them with time, task_list.c lists
 *                     them, task_projects.c sums them up, task_paths.c finds their archives
 *   lifecycle.c       status codes and what each brings; task_fields.c has the lifelike values
 *   storage.c         the object store; range.c its ranges and tags, signing.c its URLs
 *   zip_contents.c    the listing of an archive, over zip_directory.c
 *   faults.c          the fault rules; fault_rules.c reads them, waiters.c makes requests wait,
 *                     body.c spoils bodies
 *   control.c         the control calls under /_emulator/
 *   request_log.c     the log and the counters
 *
 * Exit status: 0 after SIGTERM or SIGINT, 1 when it cannot start, 2 for a mistake on the command
 * line.
 */
#include "options.h"
#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Writes the port to a file that appears whole, under its name, at once. */
static int write_port_file(const char *path, uint16_t port)
{
    char *temporary = NULL;
    FILE *file;
    int rc = 0;

    if (asprintf(&temporary, "%s.tmp", path) < 0)
        return -ENOMEM;
    file = fopen(temporary, "w");
    if (!file || fprintf(file, "%u\n", port) < 0)
        rc = -errno;
    if (file && fclose(file) != 0 && rc == 0)
        rc = -errno;
    if (rc == 0 && rename(temporary, path) != 0)
        rc = -errno;
    if (rc < 0)
        fprintf(stderr, "taskfs-emulator: cannot write '%s': %s\n", path, strerror(-rc));
    free(temporary);
    return rc;
}

/* Each connection takes a descriptor or two. */
static void raise_limits(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    struct options options;
    struct server *server;
    sigset_t ends;
    int caught;
    int rc = options_parse(&options, argc, argv);

    if (rc != 0)
        return rc > 0 ? 0 : 2;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    raise_limits();
    if (server_start(&options, &server) < 0)
        return 1;
    if (options.port_file && write_port_file(options.port_file, server_port(server)) < 0) {
        server_stop(server);
        return 1;
    }
    printf("listening on http://127.0.0.1:%u\n", server_port(server));
    fflush(stdout);
    while (sigwait(&ends, &caught) != 0)
        ;
    server_stop(server);
    return 0;
}
