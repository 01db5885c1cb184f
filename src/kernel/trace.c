#include "kernel/trace.h"

#include <inttypes.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "kernel/upcalls.h"

#define WHAT_MAX 320

static const char *opcode_name(uint32_t opcode)
{
    const char *name = upcall_name(opcode);

    return opcode && name ? name : "another request";
}

/* What the request is about besides the node: a name, or a range; "" for nothing. */
static void describe(uint32_t opcode, const char *rest, size_t len, char *what)
{
    struct fuse_read_in place; /* struct fuse_write_in begins in the same way */

    what[0] = '\0';
    if (opcode == FUSE_LOOKUP) {
        snprintf(what, WHAT_MAX, " '%.*s'", (int)strnlen(rest, len > 255 ? 255 : len), rest);
    } else if ((opcode == FUSE_READ || opcode == FUSE_WRITE || opcode == FUSE_READDIR ||
                opcode == FUSE_READDIRPLUS) &&
               len >= sizeof(place)) {
        memcpy(&place, rest, sizeof(place));
        snprintf(what, WHAT_MAX, " %" PRIu32 " bytes at %" PRIu64, place.size, place.offset);
    }
}

void trace_request(const void *bytes, size_t len)
{
    struct fuse_in_header head;
    char what[WHAT_MAX];

    if (!log_debugs(LOG_FUSE) || len < sizeof(head))
        return;
    memcpy(&head, bytes, sizeof(head));
    describe(head.opcode, (const char *)bytes + sizeof(head), len - sizeof(head), what);
    log_write_debug(LOG_FUSE, "request %" PRIu64 ": %s%s, node %" PRIu64 ", process %" PRIu32,
                    head.unique, opcode_name(head.opcode), what, head.nodeid, head.pid);
}

void trace_answer(const struct iovec *parts, int count)
{
    struct fuse_out_header head;

    if (!log_debugs(LOG_FUSE) || count < 1 || parts[0].iov_len < sizeof(head))
        return;
    memcpy(&head, parts[0].iov_base, sizeof(head));
    if (!head.unique)
        log_write_debug(LOG_FUSE, "notification %" PRId32, head.error);
    else if (head.error)
        log_write_debug(LOG_FUSE, "answer %" PRIu64 ": %s", head.unique, strerror(-head.error));
    else
        log_write_debug(LOG_FUSE, "answer %" PRIu64 ": %zu bytes", head.unique,
                        (size_t)head.len - sizeof(head));
}
