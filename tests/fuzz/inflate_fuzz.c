/*
 * A deflated member (deflated.h) made of the input, read piece by piece in an order of the input's
 * choice: the same bytes as its oracle, or an error of both. abort() is a finding.
 *
 * The input's first four bytes: size of a block, order, and what the directory says wrongly.
 */
#include "deflated.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads every piece, beginning with one and going on in steps; 0 or the first error. */
static int read_all(const struct deflated *deflated, struct zip_member *member, uint8_t order)
{
    uint64_t count = zip_piece_count(zip_member_size(member)), step = order / 8 % count + 1;
    int rc = 0;

    while (count % step == 0 && step > 1) /* coprime, for counts up to 6: all are met */
        step--;
    if (count == 6 && step == 4)
        step = 5;
    for (uint64_t i = 0; i < count; i++) {
        int error = deflated_read(deflated, member, (order + i * step) % count);

        rc = rc ? rc : error;
        if (rc)
            REQUIRE(zip_member_is_damaged(member) && error == -EIO);
    }
    return rc;
}

static void test_member(const uint8_t *data, size_t size, const uint8_t *head)
{
    struct deflated deflated;
    struct zip_member *member;
    int rc;

    if (!deflated_init(&deflated, data, size, head[0] + 1u, head[2], head[3]))
        return;
    rc = zip_member_open(&deflated.archive, 0, &member);
    if (rc) {
        REQUIRE(rc == -EIO && !deflated.is_good);
    } else {
        rc = read_all(&deflated, member, head[1]);
        REQUIRE((rc == 0) == deflated.is_good);
        zip_member_unref(member);
    }
    deflated_free(&deflated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    deflated_set_up();
    if (size > 4)
        test_member(data + 4, size - 4, data);
    return 0;
}
