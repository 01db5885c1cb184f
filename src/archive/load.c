/*
 * Opening and loading an archive. Both run as ops of their own, so that an interrupted reader does
 * not end them and a second reader does not repeat them. Opening fetches the object's size, version
 * and tail. Loading finds the end record in the tail, fetches the rest of the directory in one
 * range, parses it as it arrives, and builds the tree. Readers wait in archive->loading.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "archive/internal.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "zip/directory_log.h"

#define DISCARD_AT  (8u * 1024 * 1024) /* bytes of the directory that were parsed */
#define KEEP_BEHIND (128u * 1024)      /* bytes; more than the block being parsed */
#define TAIL_NEED_MAX \
    (64u * 1024 * 1024) /* bytes before the end that are searched for end records */

#define ARRIVAL_MS 250

struct loader {
    struct op op;
    struct archive *archive; /* holds a reference */
    int found_end;
    struct zip_end end;
    uint8_t *tail; /* set when more of it is needed than the object keeps */
    size_t tail_len;
    uint64_t need;      /* bytes of the tail, while more is being read */
    int64_t noted_at;   /* when those who wait were last told that bytes arrive; clock_ms() */
    uint64_t discarded; /* bytes of the directory that were parsed and dropped from the cache */
};

static const uint8_t *loader_tail(struct loader *loader, size_t *len)
{
    if (!loader->tail)
        return object_tail(loader->archive->object, len);
    *len = loader->tail_len;
    return loader->tail;
}

/* Reads the last loader->need bytes. */
static int read_longer_tail(struct loader *loader)
{
    struct source *source = archive_source(loader->archive);
    struct source_view view;
    int rc;

    if (loader->need > TAIL_NEED_MAX)
        return -EIO;
    rc = source_view(source, source->size - loader->need, loader->need, SOURCE_SEQUENTIAL, &view,
                     &loader->op);
    if (rc)
        return rc;
    source_release(source, &view);
    free(loader->tail);
    loader->tail = malloc((size_t)loader->need);
    if (!loader->tail)
        return -ENOMEM;
    loader->tail_len = (size_t)loader->need;
    rc = source_read(source, source->size - loader->need, loader->tail, loader->tail_len,
                     loader->need, SOURCE_SEQUENTIAL, &loader->op);
    if (rc) {
        free(loader->tail);
        loader->tail = NULL;
        return rc;
    }
    loader->need = 0;
    return 0;
}

static int find_end(struct loader *loader)
{
    struct archive *archive = loader->archive;
    uint64_t size = archive_source(archive)->size;

    while (!loader->found_end) {
        const uint8_t *tail;
        size_t len;
        int rc = loader->need ? read_longer_tail(loader) : 0;

        if (rc)
            return rc;
        tail = loader_tail(loader, &len);
        rc = zip_end_find(tail, len, size, &loader->end, &loader->need);
        if (rc && rc != -EAGAIN)
            return rc;
        if (!rc) {
            loader->found_end = 1;
            zip_directory_init(&archive->dir, &loader->end, size, archive->dos_zone);
            object_set_limit(archive->object, loader->end.directory_offset);
        }
    }
    return 0;
}

/* Drops the first `fed` bytes of the directory from the cache. */
static void discard_parsed(struct loader *loader, uint64_t fed)
{
    struct source *source = archive_source(loader->archive);

    source_discard(source, loader->end.directory_offset + loader->discarded,
                   fed - loader->discarded, SOURCE_UNNEEDED);
    loader->discarded = fed;
}

/* The directory is parsed once: what was parsed makes room, a large part at a time. */
static void discard_when_large(struct loader *loader)
{
    uint64_t fed = loader->archive->dir.fed;

    if (fed - loader->discarded >= DISCARD_AT)
        discard_parsed(loader, fed - KEEP_BEHIND);
}

/* Drops the rest of a large directory. A small one has few blocks, which hold members too. */
static void discard_rest(struct loader *loader)
{
    uint64_t fed = loader->archive->dir.fed;

    if (!loader->discarded)
        return;
    if (fed > loader->discarded)
        discard_parsed(loader, fed);
    cache_trim(loader->archive->shared.cache); /* the tree will need as much memory again */
}

/* Gives the directory's bytes to the parser: from the source up to the tail, then from the tail. */
static int feed_directory(struct loader *loader)
{
    struct archive *archive = loader->archive;
    struct source *source = archive_source(archive);
    uint64_t end = loader->end.directory_offset + loader->end.directory_size;
    size_t tail_len;
    const uint8_t *tail = loader_tail(loader, &tail_len);
    uint64_t tail_start = source->size - tail_len;

    while (archive->dir.fed < loader->end.directory_size) {
        uint64_t at = loader->end.directory_offset + archive->dir.fed;
        int rc;

        if (at >= tail_start) {
            rc = zip_directory_feed(&archive->dir, tail + (at - tail_start), (size_t)(end - at));
        } else {
            uint64_t want = (end < tail_start ? end : tail_start) - at;
            struct source_view view;

            rc = source_view(source, at, want, SOURCE_SEQUENTIAL, &view, &loader->op);
            if (rc)
                return rc;
            if (view.len > want)
                view.len = (size_t)want;
            rc = zip_directory_feed(&archive->dir, view.data, view.len);
            source_release(source, &view);
            if (!rc)
                discard_when_large(loader);
        }
        if (rc)
            return rc;
    }
    discard_rest(loader);
    return zip_directory_finish(&archive->dir);
}

static void archive_set_state(struct archive *archive, enum archive_state state, int error)
{
    LOCKED(&archive->lock);
    archive->state = state;
    if (state == ARCHIVE_BROKEN)
        archive->broken_at = clock_ms();
    wait_queue_wake(&archive->loading, error);
}

/* Called with each step of a loader, which runs again when bytes have arrived: the ops that
 * wait for the archive are not stalled. */
static void loader_note_arrival(struct loader *loader)
{
    struct archive *archive = loader->archive;
    int64_t now = clock_ms();

    if (now - loader->noted_at < ARRIVAL_MS)
        return;
    loader->noted_at = now;
    LOCKED(&archive->lock);
    wait_queue_wake(&archive->loading, 0);
}

static int opener_step(struct op *op)
{
    struct loader *loader = container_of(op, struct loader, op);
    struct archive *archive = loader->archive;
    int rc;

    loader_note_arrival(loader);
    rc = object_open(archive->object, op);

    if (rc == OP_PENDING)
        return rc;
    archive_set_state(archive, rc ? ARCHIVE_NEW : ARCHIVE_OPEN, rc);
    return 0;
}

static void opener_fail(struct op *op, int error)
{
    struct archive *archive = container_of(op, struct loader, op)->archive;

    if (error == -ENOENT)
        archive_set_state(archive, ARCHIVE_ABSENT, 0);
    else
        archive_set_state(archive, ARCHIVE_NEW, error);
}

/* Directory and tree live as long as the archive: their memory counts in the cache's budget. */
static void charge_memory(struct archive *archive)
{
    const struct zip_directory *dir = &archive->dir;
    const struct zip_tree *tree = &archive->tree;
    size_t bytes = (size_t)dir->capacity * sizeof(*dir->entries) + dir->names_capacity +
                   (size_t)tree->capacity * sizeof(*tree->nodes) +
                   ((size_t)tree->table_mask + 1) * sizeof(*tree->table) + tree->extra_capacity +
                   (dir->listed ? (size_t)dir->count * sizeof(*dir->listed) : 0);

    pthread_mutex_lock(&archive->lock);
    archive->charged = bytes;
    pthread_mutex_unlock(&archive->lock);
    cache_charge(archive->shared.cache, bytes);
}

static int loader_step(struct op *op)
{
    struct loader *loader = container_of(op, struct loader, op);
    struct archive *archive = loader->archive;
    int rc;

    loader_note_arrival(loader);
    rc = find_end(loader);
    if (!rc)
        rc = feed_directory(loader);
    if (!rc)
        rc = zip_tree_build(&archive->tree, &archive->dir, archive->folder);
    if (rc == OP_PENDING)
        return rc;
    if (!rc) {
        object_drop_tail(archive->object);
        if (archive->shared.is_read_once)
            zip_directory_drop_order(&archive->dir); /* nobody will show it */
        archive_keep_states(archive);
        charge_memory(archive);
        identity_touch(
            &archive->identity); /* those who wait for it have not taken their references yet */
        log_debug(LOG_FS, "archive '%s': %" PRIu32 " entries", archive->path, archive->dir.count);
        if (zip_directory_log_problems(&archive->dir, archive->path))
            object_doubt(archive->object, archive->dir.end.directory_offset);
        archive_set_state(archive, ARCHIVE_READY, 0);
        return 0;
    }
    zip_directory_free(&archive->dir);
    if (rc == -EIO)
        object_distrust(archive->object);
    if (rc == -EIO)
        log_error("'%s' cannot be read as an archive: its end record or its directory is damaged",
                  archive->path);
    archive_set_state(archive, rc == -EIO ? ARCHIVE_BROKEN : ARCHIVE_OPEN, rc == -EIO ? 0 : rc);
    return 0;
}

static void loader_fail(struct op *op, int error)
{
    struct archive *archive = container_of(op, struct loader, op)->archive;

    zip_directory_free(&archive->dir);
    archive_set_state(archive, ARCHIVE_OPEN, error);
}

static void loader_release(struct op *op)
{
    struct loader *loader = container_of(op, struct loader, op);

    archive_unref(loader->archive);
    free(loader->tail);
    free(loader);
}

static const struct op_type opener_type = {
    .step = opener_step, .fail = opener_fail, .release = loader_release};
static const struct op_type loader_type = {
    .step = loader_step, .fail = loader_fail, .release = loader_release};

/*
 * Brings the archive to the state `goal`, ARCHIVE_OPEN or ARCHIVE_READY: says so when it is there,
 * waits for the loader that runs, or starts the next one.
 */
static int archive_reach(struct archive *archive, enum archive_state goal, struct op *op)
{
    struct loader *loader;
    int rc;

    pthread_mutex_lock(&archive->lock);
    if (archive->state == ARCHIVE_ABSENT)
        rc = -ENOENT;
    else if (archive->state >= goal && goal == ARCHIVE_OPEN)
        rc = 0;
    else if (archive->state == ARCHIVE_READY)
        rc = 0;
    else if (archive->state == ARCHIVE_BROKEN)
        rc = -EIO;
    else
        rc = op_wait(op, &archive->loading, 0);
    if (rc != OP_PENDING || archive->state == ARCHIVE_OPENING ||
        archive->state == ARCHIVE_LOADING) {
        pthread_mutex_unlock(&archive->lock);
        return rc;
    }
    loader = calloc(1, sizeof(*loader));
    if (loader) {
        loader->archive = archive;
        loader->op.type = archive->state == ARCHIVE_NEW ? &opener_type : &loader_type;
        loader->op.deadline = CLOCK_NEVER;
        loader->noted_at = clock_ms(); /* nothing has arrived yet */
        archive->state = archive->state == ARCHIVE_NEW ? ARCHIVE_OPENING : ARCHIVE_LOADING;
    } else {
        wait_queue_wake(&archive->loading, -ENOMEM);
    }
    pthread_mutex_unlock(&archive->lock);
    if (loader) {
        archive_ref(archive);
        op_start_later(archive->executor, &loader->op);
    }
    return rc;
}

int archive_open(struct archive *archive, struct op *op)
{
    return archive_reach(archive, ARCHIVE_OPEN, op);
}

int archive_load(struct archive *archive, struct op *op)
{
    return archive_reach(archive, ARCHIVE_READY, op);
}
