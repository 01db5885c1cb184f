/*
 * Writing what was fetched to the cache on disk, behind the readers. What is to be written waits in
 * a queue of its object, which one op at a time works off.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "store/object_internal.h"

#define HANG_MS 3000 /* a disk that takes nothing for so long holds up no reader */

enum disk_write_kind {
    WRITE_VERSION, /* the object's record and its tail; before all others */
    WRITE_BLOCK,
    WRITE_STATE,   /* of a decoder */
    WRITE_DISCARD, /* the slots from `slot` to `last` are wrong */
    WRITE_DOUBT,   /* the version may be kept, but is that of no known state */
    WRITE_FORGET,  /* all of the object is */
};

struct disk_write {
    struct list link; /* object->writes */
    enum disk_write_kind kind;
    uint32_t stream;
    uint64_t slot, last;
    struct cache_entry *entry; /* of a block; pinned */
    uint8_t *bytes;            /* of a tail or a state */
    size_t len;
};

/* ---- how much waits ---- */

static void on_resume(struct net_job *job)
{
    struct store_disk *side = container_of(job, struct store_disk, resume);
    struct list held = LIST_INIT(held), *node;

    atomic_store(&side->is_resuming, 0);
    atomic_store(&side->has_held, 0);
    while ((node = list_pop(&side->held)))
        list_add(&held, node);
    while ((node = list_pop(&held))) {
        struct object *object = container_of(node, struct object, held);

        fetch_start_queued(object);
        object_unref(object);
    }
}

void store_disk_init(struct store_disk *side, struct disk *disk, struct executor *executor,
                     struct net *net, size_t backlog_max)
{
    pthread_condattr_t monotonic;

    memset(side, 0, sizeof(*side));
    side->disk = disk;
    side->executor = executor;
    side->net = net;
    side->backlog_max = backlog_max;
    list_init(&side->held);
    side->resume.run = on_resume;
    pthread_mutex_init(&side->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&side->written, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

int store_disk_is_behind(struct store_disk *side)
{
    if (atomic_load(&side->is_stopping))
        return 0;
    return atomic_load(&side->backlog) > side->backlog_max &&
           clock_ms() - atomic_load(&side->written_at) < HANG_MS;
}

void store_disk_free(struct store_disk *side)
{
    pthread_cond_destroy(&side->written);
    pthread_mutex_destroy(&side->lock);
}

void store_disk_flush(struct store_disk *side, int64_t timeout_ms)
{
    int64_t end = clock_ms() + timeout_ms;
    struct timespec until = {.tv_sec = end / 1000, .tv_nsec = end % 1000 * 1000000};

    LOCKED(&side->lock);
    while (side->writers &&
           pthread_cond_timedwait(&side->written, &side->lock, &until) != ETIMEDOUT)
        continue;
}

void store_disk_begin_write(struct store_disk *side)
{
    LOCKED(&side->lock);
    side->writers++;
}

void store_disk_end_write(struct store_disk *side)
{
    LOCKED(&side->lock);
    if (!--side->writers)
        pthread_cond_broadcast(&side->written);
}

static void resume_held(struct store_disk *side)
{
    if (!atomic_exchange(&side->is_resuming, 1) && net_post(side->net, &side->resume))
        atomic_store(&side->is_resuming, 0);
}

void store_disk_stop(struct store_disk *side)
{
    atomic_store(&side->is_stopping, 1);
    resume_held(side);
}

static void backlog_sub(struct store_disk *side, size_t bytes)
{
    size_t before = atomic_fetch_sub(&side->backlog, bytes);

    atomic_store(&side->written_at, clock_ms());
    if (before - bytes <= side->backlog_max / 2 && atomic_load(&side->has_held))
        resume_held(side);
}

void object_hold_ahead(struct object *object)
{
    struct store_disk *side = object->context.disk;

    if (!list_empty(&object->held))
        return;
    list_add(&side->held, &object_ref(object)->held);
    atomic_store(&side->has_held, 1);
    if (!store_disk_is_behind(side)) /* all may have been written before that was said */
        resume_held(side);
}

/* ---- the queue; object->lock held ---- */

static void writer_start(struct object *object);

static int is_discard(const struct disk_write *write)
{
    return write->kind == WRITE_DISCARD || write->kind == WRITE_FORGET;
}

static int discards_slot(const struct disk_write *write, uint32_t stream, uint64_t slot)
{
    return write->kind == WRITE_FORGET ||
           (write->kind == WRITE_DISCARD && write->stream == stream && slot >= write->slot &&
            slot <= write->last);
}

/* What was being written when it turned out to be wrong is on disk until it is discarded. */
static int is_condemned(struct object *object, uint32_t stream, uint64_t slot)
{
    if (!object->discards)
        return 0;
    if (object->discarding && discards_slot(object->discarding, stream, slot))
        return 1;
    list_each (at, &object->writes)
        if (discards_slot(container_of(at, struct disk_write, link), stream, slot))
            return 1;
    return 0;
}

int object_has_slot(struct object *object, uint32_t stream, uint64_t slot)
{
    return disk_object_has(object->kept, stream, slot) && !is_condemned(object, stream, slot);
}

static struct disk_write *add_write(struct object *object, enum disk_write_kind kind)
{
    struct disk_write *write = calloc(1, sizeof(*write));

    if (!write)
        return NULL;
    write->kind = kind;
    object->discards += (unsigned)is_discard(write);
    list_add(&object->writes, &write->link);
    return write;
}

static void write_free(struct object *object, struct disk_write *write)
{
    if (write->kind == WRITE_STATE)
        object->states_waiting--;
    if (write->entry) {
        size_t len = write->entry->len;

        cache_unpin(object->context.cache, write->entry, CACHE_SAME);
        backlog_sub(object->context.disk, len);
    }
    free(write->bytes);
    free(write);
}

void object_drop_version(struct object *object)
{
    if (object->version)
        write_free(object, object->version);
}

void object_write_block(struct object *object, uint64_t block, struct cache_entry *entry)
{
    struct store_disk *side = object->context.disk;
    struct disk_write *write;

    if (!object->kept || object->is_stale || object->is_distrusted || object->was_lied_to ||
        object_has_slot(object, DISK_BLOCKS, block) ||
        atomic_load(&side->backlog) > 2 * side->backlog_max)
        return;
    write = add_write(object, WRITE_BLOCK);
    if (!write)
        return;
    write->stream = DISK_BLOCKS;
    write->slot = block;
    write->entry = entry;
    cache_pin(object->context.cache, entry);
    if (!atomic_fetch_add(&side->backlog, entry->len))
        atomic_store(&side->written_at, clock_ms());
    writer_start(object);
}

void object_write_version(struct object *object, const uint8_t *tail, size_t len)
{
    struct disk_write *write = add_write(object, WRITE_VERSION);

    if (!write)
        return;
    write->bytes = malloc(len + 1);
    if (write->bytes)
        memcpy(write->bytes, tail, len);
    write->len = len;
    writer_start(object);
}

/* Takes the slots that wait out of the queue. */
static void drop_writes(struct object *object, uint32_t stream, uint64_t first, uint64_t last)
{
    list_each_safe (at, &object->writes) {
        struct disk_write *write = container_of(at, struct disk_write, link);
        int is_slot = write->kind == WRITE_BLOCK || write->kind == WRITE_STATE;

        if (!is_slot || write->stream != stream || write->slot < first || write->slot > last)
            continue;
        list_del(at);
        write_free(object, write);
    }
}

/* The slots are wrong: those that wait are dropped, and those on disk removed. */
static void discard_slots(struct object *object, uint32_t stream, uint64_t first, uint64_t last)
{
    struct disk_write *write;

    if (!object->kept)
        return;
    disk_object_hide(object->kept, stream, first, last);
    drop_writes(object, stream, first, last);
    write = add_write(object, WRITE_DISCARD);
    if (!write)
        return;
    write->stream = stream;
    write->slot = first;
    write->last = last;
    writer_start(object);
}

void object_discard_kept(struct object *object, uint64_t first, uint64_t last)
{
    object->was_lied_to = 1; /* what comes in their place may be wrong too, and read by nobody */
    discard_slots(object, DISK_BLOCKS, first, last);
}

void object_doubt(struct object *object, uint64_t from)
{
    LOCKED(&object->lock);
    if (!object->kept || object->is_doubted)
        return;
    object->is_doubted = 1;
    discard_slots(object, DISK_BLOCKS, from / OBJECT_BLOCK, UINT64_MAX);
    if (add_write(object, WRITE_DOUBT))
        writer_start(object);
}

void object_forget_earlier(struct object *object)
{
    if (object->earlier && add_write(object, WRITE_FORGET))
        writer_start(object);
}

void object_distrust(struct object *object)
{
    LOCKED(&object->lock);
    if (!object->kept)
        return;
    object->is_distrusted = 1;
    drop_writes(object, DISK_BLOCKS, 0, UINT64_MAX);
    if (add_write(object, WRITE_FORGET))
        writer_start(object);
}

/* ---- states ---- */

#define STATES_MAX 64u /* that may wait to be written */

int object_is_kept(struct object *object)
{
    LOCKED(&object->lock);
    return object->kept != NULL;
}

void object_write_state(struct object *object, uint32_t stream, uint64_t number, uint8_t *bytes,
                        size_t len)
{
    struct disk_write *write = NULL;

    LOCKED(&object->lock);
    if (object->kept && !object->is_stale && len <= DISK_BLOCK &&
        object->states_waiting < STATES_MAX)
        write = add_write(object, WRITE_STATE);
    if (!write) {
        free(bytes);
        return;
    }
    object->states_waiting++;
    write->stream = stream;
    write->slot = number;
    write->bytes = bytes;
    write->len = len;
    writer_start(object);
}

uint64_t object_state_before(struct object *object, uint32_t stream, uint64_t number)
{
    uint64_t found;

    LOCKED(&object->lock);
    if (!object->kept)
        return UINT64_MAX;
    found = disk_object_before(object->kept, stream, number);
    return found != UINT64_MAX && is_condemned(object, stream, found) ? UINT64_MAX : found;
}

uint8_t *object_read_state(struct object *object, uint32_t stream, uint64_t number, size_t *len)
{
    struct iovec part = {malloc(DISK_BLOCK), 0};

    if (part.iov_base && disk_object_read(object->kept, stream, number, &part, 1)) {
        *len = part.iov_len;
        return part.iov_base;
    }
    disk_object_hide(object->kept, stream, number, number);
    free(part.iov_base);
    return NULL;
}

void object_hide_state(struct object *object, uint32_t stream, uint64_t number)
{
    disk_object_hide(object->kept, stream, number, number);
}

void object_discard_states(struct object *object, uint32_t stream)
{
    LOCKED(&object->lock);
    discard_slots(object, stream, 0, UINT64_MAX);
}

/* ---- the op that works the queue off ---- */

/* The blocks of one segment that wait, by their slots. */
struct batch {
    uint64_t first; /* the segment's first block */
    struct disk_write *blocks[DISK_SLOTS];
};

/* Takes the first of the queue; of blocks, all that are of the same segment. */
static struct disk_write *take_write(struct object *object, struct batch *batch)
{
    struct disk_write *write;
    struct list *node;

    LOCKED(&object->lock);
    node = list_pop(&object->writes);
    write = node ? container_of(node, struct disk_write, link) : NULL;
    if (write && is_discard(write))
        object->discarding = write;
    if (!write || write->kind != WRITE_BLOCK)
        return write;
    memset(batch, 0, sizeof(*batch));
    batch->first = write->slot - write->slot % DISK_SLOTS;
    batch->blocks[write->slot % DISK_SLOTS] = write;
    list_each_safe (at, &object->writes) {
        struct disk_write *other = container_of(at, struct disk_write, link);

        if (other->kind != WRITE_BLOCK)
            break; /* what waits behind it may undo it */
        if (other->slot - other->slot % DISK_SLOTS != batch->first ||
            batch->blocks[other->slot % DISK_SLOTS])
            continue;
        list_del(at);
        batch->blocks[other->slot % DISK_SLOTS] = other;
    }
    return write;
}

static void sweep_if_due(struct disk *disk)
{
    if (disk_needs_sweep(disk))
        disk_sweep(disk);
}

/* Writes the blocks, as many at once as lie side by side; none if they could not be found. */
static void write_batch(struct object *object, struct batch *batch)
{
    struct iovec parts[DISK_WRITE_MAX];

    for (unsigned slot = 0; slot < DISK_SLOTS;) {
        unsigned count = 0;

        while (slot + count < DISK_SLOTS && count < DISK_WRITE_MAX && batch->blocks[slot + count]) {
            const struct cache_entry *entry = batch->blocks[slot + count]->entry;

            parts[count++] = (struct iovec){(void *)entry->data, entry->len};
        }
        if (!count) {
            slot++;
            continue;
        }
        if (!object->version)
            disk_object_write(object->kept, DISK_BLOCKS, batch->first + slot, parts, count);
        sweep_if_due(object->context.disk->disk);
        for (; count; count--, slot++)
            write_free(object, batch->blocks[slot]);
    }
}

static void end_discard(struct object *object)
{
    LOCKED(&object->lock);
    object->discards--;
    object->discarding = NULL;
}

static void write_one(struct object *object, struct disk_write *write)
{
    struct iovec part = {write->bytes, write->len};

    switch (write->kind) {
    case WRITE_STATE:
        if (!object->version)
            disk_object_write(object->kept, write->stream, write->slot, &part, 1);
        break;
    case WRITE_DOUBT:
        object->keep.stamp = 0; /* the writer's alone, once the object is open */
        disk_object_record(object->kept, 0);
        break;
    case WRITE_DISCARD:
        disk_object_discard(object->kept, write->stream, write->slot, write->last);
        break;
    default:
        disk_object_forget(object->kept ? object->kept : object->earlier);
        break;
    }
    if (is_discard(write))
        end_discard(object);
    write_free(object, write);
}

/* Writes the record without which nothing else can be found. When that fails it is tried again with
 * what is written next. */
static void write_version(struct object *object)
{
    struct disk_write *version = object->version;

    if (!version || disk_object_record(object->kept, object->keep.stamp))
        return;
    if (version->bytes)
        disk_object_write_tail(object->kept, version->bytes, version->len);
    object->version = NULL;
    write_free(object, version);
}

static int writer_step(struct op *op)
{
    struct object *object = container_of(op, struct object, writer);
    struct batch batch;
    struct disk_write *write = take_write(object, &batch);
    enum disk_write_kind kind;

    if (!write)
        return 0;
    kind = write->kind;
    if (kind == WRITE_VERSION)
        object->version = write;
    write_version(object); /* which may free it */
    if (kind == WRITE_BLOCK)
        write_batch(object, &batch);
    else if (kind != WRITE_VERSION)
        write_one(object, write);
    sweep_if_due(object->context.disk->disk);
    return op_yield(op);
}

/* The program stops: what waits is not written. */
static void writer_fail(struct op *op, int error)
{
    struct object *object = container_of(op, struct object, writer);
    struct list *node;

    (void)error;
    LOCKED(&object->lock);
    while ((node = list_pop(&object->writes)))
        write_free(object, container_of(node, struct disk_write, link));
}

/* The op is over. What was added since its last step needs it again. */
static void writer_release(struct op *op)
{
    struct object *object = container_of(op, struct object, writer);

    pthread_mutex_lock(&object->lock);
    object->is_writing = 0;
    if (!list_empty(&object->writes))
        writer_start(object);
    pthread_mutex_unlock(&object->lock);
    store_disk_end_write(object->context.disk);
    object_unref(object);
}

static const struct op_type writer_type = {
    .step = writer_step, .fail = writer_fail, .release = writer_release};

static void writer_start(struct object *object)
{
    if (object->is_writing)
        return;
    object->is_writing = 1;
    object_ref(object);
    store_disk_begin_write(object->context.disk);
    memset(&object->writer, 0, sizeof(object->writer));
    object->writer.type = &writer_type;
    object->writer.deadline = CLOCK_NEVER;
    op_start_later(object->context.disk->executor, &object->writer);
}
