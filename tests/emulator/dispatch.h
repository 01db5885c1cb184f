/* Turns a complete request into its reply and applies the faults that match it. */
#ifndef EMULATOR_DISPATCH_H
#define EMULATOR_DISPATCH_H

#include "api.h"
#include "control.h"
#include "storage.h"

struct dispatcher {
    const struct api *api;
    const struct storage *storage;
    const struct control *control;
};

/*
 * Answers a request whose body has been read. Blocks for as long as the matching faults say.
 * Returns MHD_NO when the connection has to be closed without an answer.
 */
enum MHD_Result dispatch(const struct dispatcher *dispatcher, struct request *request);

#endif
