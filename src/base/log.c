#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/lock.h"

#define RING_SIZE   (64 * 1024)
#define MESSAGE_MAX 1000
#define ESCAPED_MAX (4 * MESSAGE_MAX) /* with the rest of the line less than PIPE_BUF */
#define PATIENCE_MS 1000              /* for standard error to take a message */

static struct {
    _Atomic int level;
    _Atomic unsigned debug; /* bits of components */
    _Atomic unsigned last;  /* components whose debug messages were on last */
    _Atomic int to_syslog;
    pthread_mutex_t output; /* guards the two below, and standard error; taken alone */
    int is_stuck;           /* standard error takes nothing */
    unsigned unwritten;     /* messages that standard error did not take */
    pthread_mutex_t lock;   /* guards the ring; nothing is called with it held */
    char ring[RING_SIZE];   /* whole lines, oldest at the front */
    size_t used;
    _Atomic(const char *) program; /* what a line on standard error begins with */
} state = {.level = LOG_LEVEL_INFO,
           .last = LOG_ALL,
           .output = PTHREAD_MUTEX_INITIALIZER,
           .lock = PTHREAD_MUTEX_INITIALIZER,
           .program = "taskfs"};

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static const int level_priorities[] = {3, 4, 6, 7}; /* of syslog(3) */

const char *const log_component_names[LOG_COMPONENTS] = {
    [LOG_FUSE] = "fuse", [LOG_FS] = "fs",       [LOG_API] = "api",
    [LOG_ZIP] = "zip",   [LOG_CACHE] = "cache", [LOG_NET] = "net"};

void log_setup(enum log_level level)
{
    atomic_store(&state.level, (int)level);
    atomic_store(&state.debug, 0);
}

void log_set_program(const char *program)
{
    atomic_store(&state.program, program);
}

void log_to_syslog(void)
{
    openlog("taskfs", LOG_PID, LOG_DAEMON);
    atomic_store(&state.to_syslog, 1);
}

void log_set_level(enum log_level level)
{
    atomic_store(&state.level, (int)level);
}

enum log_level log_get_level(void)
{
    return (enum log_level)atomic_load_explicit(&state.level, memory_order_relaxed);
}

void log_set_debug(unsigned components)
{
    atomic_store(&state.debug, components);
    if (components)
        atomic_store(&state.last, components);
}

void log_toggle_debug(void)
{
    atomic_store(&state.debug, atomic_load(&state.debug) ? 0 : atomic_load(&state.last));
}

int log_debugs(enum log_component component)
{
    return (atomic_load_explicit(&state.debug, memory_order_relaxed) >> component) & 1;
}

static int is_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&state.level, memory_order_relaxed) ||
           (level == LOG_LEVEL_INFO && atomic_load_explicit(&state.debug, memory_order_relaxed));
}

static void escape_controls(const char *in, char *out, size_t size)
{
    size_t used = 0;

    for (; *in && used + 5 < size; in++) {
        unsigned char c = (unsigned char)*in;

        if (c < 0x20 || c == 0x7f)
            used += (size_t)snprintf(out + used, size - used, "\\x%02x", c);
        else
            out[used++] = (char)c;
    }
    out[used] = '\0';
}

static void ring_add(const char *line, size_t len)
{
    LOCKED(&state.lock);
    if (len > RING_SIZE)
        return;
    if (state.used + len > RING_SIZE) {
        size_t drop = state.used + len - RING_SIZE;
        const char *newline = memchr(state.ring + drop - 1, '\n', state.used - drop + 1);

        drop = newline ? (size_t)(newline - state.ring) + 1 : state.used;
        memmove(state.ring, state.ring + drop, state.used - drop);
        state.used -= drop;
    }
    memcpy(state.ring + state.used, line, len);
    state.used += len;
}

/*
 * A full pipe or a stopped terminal would block every thread that logs, and with them the mount. So
 * only the first message waits for it; later ones are not written until it takes some again.
 */
static int stderr_takes_more(void)
{
    struct pollfd output = {.fd = STDERR_FILENO, .events = POLLOUT};

    if (poll(&output, 1, state.is_stuck ? 0 : PATIENCE_MS) == 0) {
        state.is_stuck = 1;
        state.unwritten++;
        return 0;
    }
    state.is_stuck = 0;
    return 1;
}

static void write_to_stderr(const char *message)
{
    char text[ESCAPED_MAX + 64];
    int len;

    LOCKED(&state.output);
    if (!stderr_takes_more())
        return;
    if (state.unwritten) {
        dprintf(STDERR_FILENO, "%s: %u messages were not written here\n",
                atomic_load(&state.program), state.unwritten);
        state.unwritten = 0;
        if (!stderr_takes_more())
            return;
    }
    len = snprintf(text, sizeof(text), "%s: %s\n", atomic_load(&state.program), message);
    /* What cannot be written is in the ring, and so in the log in the mount. */
    if (len <= 0 || (size_t)len >= sizeof(text) || write(STDERR_FILENO, text, (size_t)len) < 0)
        return;
}

/* Writes the message, and keeps it in the ring. Keeps errno. */
static void log_line(enum log_level level, const char *message)
{
    char escaped[ESCAPED_MAX], line[ESCAPED_MAX + 64];
    int saved = errno, len;
    struct tm tm;
    time_t now;

    escape_controls(message, escaped, sizeof(escaped));
    now = time(NULL);
    gmtime_r(&now, &tm);
    len = snprintf(line, sizeof(line), "%04d-%02d-%02dT%02d:%02d:%02dZ %s: %s\n", tm.tm_year + 1900,
                   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, level_names[level],
                   escaped);
    if (len > 0 && (size_t)len < sizeof(line))
        ring_add(line, (size_t)len);
    if (atomic_load_explicit(&state.to_syslog, memory_order_relaxed))
        syslog(level_priorities[level], "%s", escaped);
    else
        write_to_stderr(escaped);
    errno = saved;
}

void log_write(enum log_level level, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;

    if (!is_enabled(level))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    log_line(level, message);
}

void log_write_debug(enum log_component component, const char *format, ...)
{
    char message[MESSAGE_MAX];
    int len = snprintf(message, sizeof(message), "%s: ", log_component_names[component]);
    va_list args;

    va_start(args, format);
    vsnprintf(message + len, sizeof(message) - (size_t)len, format, args);
    va_end(args);
    log_line(LOG_LEVEL_DEBUG, message);
}

void log_newest(struct buf *out)
{
    LOCKED(&state.lock);
    buf_append(out, state.ring, state.used);
}
