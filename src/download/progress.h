/* How far a download has come, on standard error: a line that is drawn again and again on a
 * terminal, else a line now and then. The main thread's. */
#ifndef TASKFS_DOWNLOAD_PROGRESS_H
#define TASKFS_DOWNLOAD_PROGRESS_H

#include <stdint.h>

#include "download/download.h"

struct progress {
    int is_drawn;  /* on a terminal */
    int is_told;   /* in lines */
    int is_dirty;  /* something was drawn */
    int64_t began; /* clock_ms(): the first file was planned */
    int64_t told_at;
};

void progress_init(struct progress *progress, int is_quiet);
/* Shows how far the download is now. */
void progress_show(struct progress *progress, const struct download *download);
/* The download has come to its end. */
void progress_end(struct progress *progress, const struct download *download);

#endif
