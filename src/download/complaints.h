/*
 * Messages about single files. Of each kind the first ones are written, and the others counted.
 * Any thread.
 */
#ifndef TASKFS_DOWNLOAD_COMPLAINTS_H
#define TASKFS_DOWNLOAD_COMPLAINTS_H

#include <stdatomic.h>

enum complaint {
    COMPLAINT_BLOCKED, /* something else is in the file's place */
    COMPLAINT_CHANGED, /* a file with other content is in its place */
    COMPLAINT_FAILED,  /* it could not be downloaded */
    COMPLAINTS,
};

struct complaints {
    _Atomic unsigned counts[COMPLAINTS];
};

/* Writes a line, as printf(3), unless there were many of its kind. */
void complain(struct complaints *complaints, enum complaint kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Writes how many lines were left out, and begins to count anew. */
void complaints_end(struct complaints *complaints);

#endif
