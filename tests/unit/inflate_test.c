#include "member/inflate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "support/made_archive.h"
#include "test.h"

#define SIZE (600u * 1024)
#define RUN  10007u

static uint8_t content[SIZE], deflated[SIZE + SIZE / 8 + 1024], out[SIZE];

static size_t deflate_content(void)
{
    z_stream stream = {
        .next_in = content, .avail_in = SIZE, .next_out = deflated, .avail_out = sizeof(deflated)};

    made_content(content, SIZE);
    if (deflateInit2(&stream, 6, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&stream, Z_FINISH) != Z_STREAM_END || deflateEnd(&stream) != Z_OK)
        abort();
    return stream.total_out;
}

/* Decodes on from (*in, *made) until `until` bytes are made. */
static int run_to(struct inflater *inflater, size_t n, size_t *in, size_t *made, size_t until)
{
    while (*made < until) {
        size_t want = until - *made < RUN ? until - *made : RUN, used, came;
        int rc = inflater_run(inflater, deflated + *in, n - *in, &used, out + *made, want, &came);

        if (rc < 0 || (!used && !came))
            return -1;
        *in += used;
        *made += came;
    }
    return 0;
}

/* Saves at many places, goes on with a copy from each, and compares what it makes. */
static void go_on_from_copies(int is_packed)
{
    size_t n = deflate_content();

    for (size_t place = 1; place < SIZE; place += 70001) {
        struct inflater *first = inflater_new(), *second = inflater_new();
        size_t in = 0, made = 0, len;
        uint8_t *saved;

        CHECK_EQ(run_to(first, n, &in, &made, place), 0);
        saved = inflater_save(first, is_packed, 5, &len);
        CHECK(saved && len > 5);
        inflater_free(first);
        memset(out, 0, sizeof(out));
        CHECK_EQ(inflater_load(second, saved + 5, len - 5), 0);
        CHECK_EQ(run_to(second, n, &in, &made, SIZE), 0);
        CHECK_EQ(memcmp(out + place, content + place, SIZE - place), 0);
        inflater_free(second);
        free(saved);
    }
}

TEST(inflater_goes_on_from_a_raw_copy)
{
    go_on_from_copies(0);
}

TEST(inflater_goes_on_from_a_packed_copy)
{
    go_on_from_copies(1);
}

TEST(inflater_packs_to_less)
{
    size_t n = deflate_content(), in = 0, made = 0, raw, packed;
    struct inflater *inflater = inflater_new();
    uint8_t *a, *b;

    CHECK_EQ(run_to(inflater, n, &in, &made, SIZE / 2), 0);
    a = inflater_save(inflater, 0, 0, &raw);
    b = inflater_save(inflater, 1, 0, &packed);
    CHECK(a && b && raw > 32 * 1024 && packed < raw);
    free(a);
    free(b);
    inflater_free(inflater);
}

TEST(inflater_loads_no_nonsense)
{
    struct inflater *inflater = inflater_new();
    size_t most = inflater_cost() + 16;
    uint8_t *nonsense = calloc(1, most);

    CHECK_EQ(inflater_load(inflater, nonsense, 0), -EIO);
    CHECK_EQ(inflater_load(inflater, nonsense, most), -EIO); /* more than a state */
    memset(nonsense, 0xff, most);
    nonsense[0] = 1;
    CHECK_EQ(inflater_load(inflater, nonsense, 100), -EIO);
    free(nonsense);
    inflater_free(inflater);
}
