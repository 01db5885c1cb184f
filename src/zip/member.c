#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/lock.h"
#include "base/log.h"
#include "zip/checkpoint.h"

#define HEADER_SLACK   512u          /* bytes: a local header's extra field, as a rule */
#define NEAR_THE_START (256u * 1024) /* bytes: header and data come in one range */
#define SOURCE_GRAIN   (64u * 1024)  /* bytes: a source fetches multiples of it, as a rule */
#define DEFLATE_MAX    1032u         /* output for a byte of input, at the most (zlib's FAQ) */

int zip_member_can_open(const struct zip_archive *archive, uint32_t index)
{
    const struct zip_entry *entry = &archive->dir->entries[index];
    int is_deflated = entry->method == ZIP_METHOD_DEFLATED;

    if (entry->flags & ZIP_ENTRY_ENCRYPTED)
        return -EACCES;
    if (entry->method != ZIP_METHOD_STORED && !is_deflated && !foreign_has_method(entry->method))
        return -EOPNOTSUPP;
    if (entry->problem != ZIP_OK)
        return -EIO;
    if (is_deflated && entry->size / DEFLATE_MAX > entry->compressed_size)
        return -EIO;
    if (zip_piece_count(entry->size) > INT32_MAX)
        return -EIO;
    if (!entry->size && entry->crc32)
        return -EIO;
    return 0;
}

int zip_member_open(const struct zip_archive *archive, uint32_t index, struct zip_member **out)
{
    const struct zip_entry *entry = &archive->dir->entries[index];
    int rc = zip_member_can_open(archive, index);
    struct zip_member *member;

    if (rc)
        return rc;
    member = calloc(1, sizeof(*member));
    if (!member)
        return -ENOMEM;
    member->archive = archive;
    member->entry = entry;
    member->index = index;
    member->refs = 1;
    pthread_mutex_init(&member->lock, NULL);
    zip_check_init(&member->check, entry->size, entry->crc32);
    wait_queue_init(&member->turn);
    *out = member;
    return 0;
}

struct zip_member *zip_member_ref(struct zip_member *member)
{
    LOCKED(&member->lock);
    member->refs++;
    return member;
}

void zip_member_unref(struct zip_member *member)
{
    unsigned left;

    pthread_mutex_lock(&member->lock);
    left = --member->refs;
    pthread_mutex_unlock(&member->lock);
    if (left)
        return;
    decoder_free_all(member);
    foreign_free_all(member);
    zip_check_free(&member->check);
    pthread_mutex_destroy(&member->lock);
    free(member);
}

int zip_member_take_seen(struct zip_member *member, struct zip_check *seen)
{
    LOCKED(&member->lock);
    if (member->is_damaged || !member->check.known || member->check.pieces < 2)
        return 0;
    *seen = member->check;
    zip_check_init(&member->check, member->entry->size, member->entry->crc32);
    return 1;
}

void zip_member_give_seen(struct zip_member *member, struct zip_check *seen)
{
    LOCKED(&member->lock);
    zip_check_free(&member->check);
    member->check = *seen;
    zip_check_init(seen, 0, 0);
}

int zip_member_is_damaged(struct zip_member *member)
{
    LOCKED(&member->lock);
    return member->is_damaged;
}

uint32_t zip_member_index(const struct zip_member *member)
{
    return member->index;
}

uint64_t zip_member_size(const struct zip_member *member)
{
    return member->entry->size;
}

/* With the lock held: what is wrong with the member, if it is to be said now. */
static const char *take_untold(struct zip_member *member)
{
    const char *why = member->has_reader ? member->untold : NULL;

    if (why)
        member->untold = NULL;
    return why;
}

static void tell(const struct zip_member *member, const char *why)
{
    const struct zip_archive *archive = member->archive;

    if (!why)
        return;
    log_error("member '%.*s' is damaged: %s; what was read of it is dropped",
              member->entry->name_len, zip_entry_name(archive->dir, member->entry), why);
    if (archive->stats)
        stats_add(archive->stats, STAT_CHECK_FAILURES, 1);
}

int member_spoiled(struct zip_member *member, const char *why)
{
    const struct zip_archive *archive = member->archive;
    const struct zip_entry *entry = member->entry;

    pthread_mutex_lock(&member->lock);
    if (!member->is_damaged)
        member->untold = why;
    member->is_damaged = 1;
    zip_check_reset(&member->check);
    why = take_untold(member);
    pthread_mutex_unlock(&member->lock);
    tell(member, why);
    cache_discard(archive->cache, archive->owner, piece_key(member, 0),
                  piece_key(member, zip_piece_count(entry->size)));
    checkpoint_discard_all(member);
    archive->source->type->forget(archive->source, entry->header_offset,
                                  zip_entry_limit(archive->dir, member->index) -
                                      entry->header_offset);
    return -EIO;
}

static int is_noted(struct zip_member *member, uint64_t piece)
{
    LOCKED(&member->lock);
    return zip_check_has(&member->check, piece);
}

/* With the lock held. Returns 0; -ENOMEM; -EIO it is damaged, with *is_new when that is news. */
static int note_locked(struct zip_member *member, uint64_t piece, uint32_t crc, int *is_new)
{
    int rc;

    *is_new = 0;
    if (member->is_damaged)
        return -EIO;
    rc = zip_check_note(&member->check, piece, crc);
    *is_new = rc == -EIO;
    return rc;
}

static const char wrong_crc[] = "its CRC-32 is wrong, or another than before";

static int note(struct zip_member *member, uint64_t piece, uint32_t crc)
{
    int rc, is_new;

    pthread_mutex_lock(&member->lock);
    rc = note_locked(member, piece, crc, &is_new);
    pthread_mutex_unlock(&member->lock);
    return is_new ? member_spoiled(member, wrong_crc) : rc;
}

/* The lock is held from note to put, so that what member_spoiled drops stays dropped. */
int member_put_piece(struct zip_member *member, uint64_t piece, uint8_t *bytes,
                     struct cache_entry **entry)
{
    const struct zip_archive *archive = member->archive;
    uint32_t len = zip_piece_len(member->entry->size, piece);
    uint32_t crc = zip_crc32(0, bytes, len);
    int rc, is_new;

    *entry = NULL;
    pthread_mutex_lock(&member->lock);
    rc = note_locked(member, piece, crc, &is_new);
    if (!rc) {
        *entry = cache_put(archive->cache, archive->owner, piece_key(member, piece), bytes, len);
        rc = *entry ? 0 : -ENOMEM;
        bytes = NULL;
    }
    pthread_mutex_unlock(&member->lock);
    free(bytes);
    return is_new ? member_spoiled(member, wrong_crc) : rc;
}

/* ---- where the data begins ---- */

/* Bytes of the object that are fetched for [offset, offset + len) of it. */
static uint64_t span(uint64_t offset, uint64_t len)
{
    uint64_t first = offset / SOURCE_GRAIN, end = (offset + len - 1) / SOURCE_GRAIN + 1;

    return (end - first) * SOURCE_GRAIN;
}

/* How to learn where the data begins, for a read that makes or views `piece`. */
struct location {
    int is_near;   /* the local header comes in one range with what is read */
    uint64_t want; /* bytes to be asked for together, from the local header on */
};

static struct location plan_location(const struct zip_member *member, uint64_t piece)
{
    const struct zip_entry *entry = member->entry;
    uint64_t limit = zip_entry_limit(member->archive->dir, member->index);
    uint64_t room = limit > entry->header_offset ? limit - entry->header_offset : 0;
    uint64_t header = ZIP_LOCAL_HEADER_SIZE + HEADER_SLACK + entry->local_name_len;
    uint64_t data = entry->compressed_size < ZIP_PIECE ? entry->compressed_size : ZIP_PIECE;
    struct location location;

    if (entry->method == ZIP_METHOD_STORED)
        data = piece * ZIP_PIECE + zip_piece_len(entry->size, piece);
    location.want = header + data < room ? header + data : room;
    if (!location.want)
        location.want = 1;
    if (entry->method != ZIP_METHOD_STORED) {
        location.is_near = piece * ZIP_PIECE < NEAR_THE_START;
    } else {
        location.is_near = span(entry->header_offset, location.want) <= NEAR_THE_START;
        /* Two ranges, then. Readahead is not to take the second for a reader that goes on from the
         * first: asked for the header alone, there is more than READAHEAD_SKIP between them. */
        if (piece * ZIP_PIECE >= NEAR_THE_START)
            location.want = ZIP_LOCAL_HEADER_SIZE;
    }
    return location;
}

/* Notes where the data begins, as the local header says, or who can tell without it. */
static int found_data(struct zip_member *member, uint64_t offset, int by_header)
{
    int is_other;

    pthread_mutex_lock(&member->lock);
    is_other = member->data_offset && member->data_offset != offset;
    if (!member->data_offset)
        member->data_offset = offset;
    member->header_checked |= by_header && !is_other;
    pthread_mutex_unlock(&member->lock);
    return is_other ? member_spoiled(member, "its local header contradicts the directory") : 0;
}

/*
 * Learns where the data begins. Near the start the local header comes with the data, and is
 * checked; far from it, where reading it would cost a range of its own, the directory's word is
 * taken if it leaves no doubt, or a checkpoint's.
 */
static int locate(struct zip_member *member, uint64_t piece, enum source_hint hint, struct op *op)
{
    const struct zip_archive *archive = member->archive;
    const struct zip_entry *entry = member->entry;
    uint64_t limit = zip_entry_limit(archive->dir, member->index), found;
    struct location location = plan_location(member, piece);
    uint8_t bytes[ZIP_LOCAL_HEADER_SIZE];
    int rc;

    pthread_mutex_lock(&member->lock);
    rc = member->header_checked || (member->data_offset && !location.is_near);
    pthread_mutex_unlock(&member->lock);
    if (rc)
        return 0;
    if (!location.is_near && (found = entry->method == ZIP_METHOD_STORED
                                          ? zip_entry_data_offset(archive->dir, member->index)
                                          : checkpoint_data_offset(member)))
        return found_data(member, found, 0);
    rc = source_read(archive->source, entry->header_offset, bytes, sizeof(bytes), location.want,
                     hint, op);
    if (rc)
        return rc;
    if (zip_local_header_parse(bytes, sizeof(bytes), entry, limit, &found))
        return member_spoiled(member, "its local header is wrong");
    return found_data(member, found, 1);
}

/* ---- reading ---- */

/* One of `entry` and `pin` holds the bytes. */
static void add_part(struct zip_read *read, const uint8_t *data, size_t len,
                     struct cache_entry *entry, void *pin)
{
    read->parts[read->count].data = data;
    read->parts[read->count].len = len;
    read->parts[read->count].entry = entry;
    read->parts[read->count].use = CACHE_KEEP;
    read->parts[read->count].pin = pin;
    read->count++;
    read->len += len;
}

#define PIECE_VIEWS 4 /* a piece lies in at most three blocks of the source */

struct piece_views {
    struct source_view views[PIECE_VIEWS];
    unsigned count;
};

static void release_views(const struct zip_archive *archive, struct piece_views *views)
{
    while (views->count)
        source_release(archive->source, &views->views[--views->count]);
}

/* Pins all of a stored piece and notes its CRC. */
static int view_piece(struct zip_member *member, uint64_t piece, enum source_hint hint,
                      struct piece_views *views, struct op *op)
{
    const struct zip_archive *archive = member->archive;
    uint64_t at = member->data_offset + piece * ZIP_PIECE;
    uint32_t left = zip_piece_len(member->entry->size, piece), crc = 0;

    while (left) {
        struct source_view *view = &views->views[views->count];
        int rc = views->count == PIECE_VIEWS
                     ? -EIO
                     : source_view(archive->source, at, left, hint, view, op);

        if (rc)
            return rc;
        views->count++;
        if (view->len > left)
            view->len = left;
        crc = zip_crc32(crc, view->data, view->len);
        at += view->len;
        left -= (uint32_t)view->len;
    }
    return note(member, piece, crc);
}

static int read_stored(struct zip_member *member, uint64_t piece, uint32_t skip, uint32_t len,
                       enum source_hint hint, struct zip_read *read, struct op *op)
{
    struct piece_views views = {.count = 0};
    int rc = locate(member, piece, hint, op);

    if (!rc)
        rc = view_piece(member, piece, hint, &views, op);
    for (unsigned i = 0; !rc && i < views.count; i++) {
        struct source_view *view = &views.views[i];
        uint32_t drop = skip < view->len ? skip : (uint32_t)view->len;
        uint32_t take = view->len - drop < len ? (uint32_t)view->len - drop : len;

        skip -= drop;
        len -= take;
        if (!take)
            continue;
        add_part(read, view->data + drop, take, NULL, view->pin);
        view->pin = NULL;
    }
    release_views(member->archive, &views);
    return rc;
}

/* Makes the piece, which was not in the cache. */
static int make_piece(struct zip_member *member, uint64_t piece, enum source_hint hint,
                      struct op *op, struct cache_entry **entry)
{
    int rc = locate(member, piece, hint, op);

    if (rc)
        return rc;
    return member->entry->method == ZIP_METHOD_DEFLATED
               ? decoder_make_piece(member, piece, hint, op, entry)
               : foreign_make_piece(member, piece, op, entry);
}

/* Looks for the piece in the cache. Returns 0 with it pinned, or with NULL; or an error of note. */
static int find_piece(struct zip_member *member, uint64_t piece, struct cache_entry **entry)
{
    const struct zip_archive *archive = member->archive;
    int rc;

    *entry = cache_get(archive->cache, archive->owner, piece_key(member, piece));
    if (!*entry || is_noted(member, piece))
        return 0;
    rc = note(member, piece, zip_crc32(0, (*entry)->data, (*entry)->len));
    if (rc)
        cache_unpin(archive->cache, *entry, CACHE_KEEP);
    return rc;
}

static int read_decoded(struct zip_member *member, uint64_t piece, uint32_t skip, uint32_t len,
                        enum source_hint hint, struct zip_read *read, struct op *op)
{
    struct cache_entry *entry;
    int rc = find_piece(member, piece, &entry);

    if (!rc && !entry)
        rc = make_piece(member, piece, hint, op, &entry);
    if (rc)
        return rc;
    if (member->entry->method != ZIP_METHOD_DEFLATED)
        foreign_found_piece(member, piece);
    add_part(read, entry->data + skip, len, entry, NULL);
    /* Asked for as a whole, by one who goes forward: the kernel keeps it now. */
    if (member->entry->method == ZIP_METHOD_DEFLATED && len == entry->len)
        read->parts[read->count - 1].use = CACHE_DONE;
    return 0;
}

/* What is wrong with the member is said from now on, and what was found before. Returns whether
 * something is. */
static int note_reader(struct zip_member *member)
{
    const char *why;
    int is_damaged;

    pthread_mutex_lock(&member->lock);
    member->has_reader = 1;
    is_damaged = member->is_damaged;
    why = take_untold(member);
    pthread_mutex_unlock(&member->lock);
    tell(member, why);
    return is_damaged;
}

int zip_member_read(struct zip_member *member, uint64_t offset, size_t len, enum source_hint hint,
                    struct zip_read *read, struct op *op)
{
    uint64_t size = member->entry->size;

    if (offset >= size || !len)
        return 0;
    if (note_reader(member))
        return -EIO;
    if (len > ZIP_READ_MAX)
        len = ZIP_READ_MAX;
    if (len > size - offset)
        len = (size_t)(size - offset);
    while (read->len < len) {
        uint64_t at = offset + read->len, piece = at / ZIP_PIECE;
        uint32_t skip = (uint32_t)(at % ZIP_PIECE);
        uint32_t take = zip_piece_len(size, piece) - skip;
        int rc;

        if (take > len - read->len)
            take = (uint32_t)(len - read->len);
        rc = member->entry->method == ZIP_METHOD_STORED
                 ? read_stored(member, piece, skip, take, hint, read, op)
                 : read_decoded(member, piece, skip, take, hint, read, op);
        if (rc)
            return rc;
    }
    /* Another reader may have found it damaged since. */
    return zip_member_is_damaged(member) ? -EIO : 0;
}

int zip_member_make_ahead(struct zip_member *member, uint64_t piece, struct op *op)
{
    const struct zip_archive *archive = member->archive;
    struct cache_entry *entry = NULL;
    int rc;

    if (cache_has(archive->cache, archive->owner, piece_key(member, piece)))
        return 0;
    rc = make_piece(member, piece, SOURCE_CACHED, op, &entry);
    if (entry)
        cache_unpin(archive->cache, entry, CACHE_KEEP);
    return rc;
}

int zip_member_peek(struct zip_member *member, struct zip_read *read)
{
    const struct zip_archive *archive = member->archive;
    uint64_t size = member->entry->size;
    struct cache_entry *entry;

    if (!size || size > ZIP_PIECE || member->entry->method != ZIP_METHOD_DEFLATED ||
        !cache_has(archive->cache, archive->owner, piece_key(member, 0)) || note_reader(member) ||
        find_piece(member, 0, &entry) || !entry)
        return 0;
    add_part(read, entry->data, entry->len, entry, NULL);
    read->parts[0].use = CACHE_DONE;
    return 1;
}

void zip_read_release(const struct zip_archive *archive, struct zip_read *read)
{
    for (unsigned i = 0; i < read->count; i++) {
        struct source_view view = {.pin = read->parts[i].pin};

        if (read->parts[i].entry)
            cache_unpin(archive->cache, read->parts[i].entry, read->parts[i].use);
        else
            source_release(archive->source, &view);
    }
    read->count = 0;
    read->len = 0;
}
