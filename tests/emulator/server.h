/* The HTTP server. Each connection has a thread, so that faults can hold it up on its own. */
#ifndef EMULATOR_SERVER_H
#define EMULATOR_SERVER_H

#include "options.h"

#include <stdint.h>

struct server;

/*
 * Reads the root, opens the log, listens on 127.0.0.1 and starts to serve. The options must outlive
 * the server. Returns 0, or a negative errno after one line on stderr.
 */
int server_start(const struct options *options, struct server **out);

/* The port it listens on. */
uint16_t server_port(const struct server *server);

/* Ends every connection, stalled ones included, and frees the server. */
void server_stop(struct server *server);

#endif
