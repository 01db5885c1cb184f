#include "net/retry.h"

#include <errno.h>

int retry_is_transient(int status)
{
    return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 ||
           status == 504;
}

int64_t retry_delay(const struct retry_case *retry)
{
    int64_t delay = RETRY_CAP_MS, least = retry->is_outlasted ? RETRY_LAST_MS : 0;

    if (retry->status && !retry_is_transient(retry->status))
        return -1;
    if (retry->attempt > RETRY_MAX && !retry->is_outlasted)
        return -1;
    if (retry->attempt < 6)
        delay = (int64_t)RETRY_BASE_MS << (retry->attempt ? retry->attempt - 1 : 0);
    delay = delay / 2 + (int64_t)(retry->random % (uint32_t)(delay / 2 + 1));
    if (retry->retry_after >= 0 && delay < (int64_t)retry->retry_after * 1000)
        delay = (int64_t)retry->retry_after * 1000;
    if (retry->now >= retry->deadline || delay > retry->deadline - retry->now - least)
        return -1;
    return delay;
}

unsigned retry_count(struct retry_counts *counts, int is_outlasted)
{
    if (is_outlasted)
        return ++counts->outlasted;
    counts->outlasted = 0;
    return ++counts->limited;
}

int retry_status_error(int status)
{
    switch (status) {
    case 404:
    case 410:
        return -ENOENT;
    case 401:
    case 403:
        return -EACCES;
    case 412:
        return -ESTALE;
    default:
        return -EIO;
    }
}
