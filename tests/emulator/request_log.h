/* The request log, one JSON line a request, and the counters of /_emulator/stats. */
#ifndef EMULATOR_REQUEST_LOG_H
#define EMULATOR_REQUEST_LOG_H

#include "request.h"

#include <json-c/json.h>

struct request_log;

/* Opens the log for appending; path NULL counts only. Returns 0 or a negative errno. */
int request_log_open(const char *path, struct request_log **out);
void request_log_close(struct request_log *log);

/* A request has arrived; gives its number. Safe from any thread. */
uint64_t request_log_arrived(struct request_log *log);

/* The header of an arrived request has been read, so its kind is known; at most once for each. */
void request_log_begun(struct request_log *log, struct request *request);

/*
 * A request is over: writes its line in one write. complete tells whether the response was sent
 * in full.
 */
void request_log_done(struct request_log *log, const struct request *request, bool complete);

/* A connection was opened (gives its number, from 1) or closed. */
unsigned request_log_connected(struct request_log *log);
void request_log_disconnected(struct request_log *log);

/*
 * Blocks until no request but control calls and the waiting ones (a number that waiting() gives)
 * is under way, at most some seconds. Returns true when it is so.
 */
bool request_log_settle(struct request_log *log, int (*waiting)(void *), void *context,
                        double seconds);

/* Adds the counters to an object. */
void request_log_stats(struct request_log *log, struct json_object *stats);

#endif
