/*
 * A deflated member of 5 GiB of zeros with a line of text behind the first 4 GiB: counters of 32
 * bits in a decoder must not show. Smaller, and without that, where a sanitizer makes it slow.
 */
#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "member/piece.h"
#include "support/made_archive.h"
#include "test.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FACTOR 1u
#else
#define FACTOR 64u
#endif

#define MIB    (1024u * 1024)
#define CHUNK  (16u * MIB)
#define BEFORE (4 * FACTOR) /* chunks of zeros */
#define AFTER  FACTOR

static const char text[] = "behind the first 4 GiB";
#define TEXT_AT ((uint64_t)BEFORE * CHUNK)
#define SIZE    (TEXT_AT + sizeof(text) + (uint64_t)AFTER * CHUNK)

struct stream {
    uint8_t *bytes;
    size_t n;
    uint32_t crc;
};

/* Deflates so that it can be followed by anything: ends on a byte, without a final block. */
static size_t deflate_chunk(const void *in, size_t in_len, uint8_t *out, size_t room)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)in,
                       .avail_in = (uInt)in_len,
                       .next_out = out,
                       .avail_out = (uInt)room};

    if (deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&stream, Z_FULL_FLUSH) != Z_OK || stream.avail_in)
        abort();
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static void append(struct stream *stream, const uint8_t *chunk, size_t n, unsigned times,
                   uint32_t crc, uint64_t out_len)
{
    while (times--) {
        memcpy(stream->bytes + stream->n, chunk, n);
        stream->n += n;
        stream->crc = (uint32_t)crc32_combine64(stream->crc, crc, (z_off64_t)out_len);
    }
}

static void make_stream(struct stream *stream)
{
    uint8_t *zeros = calloc(1, CHUNK), *chunk = malloc(100000), words[200];
    size_t n, words_n;

    if (!zeros || !chunk)
        abort();
    n = deflate_chunk(zeros, CHUNK, chunk, 100000);
    words_n = deflate_chunk(text, sizeof(text), words, sizeof(words));
    stream->n = 0;
    stream->crc = 0;
    stream->bytes = malloc(n * (BEFORE + AFTER) + 300);
    if (!stream->bytes)
        abort();
    append(stream, chunk, n, BEFORE, (uint32_t)crc32(0, zeros, CHUNK), CHUNK);
    append(stream, words, words_n, 1, (uint32_t)crc32(0, (const Bytef *)text, sizeof(text)),
           sizeof(text));
    append(stream, chunk, n, AFTER, (uint32_t)crc32(0, zeros, CHUNK), CHUNK);
    memcpy(stream->bytes + stream->n, "\3\0", 2); /* a final block of nothing */
    stream->n += 2;
    free(zeros);
    free(chunk);
}

TEST(member_over_4_gib)
{
    struct stream stream;
    static struct made_archive made;
    struct zip_member *member;
    uint8_t *zeros = calloc(1, ZIP_READ_MAX + 100);
    /* as if the content began just before the text */
    const uint8_t *content;
    int rc = 0;

    CHECK(zeros);
    make_stream(&stream);
    made_init_raw(&made, stream.bytes, stream.n, SIZE, stream.crc, 32 * MIB);
    free(stream.bytes);
    member = made_open(&made);
    for (uint64_t at = 0; at < SIZE && !rc; at += ZIP_READ_MAX) {
        int is_zero = at + ZIP_READ_MAX <= TEXT_AT || at >= TEXT_AT + sizeof(text);

        /* every 16th is looked at */
        content = is_zero && at / ZIP_READ_MAX % 16 == 0 ? (const uint8_t *)((uintptr_t)zeros - at)
                                                         : NULL;
        rc = made_read(&made, member, at, ZIP_READ_MAX, content);
    }
    CHECK_EQ(rc, 0);
    CHECK(!zip_member_is_damaged(member));
    memcpy(zeros + 50, text, sizeof(text));
    content = (const uint8_t *)((uintptr_t)zeros - (TEXT_AT - 50));
    CHECK_EQ(made_read(&made, member, TEXT_AT - 50, 50 + sizeof(text) + 20, content), 0);
    CHECK_EQ(made_read(&made, member, TEXT_AT + 1, 5, content), 0);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
    free(zeros);
}
