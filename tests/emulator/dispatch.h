/* From a complete request to its reply, through the faults that are in force. */
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
 * Answers a request whose body has been read. May block for as long as the faults say. Returns
 * MHD_NO where the connection is to be closed without an answer.
 */
enum MHD_Result dispatch(const struct dispatcher *dispatcher, struct request *request);

#endif
