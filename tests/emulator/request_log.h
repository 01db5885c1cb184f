/* The request log, with one JSON line for each request, and the counters of /_emulator/stats. */
#ifndef EMULATOR_REQUEST_LOG_H
#define EMULATOR_REQUEST_LOG_H

#include "request.h"

#include <json-c/json.h>

struct request_log;

/* Opens the log for appending; without a path it only counts. Returns 0 or a negative errno. */
int request_log_open(const char *path, struct request_log **out);
void request_log_close(struct request_log *log);

/* Counts a request that has arrived; returns its number. Safe from any thread. */
uint64_t request_log_arrived(struct request_log *log);

/* Counts the kind of a request whose header has been read. Call it at most once for each. */
void request_log_begun(struct request_log *log, struct request *request);

/*
 * Writes the line of a request that has ended, in one write. complete says whether the whole
 * response was sent.
 */
void request_log_done(struct request_log *log, const struct request *request, bool complete);

/* Count a connection that was opened, which returns its number from 1, or closed. */
unsigned request_log_connected(struct request_log *log);
void request_log_disconnected(struct request_log *log);

/*
 * Blocks until the only requests in flight are control calls and those that faults hold up, whose
 * number waiting(context) returns; at most for some seconds. Returns false when the time ran out.
 */
bool request_log_settle(struct request_log *log, int (*waiting)(void *), void *context,
                        double seconds);

/* Adds the counters to an object. */
void request_log_stats(struct request_log *log, struct json_object *stats);

#endif
