/*
 * Any bytes as an object of one member, with a directory that says any of it: the first bytes of
 * the input are the entry's fields, the rest is the object, local header and all. Whatever is
 * delivered lies within the member, and a second reader gets the same. abort() is a finding.
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/log.h"
#include "member/member.h"
#include "member/piece.h"
#include "op/sync.h"
#include "pending_source.h"
#include "zip/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD      24
#define SIZE_MOST (3u * ZIP_PIECE)

static struct stats stats;
static struct cache *cache;
static struct decoder_pool *decoders;
static struct executor *executor, *blocking;
static _Atomic int holders; /* passes of libzip that still know the archive */

struct reading {
    struct zip_member *member;
    uint64_t offset;
    struct zip_read read;
};

static int read_step(struct op *op, void *arg)
{
    struct reading *reading = arg;

    return zip_member_read(reading->member, reading->offset, ZIP_PIECE, SOURCE_SEQUENTIAL,
                           &reading->read, op);
}

static void hold(const struct zip_archive *archive)
{
    (void)archive;
    holders++;
}

static void drop(const struct zip_archive *archive)
{
    (void)archive;
    holders--;
}

static void set_up(void)
{
    if (executor)
        return;
    log_setup((enum log_level) - 1);
    executor = executor_create(1);
    blocking = executor_create(1);
    cache = cache_create(64u << 20, &stats);
    decoders = decoder_pool_create(cache);
    REQUIRE(decoders);
    REQUIRE(executor && blocking && cache);
}

/* Reads forward; returns the CRC of what came in *crc, and 0 or an error. */
static int read_all(const struct zip_archive *archive, struct zip_member *member, uint32_t *crc)
{
    uint64_t size = zip_member_size(member);

    *crc = 0;
    for (uint64_t at = 0; at < size;) {
        struct reading reading = {.member = member, .offset = at};
        int rc = op_run_sync(executor, 60000, read_step, &reading);
        uint64_t got = 0;

        for (unsigned i = 0; rc == 0 && i < reading.read.count; i++) {
            got += reading.read.parts[i].len;
            *crc = (uint32_t)crc32(*crc, reading.read.parts[i].data,
                                   (uInt)reading.read.parts[i].len);
        }
        zip_read_release(archive, &reading.read);
        if (rc)
            return rc;
        REQUIRE(got > 0 && got <= size - at);
        at += got;
    }
    return 0;
}

/* Read as a whole, it is the same, or nothing; of a member that was refused or found damaged,
 * nothing. */
static void test_whole(const struct zip_archive *archive, const struct zip_entry *entry,
                       int is_right, uint32_t crc)
{
    static uint8_t out[ZIP_PIECE];
    int rc = zip_member_read_whole(archive, 0, out);

    REQUIRE(rc == 0 || (rc == 1 && is_right && entry->size <= ZIP_PIECE));
    if (rc)
        REQUIRE(crc32(0, out, (uInt)entry->size) == crc);
}

static void test_member(const struct zip_archive *archive, const struct zip_entry *entry)
{
    struct zip_member *member;
    uint32_t crc, again;
    int rc = zip_member_open(archive, 0, &member);

    REQUIRE(rc == zip_member_can_open(archive, 0));
    if (rc) {
        test_whole(archive, entry, 0, 0);
        return;
    }
    rc = read_all(archive, member, &crc);
    REQUIRE(rc == 0 || rc == -EIO);
    if (rc == 0 && entry->size)
        REQUIRE(crc == entry->crc32);
    REQUIRE(zip_member_is_damaged(member) == (rc == -EIO));
    REQUIRE(read_all(archive, member, &again) == rc && (rc || again == crc));
    test_whole(archive, entry, rc == 0, crc);
    zip_member_unref(member);
}

static void test_object(const uint8_t *head, const uint8_t *bytes, size_t n)
{
    static const uint16_t methods[] = {0, 8, 8, 12, 14, 95, 93, 1};
    struct zip_entry entry = {
        .header_offset = head[0] & 1 ? head[1] : 0,
        .method = methods[head[2] % 8],
        .crc32 = zip_le32(bytes + 14),
        .local_name_len = zip_le16(head + 4),
        .flags = head[3] & (ZIP_ENTRY_DESCRIPTOR | ZIP_ENTRY_UTF8),
        .compressed_size = zip_le32(head + 8) % (n + 2),
        .size = zip_le32(head + 12) % SIZE_MOST,
    };
    struct zip_directory dir = {.entries = &entry, .count = 1, .ascending = head[0] >> 1 & 1};
    struct pending_source source;
    struct cache_owner owner;
    struct zip_archive archive = {.dir = &dir,
                                  .source = &source.source,
                                  .cache = cache,
                                  .decoders = decoders,
                                  .executor = executor,
                                  .blocking = blocking,
                                  .owner = &owner,
                                  .hold = hold,
                                  .drop = drop};
    char names[1] = "m";

    cache_owner_init(&owner);
    dir.names = names;
    dir.end.directory_offset = dir.object_size = n;
    if (entry.method == ZIP_METHOD_STORED)
        entry.size = entry.compressed_size;
    if (entry.header_offset > n - ZIP_LOCAL_HEADER_SIZE) /* as the directory's reader sees to */
        entry.header_offset = n - ZIP_LOCAL_HEADER_SIZE;
    pending_source_init(&source, bytes, n,
                        entry.method == ZIP_METHOD_STORED ? 65536 : head[6] + 1u);
    memcpy(source.bytes, bytes, n); /* the header is the input's own */
    source.source.size = n;
    source.may_decline = 1;
    test_member(&archive, &entry);
    while (holders)
        sched_yield();
    REQUIRE(source.pins == 0);
    pending_source_free(&source);
    cache_discard_all(cache, &owner);
    REQUIRE(stats_get(&stats, STAT_CACHE_BYTES) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    set_up();
    if (size > HEAD + ZIP_LOCAL_HEADER_SIZE)
        test_object(data, data + HEAD, size - HEAD);
    return 0;
}
