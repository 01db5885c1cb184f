/*
 * libzip reads from a source of ours that looks like an archive of this one member: the member's own
 * local header and data out of the real archive, and behind them a central directory and end records
 * made up here. So libzip never sees the rest of the archive, and its limits touch this member alone.
 *
 * Source of the records: PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16 and 4.5.3.
 */
#include "zip/foreign.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/clock.h"
#include "base/op_sync.h"

#define TIMEOUT_MS 60000          /* where the archive says none */
#define SLICE_MS   500            /* while libzip waits for input: is it still wanted? */
#define WANT       (1024u * 1024) /* bytes asked for at once */

/* central record with a name of one byte and a Zip64 extra field, Zip64 end record, its locator,
 * end record */
#define TRAILER (46 + 1 + 20 + 56 + 20 + 22)

struct foreign {
    struct zip_member *member; /* borrowed */
    int (*is_wanted)(struct zip_member *member);
    zip_t *zip;
    zip_file_t *file;
    uint64_t out; /* bytes decoded */
    /* The source: */
    uint64_t body; /* bytes of local header and data */
    uint8_t trailer[TRAILER];
    uint64_t at;
    int error; /* what the real source said, 0 nothing yet */
    zip_error_t zip_error;
};

int foreign_has_method(uint16_t method)
{
    return zip_compression_method_supported(method, 0);
}

static void put(uint8_t **to, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        *(*to)++ = (uint8_t)(value >> 8 * i);
}

static void make_trailer(struct foreign *foreign)
{
    const struct zip_entry *entry = foreign->member->entry;
    uint8_t *to = foreign->trailer;
    const uint64_t record = 46 + 1 + 20;

    put(&to, 0x02014b50, 4); /* central record */
    put(&to, 63, 2);
    put(&to, 63, 2);
    put(&to, 0, 2); /* flags */
    put(&to, entry->method, 2);
    put(&to, 0, 4); /* time and date */
    put(&to, entry->crc32, 4);
    put(&to, UINT32_MAX, 4);
    put(&to, UINT32_MAX, 4);
    put(&to, 1, 2);  /* name */
    put(&to, 20, 2); /* extra field */
    put(&to, 0, 8);  /* comment, disk, internal attributes, half of the external ones */
    put(&to, 0, 2);
    put(&to, 0, 4); /* offset of the local header */
    put(&to, 'm', 1);
    put(&to, 1, 2); /* Zip64 */
    put(&to, 16, 2);
    put(&to, entry->size, 8);
    put(&to, entry->compressed_size, 8);

    put(&to, 0x06064b50, 4); /* Zip64 end record */
    put(&to, 44, 8);
    put(&to, 63, 2);
    put(&to, 63, 2);
    put(&to, 0, 8); /* disks */
    put(&to, 1, 8);
    put(&to, 1, 8);
    put(&to, record, 8);
    put(&to, foreign->body, 8);
    put(&to, 0x07064b50, 4); /* its locator */
    put(&to, 0, 4);
    put(&to, foreign->body + record, 8);
    put(&to, 1, 4);
    put(&to, 0x06054b50, 4); /* end record */
    put(&to, 0, 4);
    put(&to, 1, 2);
    put(&to, 1, 2);
    put(&to, record, 4);
    put(&to, UINT32_MAX, 4);
    put(&to, 0, 2);
}

struct view_request {
    struct foreign *foreign;
    uint64_t offset, want;
    struct source_view view;
};

static int view_step(struct op *op, void *arg)
{
    struct view_request *request = arg;

    return source_view(request->foreign->member->archive->source, request->offset, request->want,
                       SOURCE_SEQUENTIAL, &request->view, op);
}

/* Views what the request says. Blocks until it is here, the source fails or is too slow, or nobody
 * wants the piece any more. */
static int wait_for_view(struct foreign *foreign, struct view_request *request)
{
    const struct zip_archive *archive = foreign->member->archive;
    int64_t end = clock_ms() + (archive->timeout_ms ? archive->timeout_ms : TIMEOUT_MS);

    for (;;) {
        int64_t now = clock_ms(), slice = end - now < SLICE_MS ? end - now : SLICE_MS;
        int rc;

        if (!foreign->is_wanted(foreign->member))
            return -ECANCELED;
        rc = op_run_sync_from(archive->executor, archive->blocking, slice, view_step, request);
        if (rc != -ETIMEDOUT || clock_ms() < now + slice || clock_ms() >= end)
            return rc;
    }
}

/* Reads at foreign->at within the body. Returns the count, or -1 with foreign->error. */
static zip_int64_t read_body(struct foreign *foreign, uint8_t *out, uint64_t len)
{
    uint64_t left = foreign->body - foreign->at;
    struct view_request request = {.foreign = foreign,
                                   .offset = foreign->member->entry->header_offset + foreign->at,
                                   .want = left < WANT ? left : WANT};
    int rc = wait_for_view(foreign, &request);

    if (rc) {
        foreign->error = rc;
        zip_error_set(&foreign->zip_error, ZIP_ER_READ, -rc);
        return -1;
    }
    if (len > left)
        len = left;
    if (len > request.view.len)
        len = request.view.len;
    memcpy(out, request.view.data, (size_t)len);
    source_release(foreign->member->archive->source, &request.view);
    return (zip_int64_t)len;
}

static zip_int64_t read_some(struct foreign *foreign, void *out, uint64_t len)
{
    zip_int64_t n;

    if (foreign->at >= foreign->body + TRAILER)
        return 0;
    if (foreign->at < foreign->body) {
        n = read_body(foreign, out, len);
    } else {
        uint64_t skip = foreign->at - foreign->body;

        n = (zip_int64_t)(len < TRAILER - skip ? len : TRAILER - skip);
        memcpy(out, foreign->trailer + skip, (size_t)n);
    }
    if (n > 0)
        foreign->at += (uint64_t)n;
    return n;
}

static zip_int64_t give_stat(struct foreign *foreign, void *data)
{
    zip_stat_t *stat = data;

    zip_stat_init(stat);
    stat->size = foreign->body + TRAILER;
    stat->valid = ZIP_STAT_SIZE;
    return sizeof(*stat);
}

static zip_int64_t source_callback(void *arg, void *data, zip_uint64_t len,
                                   zip_source_cmd_t command)
{
    struct foreign *foreign = arg;
    zip_int64_t at;

    switch (command) {
    case ZIP_SOURCE_OPEN:
        foreign->at = 0;
        return 0;
    case ZIP_SOURCE_READ:
        return read_some(foreign, data, len);
    case ZIP_SOURCE_SEEK:
        at = zip_source_seek_compute_offset(foreign->at, foreign->body + TRAILER, data, len,
                                            &foreign->zip_error);
        if (at < 0)
            return -1;
        foreign->at = (uint64_t)at;
        return 0;
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)foreign->at;
    case ZIP_SOURCE_STAT:
        return give_stat(foreign, data);
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&foreign->zip_error, data, len);
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
    default:
        zip_error_set(&foreign->zip_error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

void foreign_free(struct foreign *foreign)
{
    if (!foreign)
        return;
    if (foreign->file)
        zip_fclose(foreign->file);
    if (foreign->zip)
        zip_discard(foreign->zip);
    cache_discharge(foreign->member->archive->cache, FOREIGN_COST);
    zip_error_fini(&foreign->zip_error);
    free(foreign);
}

/* A lack of memory is no damage. */
static void note_memory(struct foreign *foreign, const zip_error_t *error)
{
    if (!foreign->error && zip_error_code_zip(error) == ZIP_ER_MEMORY)
        foreign->error = -ENOMEM;
}

struct foreign *foreign_open(struct zip_member *member, int (*is_wanted)(struct zip_member *member))
{
    struct foreign *foreign = calloc(1, sizeof(*foreign));
    zip_source_t *source;
    zip_error_t error;

    if (!foreign)
        return NULL;
    cache_charge(member->archive->cache, FOREIGN_COST);
    foreign->member = member;
    foreign->is_wanted = is_wanted;
    foreign->body = member->data_offset - member->entry->header_offset +
                    member->entry->compressed_size;
    make_trailer(foreign);
    zip_error_init(&foreign->zip_error);
    zip_error_init(&error);
    source = zip_source_function_create(source_callback, foreign, &error);
    if (source) {
        foreign->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
        if (!foreign->zip)
            zip_source_free(source);
    }
    note_memory(foreign, &error);
    if (foreign->zip && !(foreign->file = zip_fopen_index(foreign->zip, 0, 0)))
        note_memory(foreign, zip_get_error(foreign->zip));
    zip_error_fini(&error);
    return foreign;
}

uint64_t foreign_place(const struct foreign *foreign)
{
    return foreign->out;
}

int foreign_next_piece(struct foreign *foreign, struct cache_entry **entry)
{
    struct zip_member *member = foreign->member;
    uint64_t piece = foreign->out / ZIP_PIECE;
    uint32_t len = zip_piece_len(member->entry->size, piece), fill = 0;
    uint8_t *bytes, beyond;

    *entry = NULL;
    if (!foreign->file)
        return foreign->error ? foreign->error : member_spoiled(member, "libzip can't open it");
    bytes = malloc(len);
    if (!bytes)
        return -ENOMEM;
    while (fill < len) {
        zip_int64_t n = zip_fread(foreign->file, bytes + fill, len - fill);

        if (n <= 0) {
            free(bytes);
            note_memory(foreign, zip_file_get_error(foreign->file));
            return foreign->error ? foreign->error
                                  : member_spoiled(member, "libzip can't decode it");
        }
        fill += (uint32_t)n;
    }
    foreign->out += len;
    if (foreign->out == member->entry->size && zip_fread(foreign->file, &beyond, 1) > 0) {
        free(bytes);
        return member_spoiled(member, "it is longer than the directory says");
    }
    return member_put_piece(member, piece, bytes, entry);
}
