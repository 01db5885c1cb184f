/*
 * The log. Each message is one line, written to standard error or to syslog; the newest ones are
 * kept in memory too, for `.taskfs/log` in the mount. Control characters are escaped. This is the
 * only process-wide state of the program: main() sets it up before it starts any thread.
 *
 * No caller may pass a key, or a URL with its query.
 */
#ifndef TASKFS_BASE_LOG_H
#define TASKFS_BASE_LOG_H

#include "base/buf.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Where a debug message comes from: a layer, or `fuse` for the kernel's requests and answers. */
enum log_component { LOG_FUSE, LOG_FS, LOG_API, LOG_ZIP, LOG_CACHE, LOG_NET, LOG_COMPONENTS };
#define LOG_ALL ((1u << LOG_COMPONENTS) - 1)
extern const char *const log_component_names[LOG_COMPONENTS];

/* The log goes to standard error, without messages above `level` and without debug messages. Called
 * before any thread is started. */
void log_setup(enum log_level level);
/* What each line on standard error begins with; "taskfs" by default. Not copied. Any thread. */
void log_set_program(const char *program);
/* From now on the log goes to syslog. Any thread. */
void log_to_syslog(void);
/* Messages above `level`, of errors, warnings and info, are dropped from now on. Any thread. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* From now on the debug messages of these components (bits `1 << component`) are written, and with
 * any of them messages of level info; 0 is none. Any thread. */
void log_set_debug(unsigned components);
/* Turns debug messages off; or, when they are off, turns those on that were on last, all of them if
 * none ever were. Any thread, and async-signal-safe. */
void log_toggle_debug(void);
/* Returns 1 when the component's debug messages are written, else 0. */
int log_debugs(enum log_component component);

/*
 * Writes a message, with arguments as for printf(3). Keeps errno. A message is cut at 1,000 bytes.
 * When standard error is a pipe or terminal that takes nothing, this blocks for 1 s at most; from
 * then on messages go to memory alone, until it takes some again.
 */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_write_debug(enum log_component component, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __VA_ARGS__)
/* The arguments are not evaluated when the component is off. */
#define log_debug(component, ...)                    \
    do {                                             \
        if (log_debugs(component))                   \
            log_write_debug(component, __VA_ARGS__); \
    } while (0)

/* Appends the newest messages, 64 KiB at most, oldest first, one per line. */
void log_newest(struct buf *out);

#endif
