/*
 * RFC 1951, bit by bit, for what zlib refuses unseen: a block whose prefix codes are no whole tree
 * (tests/unit/zip_inflate_codes_test.c). Slow and plain, so that it can be read beside the RFC.
 */
#ifndef TASKFS_PLAIN_INFLATE_H
#define TASKFS_PLAIN_INFLATE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct plain_inflate {
    const uint8_t *in;
    size_t bits, at; /* of the input */
    uint8_t *out;
    size_t made, most;
};

struct plain_code {
    uint16_t count[16]; /* codes of each length */
    uint16_t symbols[320];
};

/* The next n bits as a number, or -1 behind the end. */
static inline int plain_bits(struct plain_inflate *plain, unsigned n)
{
    int value = 0;

    if (plain->bits - plain->at < n)
        return -1;
    for (unsigned i = 0; i < n; i++, plain->at++)
        value |= (plain->in[plain->at / 8] >> plain->at % 8 & 1) << i;
    return value;
}

/* Returns -1 when two codes would mean the same bits. */
static inline int plain_code_make(struct plain_code *code, const uint8_t *lengths, unsigned n)
{
    int left = 1;
    unsigned at = 0;

    memset(code, 0, sizeof(*code));
    for (unsigned len = 1; len < 16; len++) {
        for (unsigned i = 0; i < n; i++) {
            if (lengths[i] == len) {
                code->symbols[at++] = (uint16_t)i;
                code->count[len]++;
            }
        }
        left = 2 * left - code->count[len];
        if (left < 0)
            return -1;
    }
    return 0;
}

/* The next symbol, or -1. */
static inline int plain_symbol(struct plain_inflate *plain, const struct plain_code *code)
{
    int value = 0, first = 0, index = 0;

    for (unsigned len = 1; len < 16; len++) {
        int bit = plain_bits(plain, 1);

        if (bit < 0)
            return -1;
        value = 2 * value + bit;
        first *= 2;
        if (value - first < code->count[len])
            return code->symbols[index + value - first];
        first += code->count[len];
        index += code->count[len];
    }
    return -1;
}

static inline int plain_put(struct plain_inflate *plain, uint8_t byte)
{
    if (plain->made == plain->most)
        return -1;
    plain->out[plain->made++] = byte;
    return 0;
}

static inline int plain_stored(struct plain_inflate *plain)
{
    int n, check;

    plain->at = (plain->at + 7) / 8 * 8;
    n = plain_bits(plain, 16);
    check = plain_bits(plain, 16);
    if (check < 0 || (n ^ check) != 0xffff)
        return -1;
    for (; n; n--) {
        int byte = plain_bits(plain, 8);

        if (byte < 0 || plain_put(plain, (uint8_t)byte))
            return -1;
    }
    return 0;
}

static inline int plain_copy(struct plain_inflate *plain, unsigned symbol,
                             const struct plain_code *distances)
{
    unsigned extra = symbol < 8 || symbol == 28 ? 0 : symbol / 4 - 1;
    unsigned len = symbol < 8 ? symbol + 3 : symbol == 28 ? 258 : 3 + ((4 + symbol % 4) << extra);
    int more = plain_bits(plain, extra);
    int way = plain_symbol(plain, distances);
    unsigned distance;

    if (symbol > 28 || more < 0 || way < 0 || way > 29)
        return -1;
    len += (unsigned)more;
    extra = way < 4 ? 0 : (unsigned)way / 2 - 1;
    distance = way < 4 ? (unsigned)way + 1 : 1 + ((2 + (unsigned)way % 2) << extra);
    more = plain_bits(plain, extra);
    if (more < 0 || distance + (unsigned)more > plain->made)
        return -1;
    distance += (unsigned)more;
    for (; len; len--) {
        if (plain_put(plain, plain->out[plain->made - distance]))
            return -1;
    }
    return 0;
}

static inline int plain_coded(struct plain_inflate *plain, const struct plain_code *literals,
                              const struct plain_code *distances)
{
    for (;;) {
        int symbol = plain_symbol(plain, literals);

        if (symbol < 0)
            return -1;
        if (symbol == 256)
            return 0;
        if (symbol < 256 ? plain_put(plain, (uint8_t)symbol)
                         : plain_copy(plain, (unsigned)symbol - 257, distances))
            return -1;
    }
}

/* The lengths of all codes of a block, n of them. */
static inline int plain_lengths(struct plain_inflate *plain, uint8_t *lengths, unsigned n,
                                const struct plain_code *head)
{
    for (unsigned i = 0; i < n;) {
        int symbol = plain_symbol(plain, head), times = 1;
        uint8_t length = (uint8_t)symbol;

        if (symbol < 0 || (symbol == 16 && !i))
            return -1;
        if (symbol > 15) {
            times = plain_bits(plain, symbol == 16 ? 2 : symbol == 17 ? 3 : 7);
            if (times < 0)
                return -1;
            times += symbol == 18 ? 11 : 3;
            length = symbol == 16 ? lengths[i - 1] : 0;
        }
        if ((unsigned)times > n - i)
            return -1;
        for (; times; times--)
            lengths[i++] = length;
    }
    return 0;
}

static inline int plain_dynamic(struct plain_inflate *plain)
{
    static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                      11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[320] = {0};
    struct plain_code literals, distances;
    int n = plain_bits(plain, 5), m = plain_bits(plain, 5), heads = plain_bits(plain, 4);

    if (heads < 0 || n > 29 || m > 29)
        return -1;
    n += 257;
    m += 1;
    for (int i = 0; i < heads + 4; i++) {
        int length = plain_bits(plain, 3);

        if (length < 0)
            return -1;
        lengths[order[i]] = (uint8_t)length;
    }
    if (plain_code_make(&literals, lengths, 19) ||
        plain_lengths(plain, lengths, (unsigned)(n + m), &literals) ||
        plain_code_make(&literals, lengths, (unsigned)n) ||
        plain_code_make(&distances, lengths + n, (unsigned)m))
        return -1;
    return plain_coded(plain, &literals, &distances);
}

static inline int plain_fixed(struct plain_inflate *plain)
{
    uint8_t lengths[288 + 32];
    struct plain_code literals, distances;

    memset(lengths, 8, 288);
    memset(lengths + 144, 9, 112);
    memset(lengths + 256, 7, 24);
    memset(lengths + 288, 5, 32);
    if (plain_code_make(&literals, lengths, 288) || plain_code_make(&distances, lengths + 288, 32))
        return -1;
    return plain_coded(plain, &literals, &distances);
}

/* Returns how many bytes the data gives, at most `most`; *is_whole: and then ends well. */
static inline size_t plain_inflate(const uint8_t *in, size_t n, uint8_t *out, size_t most,
                                   int *is_whole)
{
    struct plain_inflate plain = {.in = in, .bits = n * 8, .out = out, .most = most};
    int is_last = 0, rc = 0;

    while (!is_last && !rc) {
        int kind;

        is_last = plain_bits(&plain, 1);
        kind = plain_bits(&plain, 2);
        rc = kind == 0   ? plain_stored(&plain)
             : kind == 1 ? plain_fixed(&plain)
             : kind == 2 ? plain_dynamic(&plain)
                         : -1;
    }
    *is_whole = !rc;
    return plain.made;
}

#endif
