/* States of decoders that are kept on disk: what the members of an archive ask for (struct
 * state_keeper), done by its object. A stream belongs to an entry of the directory. */
#include <errno.h>
#include <stdlib.h>

#include "archive/internal.h"
#include "base/clock.h"
#include "base/lock.h"

/* One that is being read. */
struct state_reading {
    struct op op;
    struct archive *archive; /* holds a reference */
    uint32_t entry;
    uint64_t number;
    struct state_reading *next; /* of archive->readings; guarded by the archive's lock */
};

static struct archive *archive_of_keeper(struct state_keeper *keeper)
{
    return container_of(keeper, struct archive, keeper);
}

/* Stream 0 is that of the object's blocks. */
static uint32_t stream_of(uint32_t entry)
{
    return entry + 1;
}

static void keeper_save(struct state_keeper *keeper, uint32_t entry, uint64_t number,
                        uint8_t *bytes, size_t len)
{
    object_write_state(archive_of_keeper(keeper)->object, stream_of(entry), number, bytes, len);
}

static uint64_t keeper_before(struct state_keeper *keeper, uint32_t entry, uint64_t number)
{
    uint64_t found = object_state_before(archive_of_keeper(keeper)->object, stream_of(entry),
                                         number);

    return found == UINT64_MAX ? 0 : found;
}

static void keeper_discard(struct state_keeper *keeper, uint32_t entry)
{
    struct archive *archive = archive_of_keeper(keeper);

    object_discard_states(archive->object, stream_of(entry));
    object_doubt(archive->object, archive->dir.end.directory_offset);
}

/* ---- reading ---- */

static void end_reading(struct state_reading *reading)
{
    struct archive *archive = reading->archive;
    struct state_reading **at = &archive->readings;

    LOCKED(&archive->lock);
    while (*at != reading)
        at = &(*at)->next;
    *at = reading->next;
    wait_queue_wake(&archive->states, 0);
}

static int reading_step(struct op *op)
{
    struct state_reading *reading = container_of(op, struct state_reading, op);
    struct archive *archive = reading->archive;
    uint32_t stream = stream_of(reading->entry);
    size_t len;
    uint8_t *bytes = object_read_state(archive->object, stream, reading->number, &len);

    if (bytes &&
        zip_archive_put_state(&archive->shared, reading->entry, reading->number, bytes, len))
        object_hide_state(archive->object, stream, reading->number);
    free(bytes);
    end_reading(reading);
    return 0;
}

static void reading_fail(struct op *op, int error)
{
    (void)error;
    end_reading(container_of(op, struct state_reading, op));
}

static void reading_release(struct op *op)
{
    struct state_reading *reading = container_of(op, struct state_reading, op);

    archive_unref(reading->archive);
    free(reading);
}

static const struct op_type reading_type = {
    .step = reading_step, .fail = reading_fail, .release = reading_release};

/* With the archive's lock held. Returns 0 when the state is being read now, or -ENOMEM. */
static int start_reading(struct archive *archive, uint32_t entry, uint64_t number)
{
    struct state_reading *reading = archive->readings;

    while (reading && (reading->entry != entry || reading->number != number))
        reading = reading->next;
    if (reading)
        return 0;
    reading = calloc(1, sizeof(*reading));
    if (!reading)
        return -ENOMEM;
    reading->archive = archive;
    archive_ref(archive);
    reading->entry = entry;
    reading->number = number;
    reading->next = archive->readings;
    archive->readings = reading;
    reading->op.type = &reading_type;
    reading->op.deadline = CLOCK_NEVER;
    op_start_later(archive->disk->executor, &reading->op);
    return 0;
}

static int keeper_load(struct state_keeper *keeper, uint32_t entry, uint64_t number, struct op *op)
{
    struct archive *archive = archive_of_keeper(keeper);
    int rc;

    LOCKED(&archive->lock);
    rc = start_reading(archive, entry, number);
    return rc ? rc : op_wait(op, &archive->states, 0);
}

void archive_keep_states(struct archive *archive)
{
    if (!archive->disk || !object_is_kept(archive->object))
        return;
    archive->keeper = (struct state_keeper){.save = keeper_save,
                                            .before = keeper_before,
                                            .load = keeper_load,
                                            .discard = keeper_discard};
    archive->shared.keeper = &archive->keeper;
}
