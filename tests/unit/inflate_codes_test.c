/*
 * Prefix codes that are no whole tree. RFC 1951 asks nowhere for whole ones. ISA-L and 7zz take
 * them: what is written with the codes there are can mean one thing only. zlib refuses such a block
 * unseen, unzip some of them. Codes of which two would mean the same bits nobody takes, and bits
 * that are no code are an error for all.
 */
#include "member/inflate.h"

#include <string.h>
#include <zlib.h>

#include "test.h"

/* Codes of the lengths in a block's head. */
enum head_code {
    HEAD_WHOLE,  /* 16 of 4 bits: each length is its own code */
    HEAD_PART,   /* 0, 10, 110: lengths 0 to 2 */
    HEAD_DOUBLE, /* three of one bit */
};

struct block {
    const char *what;
    enum head_code head;
    uint8_t letter, end, copy; /* lengths of the codes of 'a', of the end and of a copy of 3 */
    uint8_t distances[3];      /* and of the distances 1 to 3 */
    const char *body;          /* bits as they come */
    const char *text;          /* what it means; NULL: an error */
    int is_whole;              /* zlib takes it */
};

static const struct block blocks[] = {
    {"whole", HEAD_WHOLE, 1, 2, 2, {1, 1}, "0 0 11 1 10", "aaaaa", 1},
    {"one distance of one bit", HEAD_WHOLE, 1, 2, 2, {1}, "0 11 0 10", "aaaa", 1},
    {"the other bit", HEAD_WHOLE, 1, 2, 2, {1}, "0 11 1 10", NULL, 1},
    {"no distance", HEAD_WHOLE, 1, 2, 2, {0}, "0 0 10", "aa", 1},
    {"a copy without one", HEAD_WHOLE, 1, 2, 2, {0}, "0 11 0 10", NULL, 1},
    {"part of the literals", HEAD_WHOLE, 2, 3, 0, {0}, "00 00 00 010", "aaa", 0},
    {"bits that are none", HEAD_WHOLE, 2, 3, 0, {0}, "00 00 111 010", NULL, 0},
    {"a long one", HEAD_WHOLE, 1, 15, 0, {0}, "0 0 100000000000000", "aa", 0},
    {"and long bits that are none", HEAD_WHOLE, 1, 15, 0, {0}, "0 0 111111111111111", NULL, 0},
    {"one distance of two bits", HEAD_WHOLE, 1, 2, 2, {2}, "0 11 00 10", "aaaa", 0},
    {"a distance that is none", HEAD_WHOLE, 1, 2, 2, {2}, "0 11 01 10", NULL, 0},
    {"two distances of two bits", HEAD_WHOLE, 1, 2, 2, {2, 2}, "0 0 11 01 10", "aaaaa", 0},
    {"a long distance", HEAD_WHOLE, 1, 2, 2, {14, 0, 1}, "0 11 10000000000000 10", "aaaa", 0},
    {"a long one that is none", HEAD_WHOLE, 1, 2, 2, {14, 0, 1}, "0 11 11000000000000 10", NULL, 0},
    {"part of the head's", HEAD_PART, 1, 2, 2, {1, 1}, "0 0 11 1 10", "aaaaa", 0},
    {"twice in the literals", HEAD_WHOLE, 1, 1, 1, {0}, "0 0 1", NULL, 0},
    {"twice in the distances", HEAD_WHOLE, 1, 2, 2, {1, 1, 1}, "0 0 10", NULL, 0},
    {"twice in the head", HEAD_DOUBLE, 1, 2, 2, {1, 1}, "0 0 10", NULL, 0},
    {"no end", HEAD_WHOLE, 1, 0, 1, {0}, "0 0 0", NULL, 0},
};

struct bits {
    uint8_t bytes[512];
    size_t count;
};

static void put_bit(struct bits *bits, unsigned bit)
{
    bits->bytes[bits->count / 8] |= (uint8_t)(bit << bits->count % 8);
    bits->count++;
}

static void put_number(struct bits *bits, unsigned value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        put_bit(bits, value >> i & 1);
}

static void put_text(struct bits *bits, const char *text)
{
    for (; *text; text++) {
        if (*text != ' ')
            put_bit(bits, *text == '1');
    }
}

static void put_length(struct bits *bits, enum head_code head, unsigned length)
{
    static const char *const part[] = {"0", "10", "110"};

    if (head == HEAD_WHOLE) {
        for (int i = 3; i >= 0; i--)
            put_bit(bits, length >> i & 1);
    } else {
        put_text(bits, part[length]);
    }
}

static void put_block(struct bits *bits, const struct block *block)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    static const uint8_t lengths[3][19] = {
        {4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, {1, 2, 3}, {1, 1, 1}};

    put_number(bits, 1, 1);  /* the last */
    put_number(bits, 2, 2);  /* with codes of its own */
    put_number(bits, 1, 5);  /* 258 literals, */
    put_number(bits, 2, 5);  /* 3 distances, */
    put_number(bits, 15, 4); /* 19 codes in the head */
    for (unsigned i = 0; i < 19; i++)
        put_number(bits, lengths[block->head][order[i]], 3);
    for (unsigned i = 0; i < 258; i++)
        put_length(bits, block->head,
                   i == 'a'    ? block->letter
                   : i == 256u ? block->end
                   : i == 257u ? block->copy
                               : 0);
    for (unsigned i = 0; i < 3; i++)
        put_length(bits, block->head, block->distances[i]);
    put_text(bits, block->body);
}

/* Bytes made, or -1. All of them at once, or as long as it goes. */
static long isal_makes(const struct bits *bits, size_t n, size_t run, uint8_t *out, size_t most)
{
    struct inflater *inflater = inflater_new();
    size_t in = 0, made = 0, used, came;
    int rc = 0;

    while (inflater && !rc) {
        size_t room = run < most - made ? run : most - made;

        rc = inflater_run(inflater, bits->bytes + in, n - in, &used, out + made, room, &came);
        in += used;
        made += came;
        if (!used && !came)
            break;
    }
    inflater_free(inflater);
    return rc == 1 ? (long)made : -1;
}

static int zlib_takes(const struct bits *bits, size_t n)
{
    uint8_t out[64];
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bits->bytes,
                       .avail_in = (uInt)n,
                       .next_out = out,
                       .avail_out = sizeof(out)};
    int rc;

    if (inflateInit2(&stream, -15) != Z_OK)
        return -1;
    rc = inflate(&stream, Z_SYNC_FLUSH);
    inflateEnd(&stream);
    return rc == Z_STREAM_END;
}

TEST(inflater_takes_codes_that_are_no_whole_tree)
{
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        const struct block *block = &blocks[i];
        long expected = block->text ? (long)strlen(block->text) : -1;
        struct bits bits = {.count = 0};
        uint8_t out[64];
        size_t n;

        put_block(&bits, block);
        n = bits.count / 8 + 1;
        for (size_t run = 1; run <= 64; run *= 8) {
            long made = isal_makes(&bits, n, run, out, sizeof(out));

            if (made != expected || (made > 0 && memcmp(out, block->text, (size_t)made) != 0))
                printf("%s, %zu at once: %ld bytes\n", block->what, run, made);
            CHECK_EQ(made, expected);
            CHECK(made <= 0 || memcmp(out, block->text, (size_t)made) == 0);
        }
        CHECK_EQ(zlib_takes(&bits, n), block->is_whole && block->text);
    }
}
