/* The calls about the service and the user: /version-check and /users/fees. */
#ifndef EMULATOR_ACCOUNT_H
#define EMULATOR_ACCOUNT_H

#include "reply.h"
#include "request.h"

/*
 * Answers /version-check. A client whose version is lower than minimum gets 406; a NULL minimum
 * accepts every version. Versions are compared number by number; a part that is not a number counts
 * as 0.
 */
void account_version(const char *minimum, const struct request *request, struct reply *reply);

/* Answers /users/fees. */
void account_fees(struct reply *reply);

#endif
