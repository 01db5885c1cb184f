#include "member_reading.h"

#include <errno.h>
#include <string.h>

#include "op/sync.h"

static int read_step(struct op *op, void *arg)
{
    struct member_reading *reading = arg;

    return zip_member_read(reading->member, reading->offset, reading->len, reading->hint,
                           &reading->read, op);
}

int member_reading_run(struct member_reading *reading, const uint8_t *content)
{
    const struct zip_read *read = &reading->read;
    uint64_t size = zip_member_size(reading->member), offset = reading->offset;
    uint64_t left = offset < size ? size - offset : 0;
    int rc = op_run_sync(reading->archive->executor, reading->patience_ms, read_step, reading);
    size_t at = 0;

    for (unsigned i = 0; !rc && i < read->count; i++) {
        if (content && memcmp(read->parts[i].data, content + offset + at, read->parts[i].len) != 0)
            rc = -EBADMSG;
        at += read->parts[i].len;
    }
    if (!rc && (at != read->len || at != (left < reading->len ? left : reading->len)))
        rc = -EBADMSG;
    zip_read_release(reading->archive, &reading->read);
    return rc;
}
