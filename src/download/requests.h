/* From what the user has named to jobs. The main thread's, before anything is started. */
#ifndef TASKFS_DOWNLOAD_REQUESTS_H
#define TASKFS_DOWNLOAD_REQUESTS_H

#include <stddef.h>

#include "download/download.h"
#include "download/options.h"

/* What one argument names. */
struct request {
    char *id;
    char *below; /* in the task: "" all of it, or "outputs/a.txt" */
    char *mount; /* that the path leads into; "" none */
    const char *asked;
};

struct requests {
    struct request *at;
    size_t count;
};

/* Reads the tasks of the options, and of standard input where they say so. Returns 0; -EINVAL for
 * wrong usage, -ENOENT for a path into no mount, or another negative errno when standard input
 * cannot be read, with a line in `why`; or -ENOMEM. Blocks. */
int requests_read(struct requests *requests, const struct download_options *options, char *why,
                  size_t why_size);
void requests_free(struct requests *requests);

/* Chooses the mount whose service is asked, if any, and takes its settings. Returns 0, or -EINVAL
 * with a line in `why`. Blocks. */
int requests_choose_service(const struct requests *requests, struct download_options *options,
                            char *why, size_t why_size);

/* Adds the jobs for the requests to the download: one for each archive of a task, which those that
 * name a part of it share. Returns 0; -EINVAL with a line in `why` when one
 * names something that is neither an output nor an input; or -ENOMEM. */
int requests_add_jobs(const struct requests *requests, struct download *download, char *why,
                      size_t why_size);
/* Adds the jobs for one whole task. Returns 0 or -ENOMEM. */
int requests_add_task(struct download *download, const char *id);

#endif
