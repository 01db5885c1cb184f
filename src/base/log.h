/*
 * The log: one line a message, to standard error or to syslog, and the newest kept in memory for
 * people to read in the mount. Control characters are escaped. The one piece of process-wide state:
 * main() sets it up before any thread is started; everything else only writes.
 *
 * No caller may pass a key, or a URL with its query.
 */
#ifndef TASKFS_BASE_LOG_H
#define TASKFS_BASE_LOG_H

#include "base/buf.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Whose debug messages: the layers, and the kernel's requests with their answers. */
enum log_component { LOG_FUSE, LOG_FS, LOG_API, LOG_ZIP, LOG_CACHE, LOG_NET, LOG_COMPONENTS };
#define LOG_ALL ((1u << LOG_COMPONENTS) - 1)
extern const char *const log_component_names[LOG_COMPONENTS];

/* To standard error, messages above `level` dropped, no debug messages. Before threads. */
void log_setup(enum log_level level);
/* From now on to syslog; any thread. */
void log_to_syslog(void);
/* Of errors, warnings and info. May be called at any time, from any thread. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

/* From now on the debug messages of these components (bits `1 << component`) are said, and with any of
 * them info; 0 none. Any thread. */
void log_set_debug(unsigned components);
/* Off what is on; or on again what was on last, all if nothing ever was. Any thread, and in a signal
 * handler. */
void log_toggle_debug(void);
/* Whether the component's debug messages are said. */
int log_debugs(enum log_component component);

/* printf arguments; keeps errno. Waits for who reads standard error for 1 s, and then no more until
 * that is done: such messages are in memory alone. A message is cut at 1,000 bytes. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_write_debug(enum log_component component, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_LEVEL_INFO, __VA_ARGS__)
/* Arguments are not evaluated when the component is off. */
#define log_debug(component, ...)                    \
    do {                                             \
        if (log_debugs(component))                   \
            log_write_debug(component, __VA_ARGS__); \
    } while (0)

/* Appends the newest messages (about 64 KiB at most), oldest first, one a line. */
void log_newest(struct buf *out);

#endif
