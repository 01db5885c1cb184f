/*
 * What is sent through the mailboxes of a task: offers and answers of a WebRTC connection between a
 * client and the machine on which the task runs.
 *
 * Source: the service's HTTP API, `TaskConnection` of /tasks/{id}/register, /offer and /message.
 */
#ifndef TASKFS_API_MAILBOX_H
#define TASKFS_API_MAILBOX_H

#include <stddef.h>

#include "base/buf.h"

#define MAILBOX_BODY_MAX (1024u * 1024) /* bytes of a body that is sent */
#define MAILBOX_SDP_MAX  (64u * 1024)   /* bytes of an SDP that is taken */

/* Each appends the body of a call; the sticky error of `out` reports a failure. */
void mailbox_put_register(struct buf *out, const char *sender);
void mailbox_put_offer(struct buf *out, const char *sender, const char *receiver, const char *sdp);

/*
 * Decodes a message of `len` bytes. Returns 0 with the SDP of an answer, which the caller frees;
 * -EAGAIN for a message of another type; -ENOMEM; or -EPROTO with a reason in `why` (`why_size`
 * bytes), also for an SDP that is empty, has a NUL or over MAILBOX_SDP_MAX bytes.
 */
int mailbox_answer_decode(const char *json, size_t len, char **sdp, char *why, size_t why_size);

#endif
