#include "rtc/dcep.h"

#include "test.h"

TEST(dcep_open_is_as_the_rfc_lays_it_out)
{
    unsigned char out[DCEP_OPEN_MAX];
    size_t n = dcep_write_open(out, "file_transfer");

    CHECK_EQ(n, 25);
    CHECK(memcmp(out, "\3\0\1\0\0\0\0\0\0\x0d\0\0file_transfer", n) == 0);
    CHECK_EQ(dcep_parse(out, n), DCEP_OPEN);
}

TEST(dcep_label_is_cut_at_its_ceiling)
{
    unsigned char out[DCEP_OPEN_MAX];
    char label[100];

    memset(label, 'x', sizeof(label));
    label[99] = '\0';
    CHECK_EQ(dcep_write_open(out, label), DCEP_OPEN_MAX);
    CHECK_EQ(dcep_parse(out, DCEP_OPEN_MAX), DCEP_OPEN);
}

TEST(dcep_messages_that_are_malformed_are_none)
{
    unsigned char out[DCEP_OPEN_MAX + 1] = {0};
    size_t n = dcep_write_open(out, "x");

    CHECK_EQ(dcep_parse("\2", 1), DCEP_ACK);
    CHECK_EQ(dcep_parse("\2\0", 2), DCEP_NONE);
    CHECK_EQ(dcep_parse("", 0), DCEP_NONE);
    CHECK_EQ(dcep_parse("\4", 1), DCEP_NONE);
    CHECK_EQ(dcep_parse(out, n + 1), DCEP_NONE);
    for (size_t i = 0; i < n; i++)
        CHECK_EQ(dcep_parse(out, i), DCEP_NONE);
    out[10] = 0xff; /* a protocol that is longer than the message */
    CHECK_EQ(dcep_parse(out, n), DCEP_NONE);
}
