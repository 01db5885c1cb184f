/*
 * A member made of the input as raw deflate data, read piece by piece in an order of the input's
 * choice through a source that hands out small blocks and pends for each; zlib's inflate is the
 * oracle: the same bytes, or an error of both. Where zlib refuses the codes of a block, which may be
 * for more than RFC 1951 asks, plain_inflate.h is. abort() is a finding.
 *
 * The input's first four bytes: size of a block, order, and what the directory says wrongly.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "pending_source.h"
#include "plain_inflate.h"
#include "zip/check.h"
#include "zip/inflate.h"
#include "zip/member.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_MAX (5u * ZIP_PIECE + 1000)

enum lie { LIE_NONE, LIE_CRC, LIE_LONGER, LIE_SHORTER, LIE_COUNT };

static uint8_t expected[OUT_MAX + 1], plain[OUT_MAX + 1];
static struct stats stats;
static struct cache *cache;
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

    reader->rc = zip_member_read(reader->member, reader->offset, reader->len, &reader->read, op);
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

static void set_up(void)
{
    if (executor)
        return;
    log_setup((enum log_level) - 1);
    executor = executor_create(1);
    cache = cache_create(64u << 20, &stats);
    REQUIRE(executor && cache);
}

/* Returns how many bytes the data gives (at most OUT_MAX + 1); *is_whole: and then ends well. */
static size_t oracle(const uint8_t *data, size_t size, int *is_whole)
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

static int read_piece(const struct zip_archive *archive, struct zip_member *member, uint64_t piece,
                      uint64_t whole)
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
        REQUIRE(reader.read.parts[i].len <= whole - at);
        REQUIRE(memcmp(reader.read.parts[i].data, expected + at, reader.read.parts[i].len) == 0);
        at += reader.read.parts[i].len;
    }
    if (reader.rc == 0)
        REQUIRE(at - reader.offset == zip_piece_len(zip_member_size(member), piece));
    zip_read_release(archive, &reader.read);
    return reader.rc;
}

/* Reads every piece, beginning with one and going on in steps; 0 or the first error. */
static int read_all(const struct zip_archive *archive, struct zip_member *member, uint8_t order,
                    uint64_t whole)
{
    uint64_t count = zip_piece_count(zip_member_size(member)), step = order / 8 % count + 1;
    int rc = 0;

    while (count % step == 0 && step > 1) /* coprime, for counts up to 6: all are met */
        step--;
    if (count == 6 && step == 4)
        step = 5;
    for (uint64_t i = 0; i < count; i++) {
        int error = read_piece(archive, member, (order + i * step) % count, whole);

        rc = rc ? rc : error;
        if (rc)
            REQUIRE(zip_member_is_damaged(member) && error == -EIO);
    }
    return rc;
}

static void test_member(const uint8_t *data, size_t size, const uint8_t *head)
{
    int is_whole, rc;
    size_t made = oracle(data, size, &is_whole);
    enum lie lie = (enum lie)(head[2] % (2 * LIE_COUNT));
    struct zip_entry entry = {.header_offset = 0, .method = ZIP_METHOD_DEFLATED};
    struct zip_directory dir = {.entries = &entry, .count = 1, .ascending = 1};
    struct pending_source source;
    struct zip_archive archive = {.dir = &dir,
                                  .source = &source.source,
                                  .cache = cache,
                                  .executor = executor,
                                  .blocking = executor,
                                  .owner = cache_new_owner(cache)};
    struct zip_member *member;
    char names[1] = "m";

    if (made > OUT_MAX)
        return;
    dir.names = names;
    dir.end.directory_offset = dir.object_size = ZIP_LOCAL_HEADER_SIZE + size;
    entry.compressed_size = size;
    entry.size = made;
    entry.crc32 = (uint32_t)crc32(0, expected, (uInt)made);
    if (lie >= LIE_COUNT)
        lie = LIE_NONE;
    if (lie == LIE_CRC)
        entry.crc32 ^= 1u << head[3] % 32;
    if (lie == LIE_LONGER)
        entry.size += 1 + head[3];
    if (lie == LIE_SHORTER && made)
        entry.size -= 1 + head[3] % made;
    if (!entry.size)
        return; /* nothing would be read */
    pending_source_init(&source, data, size, head[0] + 1u);
    rc = zip_member_open(&archive, 0, &member);
    if (rc) {
        REQUIRE(rc == -EIO && (!is_whole || lie));
    } else {
        rc = read_all(&archive, member, head[1], made);
        REQUIRE((rc == 0) == (is_whole && !lie));
        zip_member_unref(member);
    }
    REQUIRE(source.pins == 0);
    pending_source_free(&source);
    cache_drop(cache, archive.owner, 0, UINT64_MAX);
    REQUIRE(stats_get(&stats, STAT_CACHE_BYTES) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    if (size > 4)
        test_member(data + 4, size - 4, data);
    return 0;
}
