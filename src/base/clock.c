#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static const int64_t *fake_ms;

int64_t clock_ms(void)
{
    struct timespec now;

    if (fake_ms)
        return *fake_ms;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void clock_fake(const int64_t *ms)
{
    fake_ms = ms;
}

struct timespec clock_timespec(int64_t ns)
{
    struct timespec time = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};

    if (time.tv_nsec < 0) {
        time.tv_nsec += 1000000000;
        time.tv_sec--;
    }
    return time;
}
