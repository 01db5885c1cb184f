/*
 * Loading runs as an op of its own, so that it neither dies with the reader that began it nor is
 * done twice: it opens the object, finds the directory's end in the tail, has the rest of the
 * directory come in one range, feeds it as it comes, and builds the tree. Readers wait in
 * `loading`.
 *
 * Lock order: archive->lock, then the member's, the object's, and what is below them.
 */
#include "fs/archive.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "fs/notify.h"

#define TAIL_NEED_MAX \
    (1024u * 1024) /* bytes before the end in which end records are looked for \
                    */
#define MEMBER_BUCKETS 256u
#define LINK_MAX       4095u
#define TELL_MAX       10000u /* names that the kernel is told of at once */

enum archive_state {
    ARCHIVE_NEW,
    ARCHIVE_OPENING,
    ARCHIVE_ABSENT, /* the store has no such object */
    ARCHIVE_OPEN,   /* size and version are known */
    ARCHIVE_LOADING,
    ARCHIVE_READY,
    ARCHIVE_BROKEN, /* it is no archive */
};

struct open_member {
    struct zip_member *member;
    uint32_t entry;
    unsigned opens;
    int is_suspect; /* it, or one before it, was found damaged */
    struct open_member *chain;
};

struct link_target {
    uint32_t node;
    char *target; /* NULL: a regular file */
    struct link_target *chain;
};

struct archive {
    struct group group;
    struct object *object;
    struct executor *executor;
    char *path;
    const char *strip;
    /* Set by the loader before the state is READY, and fixed from then on: */
    struct zip_directory dir;
    struct zip_tree tree;
    struct zip_archive shared;

    pthread_mutex_t lock; /* guards what follows */
    enum archive_state state;
    int is_retired;
    uint64_t top; /* node; 0 nobody has looked in */
    struct wait_queue loading;
    struct open_member *members[MEMBER_BUCKETS];
    struct link_target *links[MEMBER_BUCKETS];
};

/* ---- life ---- */

static void archive_release(struct group *group)
{
    struct archive *archive = container_of(group, struct archive, group);

    for (unsigned i = 0; i < MEMBER_BUCKETS; i++) {
        struct link_target *link = archive->links[i];
        struct open_member *open = archive->members[i];

        while (link) {
            struct link_target *next = link->chain;

            free(link->target);
            free(link);
            link = next;
        }
        while (open) {
            struct open_member *next = open->chain;

            if (open->member)
                zip_member_unref(open->member);
            free(open);
            open = next;
        }
    }
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

struct archive *archive_new(const struct archive_context *context, const char *path,
                            const char *region, const char *strip)
{
    struct archive *archive = calloc(1, sizeof(*archive));

    if (!archive)
        return NULL;
    archive->path = strdup(path);
    archive->object = object_new(&context->object, path, region);
    if (!archive->path || !archive->object) {
        if (archive->object)
            object_unref(archive->object);
        free(archive->path);
        free(archive);
        return NULL;
    }
    archive->executor = context->executor;
    archive->strip = strip;
    archive->shared = (struct zip_archive){.dir = &archive->dir,
                                           .source = object_source(archive->object),
                                           .cache = context->object.cache,
                                           .executor = context->executor,
                                           .blocking = context->blocking,
                                           .owner = cache_new_owner(context->object.cache),
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
    is_ready = archive->state == ARCHIVE_READY;
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

uint64_t archive_file_size(const struct archive *archive, uint32_t node)
{
    uint32_t entry = archive->tree.nodes[node].entry;

    if (archive->tree.nodes[node].flags & ZIP_NODE_DIRECTORY || entry == ZIP_NONE)
        return 0;
    return archive->dir.entries[entry].size;
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

/* ---- loading ---- */

struct loader {
    struct op op;
    struct archive *archive; /* holds a reference */
    int found_end;
    struct zip_end end;
    uint8_t *tail; /* when more of it was needed than the object keeps */
    size_t tail_len;
    uint64_t need; /* bytes of the tail, while more is being read */
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
    rc = source_view(source, source->size - loader->need, loader->need, &view, &loader->op);
    if (rc)
        return rc;
    source_release(source, &view);
    free(loader->tail);
    loader->tail = malloc((size_t)loader->need);
    if (!loader->tail)
        return -ENOMEM;
    loader->tail_len = (size_t)loader->need;
    rc = source_read(source, source->size - loader->need, loader->tail, loader->tail_len,
                     &loader->op);
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
            zip_directory_init(&archive->dir, &loader->end, size);
            object_set_limit(archive->object, loader->end.directory_offset);
        }
    }
    return 0;
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

            rc = source_view(source, at, want, &view, &loader->op);
            if (rc)
                return rc;
            if (view.len > want)
                view.len = (size_t)want;
            rc = zip_directory_feed(&archive->dir, view.data, view.len);
            source_release(source, &view);
        }
        if (rc)
            return rc;
    }
    return zip_directory_finish(&archive->dir);
}

static void set_state(struct archive *archive, enum archive_state state, int error)
{
    LOCKED(&archive->lock);
    archive->state = state;
    wait_queue_wake(&archive->loading, error);
}

static int open_step(struct op *op)
{
    struct archive *archive = container_of(op, struct loader, op)->archive;
    int rc = object_open(archive->object, op);

    if (rc == OP_PENDING)
        return rc;
    set_state(archive, rc ? ARCHIVE_NEW : ARCHIVE_OPEN, rc);
    return 0;
}

static void open_fail(struct op *op, int error)
{
    struct archive *archive = container_of(op, struct loader, op)->archive;

    if (error == -ENOENT)
        set_state(archive, ARCHIVE_ABSENT, 0);
    else
        set_state(archive, ARCHIVE_NEW, error);
}

static int load_step(struct op *op)
{
    struct loader *loader = container_of(op, struct loader, op);
    struct archive *archive = loader->archive;
    int rc = find_end(loader);

    if (!rc)
        rc = feed_directory(loader);
    if (!rc)
        rc = zip_tree_build(&archive->tree, &archive->dir, archive->strip);
    if (rc == OP_PENDING)
        return rc;
    if (!rc) {
        object_drop_tail(archive->object);
        log_debug("archive '%s': %" PRIu32 " entries", archive->path, archive->dir.count);
        set_state(archive, ARCHIVE_READY, 0);
        return 0;
    }
    zip_directory_free(&archive->dir);
    if (rc == -EIO)
        log_error("'%s' is no archive that can be read: its end or its directory is damaged",
                  archive->path);
    set_state(archive, rc == -EIO ? ARCHIVE_BROKEN : ARCHIVE_OPEN, rc == -EIO ? 0 : rc);
    return 0;
}

static void load_fail(struct op *op, int error)
{
    struct archive *archive = container_of(op, struct loader, op)->archive;

    zip_directory_free(&archive->dir);
    set_state(archive, ARCHIVE_OPEN, error);
}

static void load_release(struct op *op)
{
    struct loader *loader = container_of(op, struct loader, op);

    archive_unref(loader->archive);
    free(loader->tail);
    free(loader);
}

static const struct op_type open_type = {
    .step = open_step, .fail = open_fail, .release = load_release};
static const struct op_type load_type = {
    .step = load_step, .fail = load_fail, .release = load_release};

/*
 * The one way through the states: what was reached is told, what is under way is waited for, and
 * what is next is begun. `goal` is ARCHIVE_OPEN or ARCHIVE_READY.
 */
static int reach(struct archive *archive, enum archive_state goal, struct op *op)
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
        loader->op.type = archive->state == ARCHIVE_NEW ? &open_type : &load_type;
        loader->op.deadline = CLOCK_NEVER;
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

int archive_probe(struct archive *archive, struct op *op)
{
    return reach(archive, ARCHIVE_OPEN, op);
}

int archive_load(struct archive *archive, struct op *op)
{
    return reach(archive, ARCHIVE_READY, op);
}

/* ---- members ---- */

static struct open_member **find_open(struct archive *archive, uint32_t entry)
{
    struct open_member **at = &archive->members[entry % MEMBER_BUCKETS];

    while (*at && (*at)->entry != entry)
        at = &(*at)->chain;
    return at;
}

/* With the lock held: a member that nobody has open is let go of, unless it must be remembered as
 * suspect. */
static void drop_unused(struct open_member **slot)
{
    struct open_member *open = *slot;

    if (open->opens)
        return;
    if (open->member && zip_member_is_damaged(open->member))
        open->is_suspect = 1;
    if (open->member)
        zip_member_unref(open->member);
    open->member = NULL;
    if (open->is_suspect)
        return;
    *slot = open->chain;
    free(open);
}

/* With the lock held: the slot's member afresh, if nobody has it or it was found damaged. */
static int renew_member(struct archive *archive, struct open_member *open)
{
    struct zip_member *old = open->member;
    int rc;

    if (old && !zip_member_is_damaged(old))
        return 0;
    rc = zip_member_open(&archive->shared, open->entry, &open->member);
    if (rc || !old)
        return rc;
    open->is_suspect = 1;
    open->opens = 0; /* of the old one: its openers hold it, and are counted no more */
    zip_member_unref(old);
    return 0;
}

int archive_member_open(struct archive *archive, uint32_t node, struct zip_member **member,
                        int *is_suspect)
{
    uint32_t entry = archive->tree.nodes[node].entry;
    struct open_member **slot;
    int rc;

    LOCKED(&archive->lock);
    slot = find_open(archive, entry);
    if (!*slot) {
        *slot = calloc(1, sizeof(**slot));
        if (!*slot)
            return -ENOMEM;
        (*slot)->entry = entry;
    }
    rc = renew_member(archive, *slot);
    if (rc) {
        drop_unused(slot);
        return rc;
    }
    (*slot)->opens++;
    *is_suspect = (*slot)->is_suspect;
    *member = zip_member_ref((*slot)->member);
    return 0;
}

void archive_member_close(struct archive *archive, struct zip_member *member)
{
    pthread_mutex_lock(&archive->lock);
    struct open_member **slot = find_open(archive, zip_member_index(member));

    if (*slot && (*slot)->member == member) {
        (*slot)->opens--;
        drop_unused(slot);
    }
    pthread_mutex_unlock(&archive->lock);
    zip_member_unref(member);
}

/* ---- symbolic links ---- */

static struct link_target *find_link(struct archive *archive, uint32_t node)
{
    struct link_target *link = archive->links[node % MEMBER_BUCKETS];

    while (link && link->node != node)
        link = link->chain;
    return link;
}

/* Reads the member's text. Returns 0 with `out` NUL-terminated, OP_PENDING or an error. */
static int read_text(struct archive *archive, uint32_t node, size_t len, char *out, struct op *op)
{
    struct zip_read read = {.count = 0};
    struct zip_member *member;
    int is_suspect, rc = archive_member_open(archive, node, &member, &is_suspect);

    if (rc)
        return rc;
    rc = zip_member_read(member, 0, len, &read, op);
    if (!rc && read.len == len) {
        size_t at = 0;

        for (unsigned i = 0; i < read.count; i++) {
            memcpy(out + at, read.parts[i].data, read.parts[i].len);
            at += read.parts[i].len;
        }
        out[len] = '\0';
    }
    zip_read_release(&archive->shared, &read);
    archive_member_close(archive, member);
    return rc;
}

static int remember_link(struct archive *archive, uint32_t node, const char *text,
                         const char **target)
{
    struct link_target *link = calloc(1, sizeof(*link)), *known;

    if (!link)
        return -ENOMEM;
    link->node = node;
    if (text && !(link->target = strdup(text))) {
        free(link);
        return -ENOMEM;
    }
    LOCKED(&archive->lock);
    known = find_link(archive, node);
    if (known) {
        free(link->target);
        free(link);
        link = known;
    } else {
        link->chain = archive->links[node % MEMBER_BUCKETS];
        archive->links[node % MEMBER_BUCKETS] = link;
    }
    *target = link->target;
    return 0;
}

int archive_link(struct archive *archive, uint32_t node, const char **target, struct op *op)
{
    uint32_t index = archive->tree.nodes[node].entry;
    const struct zip_entry *entry;
    struct link_target *known;
    char text[LINK_MAX + 1];
    int rc, is_link;

    *target = NULL;
    if (index == ZIP_NONE || archive->tree.nodes[node].flags & ZIP_NODE_DIRECTORY)
        return 0;
    entry = &archive->dir.entries[index];
    if (!(entry->flags & ZIP_ENTRY_SYMLINK) || !entry->size || entry->size > LINK_MAX)
        return 0;
    pthread_mutex_lock(&archive->lock);
    known = find_link(archive, node);
    pthread_mutex_unlock(&archive->lock);
    if (known) {
        *target = known->target;
        return 0;
    }
    rc = read_text(archive, node, (size_t)entry->size, text, op);
    if (rc == OP_PENDING || rc == -ENOMEM || rc == -ESTALE)
        return rc;
    is_link = !rc && zip_link_stays_inside(&archive->tree, node, text, (size_t)entry->size);
    return remember_link(archive, node, is_link ? text : NULL, target);
}
