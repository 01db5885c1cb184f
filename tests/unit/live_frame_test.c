#include "base/live_frame.h"

#include <errno.h>
#include <stdlib.h>

#include "test.h"

/* The header of a frame and `len` bytes of payload, all 'x' but the first. */
static size_t make(unsigned char *to, unsigned type, uint32_t connection, size_t len, int first)
{
    live_frame_header(to, type, connection, len);
    memset(to + LIVE_FRAME_HEADER, 'x', len);
    if (len)
        to[LIVE_FRAME_HEADER] = (unsigned char)first;
    return LIVE_FRAME_HEADER + len;
}

TEST(live_frame_is_laid_out_as_its_header_says)
{
    unsigned char header[LIVE_FRAME_HEADER];

    live_frame_header(header, LIVE_ANSWER, 0x81020304, 0x1020);
    CHECK(memcmp(header, "\x20\x10\0\0\x03\x04\x03\x02\x81", sizeof(header)) == 0);
}

TEST(live_frame_is_parsed_as_it_was_written)
{
    unsigned char bytes[64];
    size_t n = make(bytes, LIVE_SEND, UINT32_MAX, 5, '{');
    struct live_frame frame;

    make(bytes + n, LIVE_CLOSE, 7, 0, 0);
    CHECK_EQ(live_frame_parse(LIVE_FROM_MOUNT, bytes, sizeof(bytes), &frame), n);
    CHECK_EQ(frame.type, LIVE_SEND);
    CHECK_EQ(frame.connection, UINT32_MAX);
    CHECK_EQ(frame.len, 5);
    CHECK(memcmp(frame.payload, "{xxxx", 5) == 0);
    CHECK_EQ(live_frame_parse(LIVE_FROM_MOUNT, bytes + n, LIVE_FRAME_HEADER, &frame), 9);
    CHECK_EQ(frame.type, LIVE_CLOSE);
    CHECK_EQ(frame.len, 0);
}

TEST(live_frame_that_is_cut_anywhere_is_incomplete)
{
    unsigned char bytes[64];
    size_t n = make(bytes, LIVE_OFFER, 3, 20, 'v');
    struct live_frame frame;

    for (size_t i = 0; i < n; i++) {
        /* In memory of its own, so that a sanitizer sees what is read behind it. */
        unsigned char *cut = malloc(i ? i : 1);

        CHECK(cut);
        memcpy(cut, bytes, i);
        CHECK_EQ(live_frame_parse(LIVE_FROM_PROGRAM, cut, i, &frame), 0);
        free(cut);
    }
    CHECK_EQ(live_frame_parse(LIVE_FROM_PROGRAM, bytes, n, &frame), n);
}

TEST(live_frame_of_the_wrong_side_or_of_no_type_is_refused)
{
    static const unsigned char mount[] = {LIVE_OPEN, LIVE_CLOSE, LIVE_ANSWER, LIVE_SEND};
    static const unsigned char program[] = {LIVE_OFFER, LIVE_READY, LIVE_MESSAGE, LIVE_CLOSED};

    for (unsigned type = 0; type < 256; type++) {
        unsigned char bytes[LIVE_FRAME_HEADER + 1];
        size_t n = make(bytes, type, 1, live_frame_ceiling(type) ? 1 : 0, 0);
        struct live_frame frame;
        ssize_t good = (ssize_t)n;

        CHECK_EQ(live_frame_parse(LIVE_FROM_MOUNT, bytes, n, &frame),
                 memchr(mount, (int)type, sizeof(mount)) ? good : -EPROTO);
        CHECK_EQ(live_frame_parse(LIVE_FROM_PROGRAM, bytes, n, &frame),
                 memchr(program, (int)type, sizeof(program)) ? good : -EPROTO);
    }
}

TEST(live_frame_that_is_too_long_is_refused_by_its_header)
{
    static const struct {
        enum live_frame_type type;
        enum live_side side;
        size_t most;
    } cases[] = {
        {LIVE_OPEN, LIVE_FROM_MOUNT, 4096},         {LIVE_CLOSE, LIVE_FROM_MOUNT, 0},
        {LIVE_ANSWER, LIVE_FROM_MOUNT, 65536},      {LIVE_SEND, LIVE_FROM_MOUNT, 1048576},
        {LIVE_OFFER, LIVE_FROM_PROGRAM, 65536},     {LIVE_READY, LIVE_FROM_PROGRAM, 0},
        {LIVE_MESSAGE, LIVE_FROM_PROGRAM, 1048576}, {LIVE_CLOSED, LIVE_FROM_PROGRAM, 512},
    };
    unsigned char header[LIVE_FRAME_HEADER];
    struct live_frame frame;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_EQ(live_frame_ceiling(cases[i].type), cases[i].most);
        live_frame_header(header, cases[i].type, 1, cases[i].most + 1);
        CHECK_EQ(live_frame_parse(cases[i].side, header, sizeof(header), &frame), -EPROTO);
        live_frame_header(header, cases[i].type, 1, UINT32_MAX);
        CHECK_EQ(live_frame_parse(cases[i].side, header, sizeof(header), &frame), -EPROTO);
        live_frame_header(header, cases[i].type, 1, cases[i].most);
        CHECK_EQ(live_frame_parse(cases[i].side, header, sizeof(header), &frame),
                 cases[i].most ? 0 : LIVE_FRAME_HEADER);
    }
}

TEST(live_frame_without_what_it_must_have_is_refused)
{
    static const enum live_frame_type types[] = {LIVE_OFFER, LIVE_MESSAGE, LIVE_CLOSED};
    unsigned char bytes[LIVE_FRAME_HEADER + 1];
    struct live_frame frame;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        live_frame_header(bytes, types[i], 1, 0);
        CHECK_EQ(live_frame_parse(LIVE_FROM_PROGRAM, bytes, LIVE_FRAME_HEADER, &frame), -EPROTO);
    }
    make(bytes, LIVE_MESSAGE, 1, 1, 2);
    CHECK_EQ(live_frame_parse(LIVE_FROM_PROGRAM, bytes, sizeof(bytes), &frame), -EPROTO);
    make(bytes, LIVE_MESSAGE, 1, 1, LIVE_MESSAGE_LAST);
    CHECK_EQ(live_frame_parse(LIVE_FROM_PROGRAM, bytes, sizeof(bytes), &frame), sizeof(bytes));
}
