#include "download/requests.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mount_table.h"
#include "download/job.h"
#include "download/where.h"

#define LINES_MAX (16 * 1024 * 1024) /* bytes of standard input */

/* ---- reading them ---- */

/* Adds a request; `id` has `len` bytes. */
static int add_request(struct requests *requests, const char *id, size_t len, const char *below,
                       const char *mount, const char *asked)
{
    struct request *at = realloc(requests->at, (requests->count + 1) * sizeof(*at)), *request;

    if (!at)
        return -ENOMEM;
    requests->at = at;
    request = &at[requests->count];
    *request = (struct request){
        .id = strndup(id, len), .below = strdup(below), .mount = strdup(mount), .asked = asked};
    requests->count++;
    return request->id && request->below && request->mount ? 0 : -ENOMEM;
}

static int refuse_id(const char *asked, char *why, size_t why_size)
{
    snprintf(why, why_size, "'%s' is not a task id", asked);
    return -EINVAL;
}

/* The folder that is not a mount, for a message: the path's, without what is last in it. */
static void refuse_path(const char *asked, char *why, size_t why_size)
{
    size_t len = strlen(asked);

    while (len > 1 && asked[len - 1] == '/')
        len--;
    while (len > 1 && asked[len - 1] != '/')
        len--;
    while (len > 1 && asked[len - 1] == '/')
        len--;
    snprintf(why, why_size,
             "'%s': '%.*s' is not a mount of taskfs: name the task by its id, or mount there first",
             asked, (int)len, asked);
}

static int read_task(struct requests *requests, const char *asked, char *why, size_t why_size)
{
    struct where *where;
    size_t len;
    int rc;

    if (!strchr(asked, '/')) {
        if (!*asked || *asked == '-' || *asked == '.')
            return refuse_id(asked, why, why_size);
        return add_request(requests, asked, strlen(asked), "", "", asked);
    }
    where = malloc(sizeof(*where));
    rc = where ? where_find(asked, where) : -ENOMEM;
    if (rc == -ENOENT || rc == -ENAMETOOLONG)
        refuse_path(asked, why, why_size);
    len = rc ? 0 : strcspn(where->below, "/");
    if (!rc && (!len || where->below[0] == '.' || where->below[0] == '-'))
        rc = refuse_id(asked, why, why_size);
    if (!rc)
        rc = add_request(requests, where->below, len,
                         where->below + len + (where->below[len] == '/'), where->mount, asked);
    free(where);
    return rc;
}

/* Reads ids from standard input, a line each; empty lines mean nothing. */
static int read_lines(struct requests *requests, char *why, size_t why_size)
{
    char *line = NULL;
    size_t size = 0, total = 0;
    ssize_t n;
    int rc = 0;

    errno = 0;
    while (!rc && (n = getline(&line, &size, stdin)) > 0) {
        char *id = line + strspn(line, " \t\r\n");

        total += (size_t)n;
        id[strcspn(id, " \t\r\n")] = '\0';
        if (total > LINES_MAX) {
            snprintf(why, why_size, "standard input is too long");
            rc = -EINVAL;
        } else if (*id) {
            rc = read_task(requests, id, why, why_size);
            if (requests->count)
                requests->at[requests->count - 1].asked = requests->at[requests->count - 1].id;
        }
    }
    if (!rc && !feof(stdin)) {
        rc = errno ? -errno : -ENOMEM;
        snprintf(why, why_size, "cannot read standard input: %s", strerror(-rc));
    }
    free(line);
    return rc;
}

int requests_read(struct requests *requests, const struct download_options *options, char *why,
                  size_t why_size)
{
    int rc = 0;

    *requests = (struct requests){.count = 0};
    snprintf(why, why_size, "out of memory");
    for (size_t i = 0; i < options->tasks.count && !rc; i++) {
        const char *asked = options->tasks.at[i];

        rc = strcmp(asked, "-") == 0 ? read_lines(requests, why, why_size)
                                     : read_task(requests, asked, why, why_size);
    }
    return rc;
}

void requests_free(struct requests *requests)
{
    for (size_t i = 0; i < requests->count; i++) {
        free(requests->at[i].id);
        free(requests->at[i].below);
        free(requests->at[i].mount);
    }
    free(requests->at);
}

/* ---- which service ---- */

/* Takes a mount that the user has named by itself. */
static int take_named_mount(const char *name, struct connection *connection, char *why,
                            size_t why_size)
{
    struct where *where = malloc(sizeof(*where));
    int rc = where ? where_find(name, where) : -ENOMEM;

    if (!rc && *where->below) {
        snprintf(why, why_size, "'%s' is not a mount itself, but lies in the mount at '%s'", name,
                 where->mount);
        rc = -EINVAL;
    } else if (!rc) {
        rc = where_take_settings(where->mount, connection, why, why_size);
    } else if (rc != -ENOMEM) {
        snprintf(why, why_size, "'%s' is not a mount of taskfs", name);
        rc = -EINVAL;
    }
    free(where);
    return rc;
}

/* Without a word of the user's, the mount that the working directory is in, or else the only one
 * that the user has; a dead one is not worth a message. */
static void take_likely_mount(struct connection *connection)
{
    struct where *where = malloc(sizeof(*where));
    char path[NAME_TEXT_MAX], why[8];

    if (where && !where_find(".", where))
        where_take_settings(where->mount, connection, why, sizeof(why));
    else if (mount_of_user(path, sizeof(path)) == 1)
        where_take_settings(path, connection, why, sizeof(why));
    free(where);
}

int requests_choose_service(const struct requests *requests, struct download_options *options,
                            char *why, size_t why_size)
{
    const char *variable = getenv("TASKFS_MOUNT"), *url = getenv("INDUCTIVA_API_URL");
    const char *mount = NULL;

    for (size_t i = 0; i < requests->count; i++) {
        const char *other = requests->at[i].mount;

        if (mount && *other && strcmp(mount, other) != 0) {
            snprintf(why, why_size, "the tasks are in two mounts, '%s' and '%s': name those of one",
                     mount, other);
            return -EINVAL;
        }
        if (*other)
            mount = other;
    }
    if (options->mount)
        return take_named_mount(options->mount, &options->connection, why, why_size);
    if (mount)
        return where_take_settings(mount, &options->connection, why, why_size);
    if (variable && *variable)
        return take_named_mount(variable, &options->connection, why, why_size);
    if (!url || !*url)
        take_likely_mount(&options->connection);
    return 0;
}

/* ---- jobs ---- */

static int add_job(struct download *download, const char *id, enum archive_kind kind,
                   struct job **out)
{
    struct job *job = job_new(download, id, kind);

    *out = job;
    if (!job)
        return -ENOMEM;
    if (!download_add(download, job))
        return 0;
    job_free(job);
    return -ENOMEM;
}

/* Finds the job for this archive of the task, or adds it behind the task's other ones: all of them
 * write below one folder, which one job at a time locks. */
static int take_job(struct download *download, const char *id, enum archive_kind kind, int is_zip,
                    struct job **out)
{
    struct job *last = NULL, *job;
    int rc;

    for (size_t i = 0; i < download->count; i++) {
        job = download->jobs[i];
        if (strcmp(job->id, id) != 0)
            continue;
        if (job->kind == kind && job->is_zip == is_zip) {
            *out = job;
            return 0;
        }
        last = job;
    }
    rc = add_job(download, id, kind, &job);
    if (rc)
        return rc;
    job->is_zip = is_zip;
    if (last) {
        last->then = job;
        job->is_second = 1;
    }
    *out = job;
    return 0;
}

static int take_whole(struct download *download, const char *id, enum archive_kind kind)
{
    struct job *job;
    int rc = take_job(download, id, kind, download->options->wants_zip, &job);

    if (!rc)
        job->is_whole = 1;
    return rc;
}

int requests_add_task(struct download *download, const char *id)
{
    const struct download_options *options = download->options;
    int rc = 0;

    if (options->wants_outputs)
        rc = take_whole(download, id, ARCHIVE_OUTPUT);
    if (!rc && options->wants_inputs)
        rc = take_whole(download, id, ARCHIVE_INPUT);
    return rc;
}

/* What a path leads to, below its task. */
struct wish {
    enum archive_kind kind;
    int is_zip;
    const char *name; /* below outputs/ or inputs/; "" all */
};

/* Returns 0, or -EINVAL when it is neither an output nor an input. */
static int understand(const char *below, struct wish *wish)
{
    static const struct {
        const char *folder, *zip;
        enum archive_kind kind;
    } archives[] = {{"outputs", "output.zip", ARCHIVE_OUTPUT},
                    {"inputs", "input.zip", ARCHIVE_INPUT}};

    for (int i = 0; i < 2; i++) {
        size_t len = strlen(archives[i].folder);

        *wish = (struct wish){.kind = archives[i].kind, .name = ""};
        if (strcmp(below, archives[i].zip) == 0) {
            wish->is_zip = 1;
            return 0;
        }
        if (strncmp(below, archives[i].folder, len) == 0 &&
            (below[len] == '/' || below[len] == '\0')) {
            wish->name = below + len + (below[len] == '/');
            return 0;
        }
    }
    return -EINVAL;
}

static const char *check_wish(const struct download_options *options, const struct wish *wish)
{
    if (wish->kind == ARCHIVE_OUTPUT && options->wants_inputs)
        return "leads to the outputs, and --inputs asks for the inputs";
    if (wish->kind == ARCHIVE_INPUT && options->has_named_what && !options->wants_inputs)
        return "leads to the inputs, and --outputs asks for the outputs";
    if (wish->is_zip && options->files.count)
        return "is the whole archive: no files can be named";
    if (options->wants_zip && *wish->name)
        return "is a file, and --zip copies the whole archive";
    return NULL;
}

static int add_path(struct download *download, const struct request *request, char *why,
                    size_t why_size)
{
    const char *wrong;
    struct wish wish;
    struct job *job;
    int rc;

    if (understand(request->below, &wish))
        wrong = "is neither an output nor an input: cp copies it";
    else
        wrong = check_wish(download->options, &wish);
    if (wrong) {
        snprintf(why, why_size, "'%s' %s", request->asked, wrong);
        return -EINVAL;
    }
    rc = take_job(download, request->id, wish.kind, wish.is_zip || download->options->wants_zip,
                  &job);
    if (rc)
        return rc;
    if (*wish.name)
        return strings_add(&job->names, wish.name);
    job->is_whole = 1;
    return 0;
}

int requests_add_jobs(const struct requests *requests, struct download *download, char *why,
                      size_t why_size)
{
    int rc = 0;

    snprintf(why, why_size, "out of memory");
    for (size_t i = 0; i < requests->count && !rc; i++) {
        const struct request *request = &requests->at[i];

        rc = *request->below ? add_path(download, request, why, why_size)
                             : requests_add_task(download, request->id);
    }
    return rc;
}
