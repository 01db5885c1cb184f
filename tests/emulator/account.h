/* What the service says of itself and of the user: /version-check and /users/fees. */
#ifndef EMULATOR_ACCOUNT_H
#define EMULATOR_ACCOUNT_H

#include "reply.h"
#include "request.h"

/*
 * Answers /version-check. A client older than minimum (NULL: there is none) gets 406; versions are
 * compared number by number, and what is not a number counts as 0.
 */
void account_version(const char *minimum, const struct request *request, struct reply *reply);

/* Answers /users/fees. */
void account_fees(struct reply *reply);

#endif
