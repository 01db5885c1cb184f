/*
 * taskfs-emulator: the task service on this machine, with deliberate faults.
 *
 *   options.c         the command line
 *   server.c          connections and requests over libmicrohttpd; one thread for each connection
 *   request.c         one request: its kind, its task
 *   dispatch.c        applies the faults to a request and its answer
 *   api.c             the calls of the service; validate.c makes the 422 bodies, account.c and
 *                     projects.c answer the calls that only the official client makes
 *   live_calls.c      the calls that connect a client with a running task; mailboxes.c keeps their
 *                     messages
 *   tasks.c           the table of tasks: task_files.c reads their files, task_view.c builds their
 *                     objects, task_events.c applies timelines, kills and patches, task_list.c
 *                     lists them, task_projects.c sums up projects, task_paths.c finds archives
 *   lifecycle.c       the status codes and what each sets; task_fields.c has realistic values
 *   storage.c         the object store; range.c parses ranges and tags, signing.c signs URLs
 *   zip_contents.c    the listing of an archive; zip_directory.c reads its directory
 *   faults.c          the fault rules; fault_rules.c parses them, waiters.c delays and stalls
 *                     requests, body.c changes bodies
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

/* Writes the port to a temporary file and renames that, so that the file appears complete. */
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

/* Each connection needs one or two descriptors. */
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
