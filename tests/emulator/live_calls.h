/* The calls that connect a client with the program on the machine of a running task. */
#ifndef EMULATOR_LIVE_CALLS_H
#define EMULATOR_LIVE_CALLS_H

#include "api.h"

/* Answers a request of KIND_REGISTER, KIND_OFFER or KIND_MESSAGE. Returns as api_answer does. */
bool live_call_answer(const struct api *api, const struct request *request,
                      const struct effects *effects, struct reply *reply);

#endif
