/* The life of one version of an archive. */
#include "archive/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "archive/internal.h"
#include "base/clock.h"
#include "base/lock.h"
#include "net/net.h"

#define BROKEN_MS      10000 /* after so long another try to read a broken archive is worthwhile */
#define AHEAD_SHARE    16    /* of the budget may be decoded ahead of one stream */
#define SIZE_KNOWN_MAX 1e15  /* bytes; a larger size from the service is not believed */
#define TAIL_MIN       (12u * 1024)
#define TAIL_PER_FILE  128 /* bytes of a record in the directory: 46, a name, NTFS times */

static void archive_release(struct identity *identity)
{
    struct archive *archive = container_of(identity, struct archive, identity);

    archive_free_members(archive);
    archive_free_links(archive);
    cache_discharge(archive->shared.cache, archive->charged);
    zip_tree_free(&archive->tree);
    zip_directory_free(&archive->dir);
    cache_discard_all(archive->shared.cache, &archive->pieces);
    object_unref(archive->object);
    pthread_mutex_destroy(&archive->lock);
    free(archive->path);
    free(archive);
}

static void archive_hold(const struct zip_archive *shared)
{
    identity_ref(&container_of(shared, struct archive, shared)->identity);
}

static void archive_drop(const struct zip_archive *shared)
{
    identity_unref(&container_of(shared, struct archive, shared)->identity);
}

/*
 * How many bytes at the end to ask for first: the whole directory, as far as its size can be
 * guessed, so that it comes in one round trip, or in as few as slow start needs for so much. A
 * small one fits into the ten packets that a new connection may send at once.
 */
static size_t guess_tail(double files)
{
    double guess = TAIL_MIN + files * TAIL_PER_FILE;

    return files >= 0 && guess <= OBJECT_TAIL_MAX ? (size_t)guess : OBJECT_TAIL;
}

static uint64_t believable_size(double size)
{
    return size > 0 && size < SIZE_KNOWN_MAX ? (uint64_t)size : 0;
}

struct archive *archive_new(const struct archive_context *context, const struct archive_spec *spec)
{
    struct archive *archive = calloc(1, sizeof(*archive));

    if (!archive)
        return NULL;
    archive->path = strdup(spec->path);
    archive->object = object_new(&context->object, spec->path, spec->region,
                                 guess_tail(spec->files), believable_size(spec->size));
    if (!archive->path || !archive->object ||
        (spec->keep.task && object_keep(archive->object, &spec->keep))) {
        if (archive->object)
            object_unref(archive->object);
        free(archive->path);
        free(archive);
        return NULL;
    }
    object_expect_reading(archive->object, spec->head);
    archive->owner = spec->owner;
    archive->top = spec->top;
    archive->executor = context->executor;
    archive->ahead_executor = context->ahead;
    archive->pusher = context->pusher;
    archive->disk = context->object.disk;
    push_ahead_init(&archive->push);
    decode_ahead_init(&archive->ahead, cache_budget(context->object.cache) / AHEAD_SHARE,
                      context->pusher ? ARCHIVE_PUSH_ROOM + 1 : 0);
    archive->folder = spec->folder;
    archive->dos_zone = spec->dos_zone;
    cache_owner_init(&archive->pieces);
    archive->shared = (struct zip_archive){.dir = &archive->dir,
                                           .source = object_source(archive->object),
                                           .cache = context->object.cache,
                                           .decoders = context->decoders,
                                           .executor = context->executor,
                                           .blocking = context->blocking,
                                           .owner = &archive->pieces,
                                           .timeout_ms = context->object.timeout_ms,
                                           .stats = net_stats(context->object.net),
                                           .is_read_once = context->is_read_once,
                                           .hold = archive_hold,
                                           .drop = archive_drop};
    pthread_mutex_init(&archive->lock, NULL);
    wait_queue_init(&archive->loading);
    list_init(&archive->kept);
    wait_queue_init(&archive->states);
    identity_add(context->identities, &archive->identity, IDENTITY_ARCHIVE, archive_release);
    return archive;
}

struct identity *archive_identity(struct archive *archive)
{
    return &archive->identity;
}

struct archive *archive_of(struct identity *identity)
{
    return container_of(identity, struct archive, identity);
}

void archive_ref(struct archive *archive)
{
    identity_ref(&archive->identity);
}

void archive_unref(struct archive *archive)
{
    identity_unref(&archive->identity);
}

struct source *archive_source(struct archive *archive)
{
    return object_source(archive->object);
}

void archive_prefetch(struct archive *archive, uint64_t from, uint64_t to)
{
    object_prefetch(archive->object, from, to);
}

int archive_is_same(struct archive *a, struct archive *b)
{
    return object_is_same(a->object, b->object);
}

int archive_is_stale(struct archive *archive)
{
    int is_retired;

    pthread_mutex_lock(&archive->lock);
    is_retired = archive->is_retired;
    pthread_mutex_unlock(&archive->lock);
    return is_retired || object_is_stale(archive->object);
}

int archive_may_have_recovered(struct archive *archive)
{
    LOCKED(&archive->lock);
    return archive->state == ARCHIVE_BROKEN && clock_ms() - archive->broken_at > BROKEN_MS;
}

void archive_retire(struct archive *archive)
{
    LOCKED(&archive->lock);
    archive->is_retired = 1;
}

int archive_claim_stale_notice(struct archive *archive, int *is_loaded)
{
    int *is_claimed;

    LOCKED(&archive->lock);
    *is_loaded = archive->state == ARCHIVE_READY;
    is_claimed = *is_loaded ? &archive->is_tree_notice_claimed : &archive->is_notice_claimed;
    if (*is_claimed)
        return 0;
    *is_claimed = 1;
    archive->is_giving_notice = 1;
    return 1;
}

void archive_end_stale_notice(struct archive *archive)
{
    LOCKED(&archive->lock);
    archive->is_giving_notice = 0;
}

int archive_is_giving_notice(struct archive *archive)
{
    LOCKED(&archive->lock);
    return archive->is_giving_notice;
}

size_t archive_charged(struct archive *archive)
{
    LOCKED(&archive->lock);
    return archive->charged;
}

uint32_t archive_owner(const struct archive *archive)
{
    return archive->owner;
}

uint32_t archive_top(const struct archive *archive)
{
    return archive->top;
}

const char *archive_path(const struct archive *archive)
{
    return archive->path;
}

const struct zip_tree *archive_tree(const struct archive *archive)
{
    return &archive->tree;
}

const struct zip_archive *archive_shared(const struct archive *archive)
{
    return &archive->shared;
}
