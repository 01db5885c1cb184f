#include "download/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "text/text.h"

#define TELL_MS 10000
#define BAR_MAX 40 /* columns */
#define BAR_MIN 4  /* the same: where there is less room, there is none */

void progress_init(struct progress *progress, int is_quiet)
{
    *progress = (struct progress){.began = clock_ms()};
    progress->told_at = progress->began;
    if (is_quiet)
        return;
    progress->is_drawn = isatty(STDERR_FILENO);
    progress->is_told = !progress->is_drawn;
    if (progress->is_drawn) /* a message takes the place of what was drawn */
        log_set_program("\r\033[Ktaskfs-download");
}

static int columns(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
        return 80;
    return size.ws_col;
}

/* "00:20", or "01:00:20" */
static void describe_time(uint64_t seconds, char *out, size_t size)
{
    int n = 0;

    if (seconds >= 3600)
        n = snprintf(out, size, "%02" PRIu64 ":", seconds / 3600);
    snprintf(out + n, size - (size_t)n, "%02" PRIu64 ":%02" PRIu64, seconds / 60 % 60,
             seconds % 60);
}

/* " 42%  1.00 GB of 2.00 GB  50.00 MB/s  00:20  3/8 files  0.50 GB fetched". Numbers of this length
 * fit into 80 columns. */
static void describe(const struct progress *progress, const struct download *download,
                     unsigned *percent, char *out, size_t size)
{
    uint64_t written = atomic_load(&download->written), planned = atomic_load(&download->planned);
    int64_t elapsed = clock_ms() - progress->began;
    uint64_t rate = written * 1000 / (uint64_t)(elapsed > 0 ? elapsed : 1);
    uint64_t left = planned > written && rate ? (planned - written) / rate : 0;
    char done[32], all[32], fetched[32], speed[32], time[32];

    if (written > planned)
        written = planned;
    *percent = planned ? (unsigned)(written * 100.0 / planned) : 0;
    text_size(written, done, sizeof(done));
    text_size(planned, all, sizeof(all));
    text_size(stats_get(&download->engine->stats, STAT_BYTES_FETCHED), fetched, sizeof(fetched));
    text_size(rate, speed, sizeof(speed));
    describe_time(left, time, sizeof(time));
    snprintf(out, size, "%3u%%  %s of %s  %s/s  %s  %" PRIu64 "/%" PRIu64 " files  %s fetched",
             *percent, done, all, speed, time, atomic_load(&download->files_done),
             atomic_load(&download->files_planned), fetched);
}

static void draw(struct progress *progress, const struct download *download)
{
    char text[256], bar[BAR_MAX + 1];
    unsigned percent;
    int room = columns() - 1, width;

    describe(progress, download, &percent, text, sizeof(text));
    width = room - 3 - (int)strlen(text);
    if (width > BAR_MAX)
        width = BAR_MAX;
    progress->is_dirty = 1;
    if (width < BAR_MIN) {
        dprintf(STDERR_FILENO, "\r%.*s\033[K", room, text);
        return;
    }
    memset(bar, ' ', sizeof(bar));
    memset(bar, '#', (size_t)width * percent / 100);
    bar[width] = '\0';
    dprintf(STDERR_FILENO, "\r[%s] %s\033[K", bar, text);
}

void progress_show(struct progress *progress, const struct download *download)
{
    int64_t now = clock_ms();
    char text[256];
    unsigned percent;

    if (!atomic_load(&download->planned)) { /* with --wait, perhaps for hours */
        progress->began = progress->told_at = now;
        return;
    }
    if (progress->is_drawn) {
        draw(progress, download);
    } else if (progress->is_told && now - progress->told_at >= TELL_MS) {
        progress->told_at = now;
        describe(progress, download, &percent, text, sizeof(text));
        dprintf(STDERR_FILENO, "taskfs-download: %s\n", text);
    }
}

void progress_end(struct progress *progress, const struct download *download)
{
    if (!progress->is_drawn)
        return;
    if (atomic_load(&download->planned))
        draw(progress, download);
    if (progress->is_dirty)
        dprintf(STDERR_FILENO, "\n");
    progress->is_drawn = 0;
    log_set_program("taskfs-download");
}
