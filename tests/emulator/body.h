/* The body of a reply, as libmicrohttpd sends it. */
#ifndef EMULATOR_BODY_H
#define EMULATOR_BODY_H

#include "reply.h"

/*
 * Makes a response and moves the reply's body into it. Without faults the body is sent straight
 * from the file; with cuts, stalls or flipped bytes it is sent block by block. Returns NULL when
 * out of memory.
 */
struct MHD_Response *body_response(struct reply *reply, struct request *request,
                                   const struct effects *effects, struct waiters *waiters);

#endif
