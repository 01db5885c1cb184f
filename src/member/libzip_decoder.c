/*
 * libzip reads from a custom source that looks like an archive of this one member: the local header
 * and data of the real archive, followed by a central directory and end records that are generated
 * here. libzip never sees the rest of the archive, so its limits concern this member alone.
 *
 * Source of the records: PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16 and 4.5.3.
 */
#include "member/libzip_decoder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/clock.h"
#include "member/pieces.h"
#include "op/sync.h"

#define TIMEOUT_MS 60000          /* where the archive has none */
#define SLICE_MS   500            /* between two looks whether the piece is still wanted */
#define WANT       (1024u * 1024) /* bytes asked for together */

/* central record with a name of one byte and a Zip64 extra field, Zip64 end record, its locator,
 * end record */
#define TRAILER (46 + 1 + 20 + 56 + 20 + 22)

struct libzip_decoder {
    struct pooled_decoder pooled;
    struct zip_member *member; /* borrowed */
    int (*is_wanted)(struct zip_member *member);
    zip_t *zip;
    zip_file_t *file;
    uint64_t out; /* bytes decoded */
    /* The source: */
    uint64_t body; /* bytes of local header and data */
    uint8_t trailer[TRAILER];
    uint64_t at;
    int error; /* of the real source; 0 none so far */
    zip_error_t zip_error;
};

const char *libzip_version(void)
{
    return zip_libzip_version();
}

int libzip_has_method(uint16_t method)
{
    return zip_compression_method_supported(method, 0);
}

static void put_number(uint8_t **to, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *(*to)++ = (uint8_t)(value >> 8 * i);
}

static void make_trailer(struct libzip_decoder *decoder)
{
    const struct zip_entry *entry = decoder->member->entry;
    uint8_t *to = decoder->trailer;
    const uint64_t record = 46 + 1 + 20;

    put_number(&to, 0x02014b50, 4); /* central record */
    put_number(&to, 63, 2);
    put_number(&to, 63, 2);
    put_number(&to, 0, 2); /* flags */
    put_number(&to, entry->method, 2);
    put_number(&to, 0, 4); /* time and date */
    put_number(&to, entry->crc32, 4);
    put_number(&to, UINT32_MAX, 4);
    put_number(&to, UINT32_MAX, 4);
    put_number(&to, 1, 2);  /* name */
    put_number(&to, 20, 2); /* extra field */
    put_number(&to, 0, 8);  /* comment, disk, internal attributes, half of the external ones */
    put_number(&to, 0, 2);
    put_number(&to, 0, 4); /* offset of the local header */
    put_number(&to, 'm', 1);
    put_number(&to, 1, 2); /* Zip64 */
    put_number(&to, 16, 2);
    put_number(&to, entry->size, 8);
    put_number(&to, entry->compressed_size, 8);

    put_number(&to, 0x06064b50, 4); /* Zip64 end record */
    put_number(&to, 44, 8);
    put_number(&to, 63, 2);
    put_number(&to, 63, 2);
    put_number(&to, 0, 8); /* disks */
    put_number(&to, 1, 8);
    put_number(&to, 1, 8);
    put_number(&to, record, 8);
    put_number(&to, decoder->body, 8);
    put_number(&to, 0x07064b50, 4); /* its locator */
    put_number(&to, 0, 4);
    put_number(&to, decoder->body + record, 8);
    put_number(&to, 1, 4);
    put_number(&to, 0x06054b50, 4); /* end record */
    put_number(&to, 0, 4);
    put_number(&to, 1, 2);
    put_number(&to, 1, 2);
    put_number(&to, record, 4);
    put_number(&to, UINT32_MAX, 4);
    put_number(&to, 0, 2);
}

struct view_request {
    struct libzip_decoder *decoder;
    uint64_t offset, want;
    struct source_view view;
};

static int on_view_step(struct op *op, void *arg)
{
    struct view_request *request = arg;

    return source_view(request->decoder->member->archive->source, request->offset, request->want,
                       SOURCE_SEQUENTIAL, &request->view, op);
}

/* Views the bytes of the request. Blocks until they are here, the source fails or is too slow, or
 * nobody wants the piece any more. */
static int wait_for_view(struct libzip_decoder *decoder, struct view_request *request)
{
    const struct zip_archive *archive = decoder->member->archive;
    int64_t end = clock_ms() + (archive->timeout_ms ? archive->timeout_ms : TIMEOUT_MS);

    for (;;) {
        int64_t now = clock_ms(), slice = end - now < SLICE_MS ? end - now : SLICE_MS;
        int rc;

        if (!decoder->is_wanted(decoder->member))
            return -ECANCELED;
        rc = op_run_sync_from(archive->executor, archive->blocking, slice, on_view_step, request);
        if (rc != -ETIMEDOUT || clock_ms() < now + slice || clock_ms() >= end)
            return rc;
    }
}

/* Reads at decoder->at within the body. Returns the count, or -1 with decoder->error. */
static zip_int64_t source_read_body(struct libzip_decoder *decoder, uint8_t *out, uint64_t len)
{
    uint64_t left = decoder->body - decoder->at;
    struct view_request request = {.decoder = decoder,
                                   .offset = decoder->member->entry->header_offset + decoder->at,
                                   .want = left < WANT ? left : WANT};
    int rc = wait_for_view(decoder, &request);

    if (rc) {
        decoder->error = rc;
        zip_error_set(&decoder->zip_error, ZIP_ER_READ, -rc);
        return -1;
    }
    if (len > left)
        len = left;
    if (len > request.view.len)
        len = request.view.len;
    memcpy(out, request.view.data, (size_t)len);
    source_release(decoder->member->archive->source, &request.view);
    return (zip_int64_t)len;
}

static zip_int64_t source_read_some(struct libzip_decoder *decoder, void *out, uint64_t len)
{
    zip_int64_t n;

    if (decoder->at >= decoder->body + TRAILER)
        return 0;
    if (decoder->at < decoder->body) {
        n = source_read_body(decoder, out, len);
    } else {
        uint64_t skip = decoder->at - decoder->body;

        n = (zip_int64_t)(len < TRAILER - skip ? len : TRAILER - skip);
        memcpy(out, decoder->trailer + skip, (size_t)n);
    }
    if (n > 0)
        decoder->at += (uint64_t)n;
    return n;
}

static zip_int64_t source_stat(struct libzip_decoder *decoder, void *data)
{
    zip_stat_t *stat = data;

    zip_stat_init(stat);
    stat->size = decoder->body + TRAILER;
    stat->valid = ZIP_STAT_SIZE;
    return sizeof(*stat);
}

static zip_int64_t on_source_command(void *arg, void *data, zip_uint64_t len,
                                     zip_source_cmd_t command)
{
    struct libzip_decoder *decoder = arg;
    zip_int64_t at;

    switch (command) {
    case ZIP_SOURCE_OPEN:
        decoder->at = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return source_read_some(decoder, data, len);
    case ZIP_SOURCE_SEEK:
        at = zip_source_seek_compute_offset(decoder->at, decoder->body + TRAILER, data, len,
                                            &decoder->zip_error);
        if (at < 0)
            return -1;
        decoder->at = (uint64_t)at;
        return 0;
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)decoder->at;
    case ZIP_SOURCE_STAT:
        return source_stat(decoder, data);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&decoder->zip_error, data, len);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
    default:
        zip_error_set(&decoder->zip_error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

void libzip_decoder_free(struct libzip_decoder *decoder)
{
    if (!decoder)
        return;
    if (decoder->file)
        zip_fclose(decoder->file);
    if (decoder->zip)
        zip_discard(decoder->zip);
    zip_error_fini(&decoder->zip_error);
    free(decoder);
}

/* Running out of memory is no damage of the member. */
static void note_memory_error(struct libzip_decoder *decoder, const zip_error_t *error)
{
    if (!decoder->error && zip_error_code_zip(error) == ZIP_ER_MEMORY)
        decoder->error = -ENOMEM;
}

struct libzip_decoder *libzip_decoder_open(struct zip_member *member,
                                           int (*is_wanted)(struct zip_member *member))
{
    struct libzip_decoder *decoder = calloc(1, sizeof(*decoder));
    zip_source_t *source;
    zip_error_t error;

    if (!decoder)
        return NULL;
    decoder->member = member;
    decoder->is_wanted = is_wanted;
    decoder->body = member->data_offset - member->entry->header_offset +
                    member->entry->compressed_size;
    make_trailer(decoder);
    zip_error_init(&decoder->zip_error);
    zip_error_init(&error);
    source = zip_source_function_create(on_source_command, decoder, &error);
    if (source) {
        decoder->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
        if (!decoder->zip)
            zip_source_free(source);
    }
    note_memory_error(decoder, &error);
    if (decoder->zip && !(decoder->file = zip_fopen_index(decoder->zip, 0, 0)))
        note_memory_error(decoder, zip_get_error(decoder->zip));
    zip_error_fini(&error);
    return decoder;
}

struct pooled_decoder *libzip_decoder_pooled(struct libzip_decoder *decoder)
{
    return &decoder->pooled;
}

struct libzip_decoder *libzip_decoder_of(struct pooled_decoder *pooled)
{
    return container_of(pooled, struct libzip_decoder, pooled);
}

struct zip_member *libzip_decoder_member(const struct libzip_decoder *decoder)
{
    return decoder->member;
}

uint64_t libzip_decoder_place(const struct libzip_decoder *decoder)
{
    return decoder->out;
}

/* Decodes `len` bytes. Returns 0, -EIO when the member is damaged, or an error of the source. */
static int decode_bytes(struct libzip_decoder *decoder, uint8_t *bytes, uint32_t len)
{
    uint32_t fill = 0;

    while (fill < len) {
        zip_int64_t n = zip_fread(decoder->file, bytes + fill, len - fill);

        if (n <= 0) {
            note_memory_error(decoder, zip_file_get_error(decoder->file));
            return decoder->error ? decoder->error
                                  : member_mark_damaged(decoder->member, "libzip can't decode it");
        }
        fill += (uint32_t)n;
    }
    return 0;
}

/* Checks that nothing follows the last piece. */
static int check_end(struct libzip_decoder *decoder)
{
    uint8_t beyond;

    if (zip_fread(decoder->file, &beyond, 1) > 0)
        return member_mark_damaged(decoder->member, "it is longer than the directory says");
    return 0;
}

int libzip_decoder_next_piece(struct libzip_decoder *decoder, struct cache_entry **entry)
{
    struct zip_member *member = decoder->member;
    uint64_t piece = decoder->out / ZIP_PIECE;
    uint32_t len = zip_piece_len(member->entry->size, piece);
    uint8_t *bytes;
    int rc;

    *entry = NULL;
    if (!decoder->file)
        return decoder->error ? decoder->error
                              : member_mark_damaged(member, "libzip can't open it");
    bytes = malloc(len);
    if (!bytes)
        return -ENOMEM;
    rc = decode_bytes(decoder, bytes, len);
    if (!rc) {
        decoder->out += len;
        rc = decoder->out == member->entry->size ? check_end(decoder) : 0;
    }
    if (rc) {
        free(bytes);
        return rc;
    }
    return member_put_piece(member, piece, bytes, entry);
}
