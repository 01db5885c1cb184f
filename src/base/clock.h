/* Time: monotonic milliseconds for deadlines, wall-clock nanoseconds for dates. */
#ifndef TASKFS_BASE_CLOCK_H
#define TASKFS_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_NEVER INT64_MAX

/* Milliseconds since an arbitrary start; never goes back. */
int64_t clock_ms(void);
/* Nanoseconds since 1970-01-01 UTC. */
int64_t clock_wall_ns(void);
/* For tests: from now on clock_ms() returns *ms; with NULL, real time again. */
void clock_fake(const int64_t *ms);

/* A time in ns since 1970 as a timespec, whose nanoseconds are never negative. */
struct timespec clock_timespec(int64_t ns);

#endif
