#include "fs/dot_files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

const char *const dot_names[] = {"stats", "log", "config", NULL};

/* Prometheus' text format, version 0.0.4. */
struct metric {
    enum counter counter;
    const char *name;
    const char *labels;
    const char *type; /* NULL: a further line of the metric before it */
    const char *help;
};

static const struct metric metrics[] = {
    {STAT_API_OK, "taskfs_requests_total", "{kind=\"api\",result=\"ok\"}", "counter",
     "HTTP requests, each try counted."},
    {STAT_API_ERROR, "taskfs_requests_total", "{kind=\"api\",result=\"error\"}", NULL, NULL},
    {STAT_STORE_OK, "taskfs_requests_total", "{kind=\"store\",result=\"ok\"}", NULL, NULL},
    {STAT_STORE_ERROR, "taskfs_requests_total", "{kind=\"store\",result=\"error\"}", NULL, NULL},
    {STAT_RETRIES, "taskfs_retries_total", "", "counter", "Requests that were made again."},
    {STAT_URL_RENEWALS, "taskfs_url_renewals_total", "", "counter",
     "Signed URLs that were asked for again."},
    {STAT_BYTES_FETCHED, "taskfs_fetched_bytes_total", "", "counter",
     "Bytes taken from the object store."},
    {STAT_BYTES_SERVED, "taskfs_served_bytes_total", "", "counter", "Bytes given to readers."},
    {STAT_CACHE_HITS, "taskfs_cache_hits_total", "", "counter",
     "Blocks and pieces that were in the cache."},
    {STAT_CACHE_MISSES, "taskfs_cache_misses_total", "", "counter",
     "Blocks and pieces that were not."},
    {STAT_CHECK_FAILURES, "taskfs_check_failures_total", "", "counter",
     "Members whose length or CRC-32 was wrong."},
    {STAT_DISK_BYTES_READ, "taskfs_disk_read_bytes_total", "", "counter",
     "Bytes taken from the cache on disk."},
    {STAT_DISK_BYTES_WRITTEN, "taskfs_disk_written_bytes_total", "", "counter",
     "Bytes written to the cache on disk."},
    {STAT_DISK_EVICTED, "taskfs_disk_evicted_bytes_total", "", "counter",
     "Bytes removed from it for want of room."},
    {STAT_DISK_DAMAGED, "taskfs_disk_damaged_bytes_total", "", "counter",
     "Bytes of it that were discarded as damaged."},
    {STAT_PUSHED_FILES, "taskfs_pushed_files_total", "", "counter",
     "Files put into the page cache ahead of their readers."},
    {STAT_KEPT_MEMBERS, "taskfs_open_files", "", "gauge",
     "Files of archives that are kept open for the next read."},
    {STAT_TASKS, "taskfs_tasks", "", "gauge", "Tasks known now."},
    {STAT_LIVE_CONNECTIONS, "taskfs_live_connections", "", "gauge",
     "Connections to machines of running tasks."},
    {STAT_LIVE_CONNECTS, "taskfs_live_connects_total", "{result=\"ok\"}", "counter",
     "Connections to machines of running tasks that were tried."},
    {STAT_LIVE_FAILURES, "taskfs_live_connects_total", "{result=\"error\"}", NULL, NULL},
    {STAT_LIVE_REQUESTS, "taskfs_live_messages_total", "", "counter",
     "Messages that machines of running tasks were sent."},
    {STAT_LIVE_BYTES, "taskfs_live_bytes_total", "", "counter", "Bytes of their answers."},
    {STAT_CACHE_BYTES, "taskfs_cache_bytes", "", "gauge", "Bytes held under the cache's budget."},
};

/* Bytes of memory that the process holds, or 0. */
static uint64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[128];
    uint64_t kib = 0;

    while (file && fgets(line, sizeof(line), file))
        if (sscanf(line, "VmRSS: %" SCNu64, &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib * 1024;
}

/* A name as labels have it: in lower case. */
static void put_lower(struct buf *out, const char *name)
{
    for (; *name; name++)
        buf_putc(out, *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name);
}

static void write_upcalls(struct fs *fs, struct buf *out)
{
    buf_puts(out, "# HELP taskfs_upcalls_total Requests of the kernel.\n"
                  "# TYPE taskfs_upcalls_total counter\n");
    for (unsigned kind = 0; kind < UPCALL_KINDS; kind++) {
        if (!upcall_name(kind))
            continue;
        buf_puts(out, "taskfs_upcalls_total{op=\"");
        put_lower(out, upcall_name(kind));
        buf_printf(out, "\"} %" PRIu64 "\n", upcalls_get(&fs->wire.upcalls, kind));
    }
}

static void write_stats(struct fs *fs, struct buf *out)
{
    for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
        const struct metric *metric = &metrics[i];

        if (metric->type)
            buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", metric->name, metric->help,
                       metric->name, metric->type);
        buf_printf(out, "%s%s %" PRIu64 "\n", metric->name, metric->labels,
                   stats_get(fs->stats, metric->counter));
    }
    buf_printf(out,
               "# HELP taskfs_resident_bytes Memory in use.\n"
               "# TYPE taskfs_resident_bytes gauge\n"
               "taskfs_resident_bytes %" PRIu64 "\n",
               resident_bytes());
    write_upcalls(fs, out);
}

/* The settings, as of now. */
static void write_config(struct fs *fs, struct buf *out)
{
    const char *between = "";

    buf_puts(out, fs->config.config_text);
    buf_puts(out, "debug=");
    for (enum log_component at = 0; at < LOG_COMPONENTS; at++) {
        if (!log_debugs(at))
            continue;
        buf_printf(out, "%s%s", between, log_component_names[at]);
        between = ":";
    }
    buf_putc(out, '\n');
}

int dot_text(struct fs *fs, const char *name, struct snapshot **snapshot)
{
    BUF_SCOPED text = BUF_INIT(1024 * 1024);
    struct snapshot_file file = {.owner = 0};
    uint32_t ino = 0;

    while (dot_names[ino] && strcmp(dot_names[ino], name) != 0)
        ino++;
    if (!dot_names[ino])
        return -ENOENT;
    if (ino == 0)
        write_stats(fs, &text);
    else if (ino == 1)
        log_newest(&text);
    else
        write_config(fs, &text);
    if (text.error)
        return text.error;
    file.index = (uint32_t)NODE_DOT + 1 + ino;
    *snapshot = snapshot_new(&fs->tasks.identities, &text, clock_wall_ns(), file);
    return *snapshot ? 0 : -ENOMEM;
}
