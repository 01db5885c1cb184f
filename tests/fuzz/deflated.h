/*
 * For fuzz targets: an archive of one member, made of any bytes as raw deflate data, behind a
 * source that hands out small blocks and pends for each; what is read of it is compared with what
 * zlib's inflate gives. Where zlib refuses the codes of a block, which may be for more than RFC
 * 1951 asks, plain_inflate.h is the oracle.
 */
#ifndef TASKFS_DEFLATED_H
#define TASKFS_DEFLATED_H

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "member/inflate.h"
#include "member/member.h"
#include "member/piece.h"
#include "pending_source.h"
#include "plain_inflate.h"

#define OUT_MAX (5u * ZIP_PIECE + 1000)

/* What the directory says wrongly. */
enum lie { LIE_NONE, LIE_CRC, LIE_LONGER, LIE_SHORTER, LIE_COUNT };

struct deflated {
    struct zip_archive archive;
    struct cache_owner owner;
    struct zip_directory dir;
    struct zip_entry entry;
    struct pending_source source;
    char names[1];
    size_t made; /* bytes that the data gives */
    int is_good; /* they are what the directory says */
};

static uint8_t expected[OUT_MAX + 1], plain[OUT_MAX + 1];
static struct stats stats;
static struct cache *cache;
static struct decoder_pool *decoders;
static struct executor *executor;

struct reader {
    struct op op;
    struct zip_member *member;
    uint64_t offset;
    size_t len;
    struct zip_read read;
    int rc;
    int is_over;
};

static int reader_step(struct op *op)
{
    struct reader *reader = container_of(op, struct reader, op);

    reader->rc = zip_member_read(reader->member, reader->offset, reader->len, SOURCE_SEQUENTIAL,
                                 &reader->read, op);
    return reader->rc;
}

static void reader_fail(struct op *op, int error)
{
    container_of(op, struct reader, op)->rc = error;
}

static void reader_release(struct op *op)
{
    container_of(op, struct reader, op)->is_over = 1;
}

static const struct op_type reader_type = {
    .step = reader_step, .fail = reader_fail, .release = reader_release};

static inline void deflated_set_up(void)
{
    if (executor)
        return;
    log_setup((enum log_level) - 1);
    executor = executor_create(1);
    cache = cache_create(64u << 20, &stats);
    decoders = decoder_pool_create(cache);
    REQUIRE(decoders);
    REQUIRE(executor && cache);
}

/* Returns how many bytes the data gives (at most OUT_MAX + 1); *is_whole: and then ends well. */
static inline size_t oracle(const uint8_t *data, size_t size, int *is_whole)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)data,
                       .avail_in = (uInt)size,
                       .next_out = expected,
                       .avail_out = sizeof(expected)};
    size_t made;

    REQUIRE(inflateInit2(&stream, -15) == Z_OK);
    *is_whole = inflate(&stream, Z_SYNC_FLUSH) == Z_STREAM_END;
    made = sizeof(expected) - stream.avail_out;
    if (stream.msg && strstr(stream.msg, " set")) {
        size_t more = plain_inflate(data, size, plain, sizeof(plain), is_whole);

        REQUIRE(more >= made && memcmp(plain, expected, made) == 0);
        memcpy(expected, plain, more);
        made = more;
    }
    inflateEnd(&stream);
    return made;
}

/* Reads a piece, of which every byte is right. Returns 0 or an error. */
static inline int deflated_read(const struct deflated *deflated, struct zip_member *member,
                                uint64_t piece)
{
    struct reader reader = {.op = {.type = &reader_type, .deadline = CLOCK_NEVER},
                            .member = member,
                            .offset = piece * ZIP_PIECE,
                            .len = ZIP_PIECE};
    size_t at = (size_t)reader.offset;

    op_start(executor, &reader.op);
    REQUIRE(reader.is_over);
    REQUIRE(reader.rc <= 0);
    for (unsigned i = 0; reader.rc == 0 && i < reader.read.count; i++) {
        REQUIRE(reader.read.parts[i].len <= deflated->made - at);
        REQUIRE(memcmp(reader.read.parts[i].data, expected + at, reader.read.parts[i].len) == 0);
        at += reader.read.parts[i].len;
    }
    if (reader.rc == 0)
        REQUIRE(at - reader.offset == zip_piece_len(zip_member_size(member), piece));
    zip_read_release(&deflated->archive, &reader.read);
    return reader.rc;
}

/* Returns 0 when nothing would be read of it. */
static inline int deflated_init(struct deflated *deflated, const uint8_t *data, size_t size,
                                size_t block, uint8_t lie, uint8_t by)
{
    struct zip_entry *entry = &deflated->entry;
    int is_whole;
    size_t made = oracle(data, size, &is_whole);

    if (made > OUT_MAX)
        return 0;
    memset(deflated, 0, sizeof(*deflated));
    lie %= 2 * LIE_COUNT;
    if (lie >= LIE_COUNT)
        lie = LIE_NONE;
    entry->method = ZIP_METHOD_DEFLATED;
    entry->compressed_size = size;
    entry->size = made;
    entry->crc32 = (uint32_t)crc32(0, expected, (uInt)made);
    if (lie == LIE_CRC)
        entry->crc32 ^= 1u << by % 32;
    if (lie == LIE_LONGER)
        entry->size += 1 + by;
    if (lie == LIE_SHORTER && made)
        entry->size -= 1 + by % made;
    if (!entry->size)
        return 0;
    deflated->made = made;
    deflated->is_good = is_whole && !lie;
    deflated->names[0] = 'm';
    deflated->dir.entries = entry;
    deflated->dir.count = 1;
    deflated->dir.ascending = 1;
    deflated->dir.names = deflated->names;
    deflated->dir.end.directory_offset = ZIP_LOCAL_HEADER_SIZE + size;
    deflated->dir.object_size = deflated->dir.end.directory_offset;
    pending_source_init(&deflated->source, data, size, block);
    deflated->archive.dir = &deflated->dir;
    deflated->archive.source = &deflated->source.source;
    deflated->archive.cache = cache;
    deflated->archive.decoders = decoders;
    deflated->archive.executor = executor;
    deflated->archive.blocking = executor;
    cache_owner_init(&deflated->owner);
    deflated->archive.owner = &deflated->owner;
    return 1;
}

static inline void deflated_free(struct deflated *deflated)
{
    REQUIRE(deflated->source.pins == 0);
    pending_source_free(&deflated->source);
    cache_discard_all(cache, deflated->archive.owner);
    REQUIRE(stats_get(&stats, STAT_CACHE_BYTES) == 0);
}

#endif
