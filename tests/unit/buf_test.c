#include "base/buf.h"

#include <errno.h>
#include <stdlib.h>

#include "test.h"

TEST(buf_starts_empty_without_memory)
{
    struct buf buf = BUF_INIT(10);

    CHECK(!buf.data);
    CHECK_EQ(buf.len, 0);
    buf_free(&buf);
}

TEST(buf_appends_and_stays_terminated)
{
    BUF_SCOPED buf = BUF_INIT(100);

    CHECK_EQ(buf_puts(&buf, "one"), 0);
    CHECK_EQ(buf_putc(&buf, ' '), 0);
    CHECK_EQ(buf_append(&buf, "two\0three", 9), 0);
    CHECK_EQ(buf_printf(&buf, " %d", 4), 0);
    CHECK_EQ(buf.len, 15);
    CHECK(memcmp(buf.data, "one two\0three 4", 16) == 0);
}

TEST(buf_append_of_nothing_gives_an_empty_string)
{
    BUF_SCOPED buf = BUF_INIT(0);

    CHECK_EQ(buf_append(&buf, NULL, 0), 0);
    CHECK_STR(buf.data, "");
}

TEST(buf_holds_exactly_its_ceiling)
{
    BUF_SCOPED buf = BUF_INIT(1000);

    for (int i = 0; i < 1000; i++)
        CHECK_EQ(buf_putc(&buf, 'x'), 0);
    CHECK_EQ(buf.len, 1000);
    CHECK(buf.capacity <= 1001);
    CHECK_EQ(buf_putc(&buf, 'x'), -EFBIG);
    CHECK_EQ(buf.len, 1000);
}

TEST(buf_error_sticks_until_cleared)
{
    BUF_SCOPED buf = BUF_INIT(4);

    CHECK_EQ(buf_puts(&buf, "12345"), -EFBIG);
    CHECK_EQ(buf_putc(&buf, '1'), -EFBIG);
    CHECK_EQ(buf_printf(&buf, "%s", "1"), -EFBIG);
    CHECK_EQ(buf.error, -EFBIG);
    CHECK_EQ(buf.len, 0);
    buf_clear(&buf);
    CHECK_EQ(buf_puts(&buf, "1234"), 0);
    CHECK_STR(buf.data, "1234");
}

TEST(buf_refuses_a_length_near_the_top_of_size_t)
{
    BUF_SCOPED buf = BUF_INIT(100);

    CHECK_EQ(buf_putc(&buf, 'x'), 0);
    CHECK_EQ(buf_append(&buf, "", SIZE_MAX), -EFBIG);
    CHECK_STR(buf.data, "x");
}

TEST(buf_grows_over_many_appends)
{
    BUF_SCOPED buf = BUF_INIT(1 << 20);

    for (int i = 0; i < 10000; i++)
        CHECK_EQ(buf_printf(&buf, "%08d", i), 0);
    CHECK_EQ(buf.len, 80000);
    CHECK(memcmp(buf.data + 8 * 9999, "00009999", 9) == 0);
}

TEST(buf_steal_hands_the_bytes_over)
{
    struct buf buf = BUF_INIT(100);
    size_t len = 0;
    char *bytes;

    buf_puts(&buf, "mine");
    bytes = buf_steal(&buf, &len);
    CHECK_EQ(len, 4);
    CHECK_STR(bytes, "mine");
    CHECK(!buf.data);
    CHECK_EQ(buf.ceiling, 100);
    free(bytes);
    CHECK(!buf_steal(&buf, NULL));
}
