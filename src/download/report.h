/* What taskfs-download prints on standard output: a line a task, or with --json an object a file
 * and a task, each on a line of its own. Any thread. */
#ifndef TASKFS_DOWNLOAD_REPORT_H
#define TASKFS_DOWNLOAD_REPORT_H

#include <pthread.h>
#include <stdint.h>

struct report {
    pthread_mutex_t lock;
    int is_json;
    int is_below_bar; /* a line of progress may be in the way, which a line of text replaces */
    int is_unwritten; /* standard output has failed, which was said */
};

/* What has become of a file. */
struct report_file {
    const char *task, *what, *path;
    const char *result; /* "downloaded", "present", "left", "failed" or "planned" */
    const char *why;    /* NULL: there is nothing to explain */
    uint64_t bytes;
};

/* What has become of a task. */
struct report_task {
    const char *task, *what, *status;
    const char *place;  /* where the files are; NULL nowhere */
    const char *result; /* "complete", "incomplete", "failed" or "planned" */
    const char *why;    /* the same as of a file */
    uint64_t files, bytes;
    uint64_t downloaded, present, left, failed;
    uint64_t wire; /* compressed bytes of what was or would be downloaded */
};

void report_init(struct report *report, int is_json);
/* Writes nothing unless with --json. */
void report_file(struct report *report, const struct report_file *file);
void report_task(struct report *report, const struct report_task *task);
/* Writes a line, as printf(3), unless with --json. */
void report_line(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Whether all could be written. */
int report_is_written(struct report *report);

#endif
