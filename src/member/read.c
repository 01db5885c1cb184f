/* Reading a member. */
#include <errno.h>

#include "member/checkpoint.h"
#include "member/data_offset.h"
#include "member/decoder.h"
#include "member/inflate.h"
#include "member/libzip_pass.h"
#include "member/pieces.h"

/* Adds a part to the read; `entry` or `pin` keeps its bytes. */
static void read_add_part(struct zip_read *read, const uint8_t *data, size_t len,
                          struct cache_entry *entry, void *pin)
{
    read->parts[read->count].data = data;
    read->parts[read->count].len = len;
    read->parts[read->count].entry = entry;
    read->parts[read->count].use = CACHE_KEEP;
    read->parts[read->count].pin = pin;
    read->parts[read->count].is_done = 0;
    read->count++;
    read->len += len;
}

/* The range of a piece that is read. */
struct piece_range {
    uint64_t piece;
    uint32_t skip, len; /* bytes of the piece */
};

/* ---- stored members ---- */

#define PIECE_VIEWS 4 /* a piece spans at most three blocks of the source */

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
        int rc = -EIO;

        if (views->count < PIECE_VIEWS)
            rc = source_view(archive->source, at, left, hint, view, op);
        if (rc)
            return rc;
        views->count++;
        view->is_done = archive->is_read_once && view->len <= left &&
                        at - member->data_offset >= view->before;
        if (view->len > left)
            view->len = left;
        crc = zip_crc32(crc, view->data, view->len);
        at += view->len;
        left -= (uint32_t)view->len;
    }
    return member_note_crc(member, piece, crc);
}

/* Moves the pins of those views that hold a part of the range to the read. */
static void read_take_views(struct zip_read *read, const struct piece_range *range,
                            struct piece_views *views)
{
    uint32_t skip = range->skip, len = range->len;

    for (unsigned i = 0; i < views->count; i++) {
        struct source_view *view = &views->views[i];
        uint32_t drop = skip < view->len ? skip : (uint32_t)view->len;
        uint32_t take = view->len - drop < len ? (uint32_t)view->len - drop : len;

        skip -= drop;
        len -= take;
        if (!take)
            continue;
        read_add_part(read, view->data + drop, take, NULL, view->pin);
        read->parts[read->count - 1].is_done = view->is_done;
        view->pin = NULL;
    }
}

static int read_stored(struct zip_member *member, const struct piece_range *range,
                       enum source_hint hint, struct zip_read *read, struct op *op)
{
    struct piece_views views = {.count = 0};
    int rc = member_find_data(member, range->piece, hint, op);

    if (!rc)
        rc = view_piece(member, range->piece, hint, &views, op);
    if (!rc)
        read_take_views(read, range, &views);
    release_views(member->archive, &views);
    return rc;
}

/* ---- members that are decoded ---- */

/* Makes the piece, which is not in the cache. Returns 0 and its entry, pinned; OP_PENDING or an
 * error. */
static int make_piece(struct zip_member *member, uint64_t piece, enum source_hint hint,
                      struct op *op, struct cache_entry **entry)
{
    int rc = member_find_data(member, piece, hint, op);

    if (rc)
        return rc;
    return member->entry->method == ZIP_METHOD_DEFLATED
               ? decoder_make_piece(member, piece, hint, op, entry)
               : libzip_make_piece(member, piece, op, entry);
}

static int read_decoded(struct zip_member *member, const struct piece_range *range,
                        enum source_hint hint, struct zip_read *read, struct op *op)
{
    int is_deflated = member->entry->method == ZIP_METHOD_DEFLATED;
    struct cache_entry *entry;
    int rc = member_find_piece(member, range->piece, &entry);

    if (!rc && !entry)
        rc = make_piece(member, range->piece, hint, op, &entry);
    if (rc)
        return rc;
    if (!is_deflated)
        libzip_found_piece(member, range->piece);
    read_add_part(read, entry->data + range->skip, range->len, entry, NULL);
    /* Whoever reads a whole piece goes forward, and the kernel's page cache has the piece now. */
    if (is_deflated && range->len == entry->len)
        read->parts[read->count - 1].use = CACHE_DONE;
    return 0;
}

/* ---- both ---- */

/* The next range of a read that ends at `end`. */
static struct piece_range next_range(const struct zip_member *member, uint64_t at, uint64_t end)
{
    struct piece_range range = {.piece = at / ZIP_PIECE, .skip = (uint32_t)(at % ZIP_PIECE)};

    range.len = zip_piece_len(member->entry->size, range.piece) - range.skip;
    if (range.len > end - at)
        range.len = (uint32_t)(end - at);
    return range;
}

int zip_member_read(struct zip_member *member, uint64_t offset, size_t len, enum source_hint hint,
                    struct zip_read *read, struct op *op)
{
    uint64_t size = member->entry->size;

    if (offset >= size || !len)
        return 0;
    if (member_note_reader(member))
        return -EIO;
    if (len > ZIP_READ_MAX)
        len = ZIP_READ_MAX;
    if (len > size - offset)
        len = (size_t)(size - offset);
    while (read->len < len) {
        struct piece_range range = next_range(member, offset + read->len, offset + len);
        int rc = member->entry->method == ZIP_METHOD_STORED
                     ? read_stored(member, &range, hint, read, op)
                     : read_decoded(member, &range, hint, read, op);

        if (rc)
            return rc;
    }
    /* Another reader may have found it damaged meanwhile. */
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

static int peek_stored(struct zip_member *member, struct zip_read *read)
{
    struct piece_range range = {.len = (uint32_t)member->entry->size};

    return !read_stored(member, &range, SOURCE_CACHED, read, NULL);
}

static int peek_decoded(struct zip_member *member, struct zip_read *read)
{
    const struct zip_archive *archive = member->archive;
    struct cache_entry *entry;

    if (!cache_has(archive->cache, archive->owner, piece_key(member, 0)) ||
        member_find_piece(member, 0, &entry) || !entry)
        return 0;
    read_add_part(read, entry->data, entry->len, entry, NULL);
    read->parts[0].use = CACHE_DONE;
    return 1;
}

int zip_member_peek(struct zip_member *member, struct zip_read *read)
{
    uint16_t method = member->entry->method;

    if (!member->entry->size || member->entry->size > ZIP_PIECE)
        return 0;
    if (method == ZIP_METHOD_STORED ? !peek_stored(member, read)
                                    : method != ZIP_METHOD_DEFLATED || !peek_decoded(member, read))
        return 0;
    if (!member_note_reader(member))
        return 1;
    zip_read_release(member->archive, read);
    return 0;
}

int zip_member_may_be_here(const struct zip_archive *archive, uint32_t index)
{
    return archive->dir->entries[index].method == ZIP_METHOD_STORED ||
           cache_has(archive->cache, archive->owner, entry_piece_key(index, 0));
}

void zip_read_release(const struct zip_archive *archive, struct zip_read *read)
{
    for (unsigned i = 0; i < read->count; i++) {
        struct source_view view = {.pin = read->parts[i].pin, .is_done = read->parts[i].is_done};

        if (read->parts[i].entry)
            cache_unpin(archive->cache, read->parts[i].entry, read->parts[i].use);
        else
            source_release(archive->source, &view);
    }
    read->count = 0;
    read->len = 0;
}

uint64_t zip_member_consumed(struct zip_member *member)
{
    return decoder_consumed(member);
}

int zip_member_note_piece(struct zip_member *member, uint64_t piece, uint32_t crc)
{
    return member_note_crc(member, piece, crc);
}

int zip_member_save_state(struct zip_member *member, uint64_t offset, uint8_t **bytes, size_t *len)
{
    return offset ? checkpoint_export(member, offset, bytes, len) : -ENOENT;
}

int zip_member_load_state(struct zip_member *member, uint64_t offset, const uint8_t *bytes,
                          size_t len)
{
    return checkpoint_import(member, offset, bytes, len);
}
