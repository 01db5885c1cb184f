/* The body of a reply as the library sends it. */
#ifndef EMULATOR_BODY_H
#define EMULATOR_BODY_H

#include "reply.h"

/*
 * A response with the reply's body, taken over from it: straight from the file where nothing
 * spoils it, else piece by piece with its cuts, stalls and flipped bytes. NULL: out of memory.
 */
struct MHD_Response *body_response(struct reply *reply, struct request *request,
                                   const struct effects *effects, struct waiters *waiters);

#endif
