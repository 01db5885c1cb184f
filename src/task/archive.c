/* The life of an archive's version, and when it is one no more. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "kernel/notify.h"
#include "net/net.h"
#include "task/archive_internal.h"

#define BROKEN_MS      10000 /* after so long a broken archive is looked at anew */
#define AHEAD_SHARE    16    /* of the budget may be decoded ahead of one stream */
#define SIZE_KNOWN_MAX 1e15  /* bytes; beyond, the service is not believed */
#define TAIL_MIN       (12u * 1024)
#define TAIL_PER_FILE  128    /* bytes of a record in the directory: 46, a name, NTFS times */
#define TELL_MAX       10000u /* names that the kernel is told of at once */

static void archive_release(struct group *group)
{
    struct archive *archive = container_of(group, struct archive, group);

    archive_free_files(archive);
    cache_discharge(archive->shared.cache, archive->charged);
    zip_tree_free(&archive->tree);
    zip_directory_free(&archive->dir);
    cache_drop(archive->shared.cache, archive->shared.owner, 0, UINT64_MAX);
    object_unref(archive->object);
    pthread_mutex_destroy(&archive->lock);
    free(archive->path);
    free(archive);
}

static void archive_hold(const struct zip_archive *shared)
{
    group_ref(&container_of(shared, struct archive, shared)->group);
}

static void archive_drop(const struct zip_archive *shared)
{
    group_unref(&container_of(shared, struct archive, shared)->group);
}

/*
 * Bytes at the end that are worth asking for: the whole directory, as far as can be guessed, so that
 * it comes in one round trip, or as few as slow start takes for so much. A small one is in the ten
 * packets that a new connection may begin with.
 */
static size_t tail_of(double files)
{
    double guess = TAIL_MIN + files * TAIL_PER_FILE;

    return files >= 0 && guess <= OBJECT_TAIL_MAX ? (size_t)guess : OBJECT_TAIL;
}

struct archive *archive_new(const struct archive_context *context, const char *path,
                            const char *region, const char *strip, double files, double size)
{
    struct archive *archive = calloc(1, sizeof(*archive));

    if (!archive)
        return NULL;
    archive->path = strdup(path);
    archive->object = object_new(&context->object, path, region, tail_of(files),
                                 size > 0 && size < SIZE_KNOWN_MAX ? (uint64_t)size : 0);
    if (!archive->path || !archive->object) {
        if (archive->object)
            object_unref(archive->object);
        free(archive->path);
        free(archive);
        return NULL;
    }
    archive->executor = context->executor;
    archive->ahead_executor = context->ahead;
    decode_ahead_init(&archive->ahead, cache_budget(context->object.cache) / AHEAD_SHARE);
    archive->strip = strip;
    archive->shared = (struct zip_archive){.dir = &archive->dir,
                                           .source = object_source(archive->object),
                                           .cache = context->object.cache,
                                           .executor = context->executor,
                                           .blocking = context->blocking,
                                           .owner = cache_new_owner(context->object.cache),
                                           .timeout_ms = context->object.timeout_ms,
                                           .stats = net_stats(context->object.net),
                                           .hold = archive_hold,
                                           .drop = archive_drop};
    pthread_mutex_init(&archive->lock, NULL);
    wait_queue_init(&archive->loading);
    group_add(context->nodes, &archive->group, GROUP_ARCHIVE, archive_release);
    return archive;
}

struct group *archive_group(struct archive *archive)
{
    return &archive->group;
}

struct archive *archive_of(struct group *group)
{
    return container_of(group, struct archive, group);
}

void archive_ref(struct archive *archive)
{
    group_ref(&archive->group);
}

void archive_unref(struct archive *archive)
{
    group_unref(&archive->group);
}

struct source *archive_source(struct archive *archive)
{
    return object_source(archive->object);
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

int archive_is_long_broken(struct archive *archive)
{
    LOCKED(&archive->lock);
    return archive->state == ARCHIVE_BROKEN && clock_ms() - archive->broken_at > BROKEN_MS;
}

void archive_retire(struct archive *archive)
{
    LOCKED(&archive->lock);
    archive->is_retired = 1;
}

void archive_set_top(struct archive *archive, uint64_t node)
{
    LOCKED(&archive->lock);
    archive->top = node;
}

void archive_tell_stale(struct archive *archive, struct notify *notify)
{
    const struct zip_tree *tree = &archive->tree;
    uint64_t top;
    int is_ready;
    unsigned told = 0;

    pthread_mutex_lock(&archive->lock);
    top = archive->top;
    is_ready = archive->state == ARCHIVE_READY && !archive->is_told;
    archive->is_told = 1;
    pthread_mutex_unlock(&archive->lock);
    if (!top || !is_ready)
        return;
    for (uint32_t node = tree->nodes[ZIP_ROOT].first; node != ZIP_NONE && told < TELL_MAX;
         node = tree->nodes[node].next, told++) {
        const struct zip_node *at = &tree->nodes[node];
        char name[256];

        memcpy(name, zip_node_name(tree, at), at->name_len);
        name[at->name_len] = '\0';
        notify_name(notify, top, name);
    }
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
