/*
 * Reading a small member as a whole, without opening it. Thousands of small files have little in
 * each, so that the locks and the memory of an open member cost as much as decoding it.
 */
#include <string.h>

#include "member/inflate.h"
#include "member/member.h"
#include "zip/local_header.h"

/* A place in the member's data, which is in the source's cache. */
struct whole {
    const struct zip_archive *archive;
    const struct zip_entry *entry;
    uint64_t at;             /* offset of the next byte */
    uint64_t end;            /* of the data */
    struct source_view view; /* begins at `at`; nothing is left of it when `len` is 0 */
};

/* Has bytes at `whole->at` in view. Returns 1, or 0 when they are not here. */
static int look(struct whole *whole)
{
    struct source *source = whole->archive->source;

    if (whole->view.len)
        return 1;
    source_release(source, &whole->view);
    return !source_view(source, whole->at, 1, SOURCE_CACHED, &whole->view, NULL);
}

/* Passes `n` bytes of the view. */
static void pass(struct whole *whole, size_t n)
{
    whole->view.data += n;
    whole->view.len -= n;
    whole->at += n;
}

/* Finds the data behind the local header, which has to be in one view with its first bytes. */
static int find_data(struct whole *whole, uint64_t limit)
{
    uint64_t data;

    if (!look(whole) ||
        zip_local_header_parse(whole->view.data, whole->view.len, whole->entry, limit, &data))
        return 0;
    if (data - whole->at > whole->view.len)
        return 0;
    pass(whole, (size_t)(data - whole->at));
    whole->end = data + whole->entry->compressed_size;
    return 1;
}

/* The bytes of the data that are in view; 0 at its end, or when there are none here. */
static size_t in_view(struct whole *whole)
{
    uint64_t left = whole->end - whole->at;

    if (!left || !look(whole))
        return 0;
    return whole->view.len < left ? whole->view.len : (size_t)left;
}

static int copy_stored(struct whole *whole, uint8_t *out)
{
    size_t n;

    while ((n = in_view(whole))) {
        memcpy(out, whole->view.data, n);
        out += n;
        pass(whole, n);
    }
    return whole->at == whole->end;
}

/* Returns 1 if the stream ends, and has exactly the bytes that the directory says. */
static int decode(struct whole *whole, struct inflater *inflater, uint8_t *out)
{
    size_t left = (size_t)whole->entry->size, used, made = 0;
    uint8_t beyond;
    int rc = 0;

    while (!rc) {
        size_t n = in_view(whole);

        if (!n && whole->at < whole->end)
            return 0;
        rc = inflater_run(inflater, whole->view.data, n, &used, left ? out : &beyond,
                          left ? left : 1, &made);
        if (!rc && !used && !made)
            return 0;
        if (made > left)
            return 0;
        pass(whole, used);
        out += made;
        left -= made;
    }
    return rc == 1 && !left;
}

static int read_data(struct whole *whole, uint8_t *out)
{
    struct decoder_pool *pool = whole->archive->decoders;
    struct inflater *inflater;
    int is_right;

    if (whole->entry->method == ZIP_METHOD_STORED)
        return whole->entry->compressed_size == whole->entry->size && copy_stored(whole, out);
    inflater = decoder_pool_new_inflater(pool);
    if (!inflater)
        return 0;
    is_right = decode(whole, inflater, out);
    decoder_pool_free_inflater(pool, inflater);
    return is_right;
}

int zip_member_read_whole(const struct zip_archive *archive, uint32_t index, uint8_t *out)
{
    const struct zip_entry *entry = &archive->dir->entries[index];
    struct whole whole = {.archive = archive, .entry = entry, .at = entry->header_offset};
    int is_right;

    if (entry->size > ZIP_PIECE || zip_member_can_open(archive, index) ||
        (entry->method != ZIP_METHOD_STORED && entry->method != ZIP_METHOD_DEFLATED))
        return 0;
    if (!entry->size)
        return 1;
    is_right = find_data(&whole, zip_entry_limit(archive->dir, index)) && read_data(&whole, out);
    source_release(archive->source, &whole.view);
    return is_right && zip_crc32(0, out, (size_t)entry->size) == entry->crc32;
}
