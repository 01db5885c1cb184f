/* The side of transfers that the net thread's loop uses. */
#ifndef TASKFS_NET_TRANSFER_INTERNAL_H
#define TASKFS_NET_TRANSFER_INTERNAL_H

#include "net/transfer.h"

/* libcurl has finished with this transfer; `code` is a CURLcode. */
void transfer_on_curl_done(struct transfer *transfer, int code);
/* Starts the transfers for which others have made room; called once in a turn of the loop. */
void transfers_start_waiting(struct net *net);
/* Ends a transfer that runs or waits, with on_done(error). Returns 1, or 0 if there is none. */
int transfers_abort_one(struct net *net, int error);

#endif
