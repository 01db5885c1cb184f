/* What is known of a growing file from its last lines. */
#include "task/live_text.h"

#include <errno.h>
#include <stdlib.h>

#include "test.h"

static struct buf bytes_of(const char *text)
{
    struct buf buf = BUF_INIT(LIVE_TEXT_MAX);

    buf_puts(&buf, text);
    return buf;
}

/* Lines `from` to `to` (excluded), each "line N" and so unlike all others. */
static struct buf lines(unsigned from, unsigned to)
{
    struct buf buf = BUF_INIT(LIVE_TEXT_MAX);

    for (unsigned i = from; i < to; i++)
        buf_printf(&buf, "%sline %u", i > from ? "\n" : "", i);
    return buf;
}

static int take_whole(struct live_text *text, struct buf whole, size_t count, int is_known)
{
    int change = is_known ? (int)live_text_compare_whole(text, &whole) : LIVE_GROWN;

    live_text_take_whole(text, &whole, count);

    buf_free(&whole);
    return change;
}

static int take_tail(struct live_text *text, struct buf tail, size_t count)
{
    int change = live_text_take_tail(text, &tail, count);

    buf_free(&tail);
    return change;
}

TEST(live_text_whole_files)
{
    struct live_text text = {.len = 0};

    CHECK_EQ(take_whole(&text, bytes_of("a\nb"), 2, 0), LIVE_GROWN);
    CHECK_EQ(take_whole(&text, bytes_of("a\nb"), 2, 1), LIVE_SAME);
    CHECK_EQ(take_whole(&text, bytes_of("a\nbc\nd"), 3, 1), LIVE_GROWN);
    CHECK_STR(text.bytes.data, "a\nbc\nd");
    CHECK_EQ(text.lines, 3);
    CHECK_EQ(take_whole(&text, bytes_of("a\nbX\nd"), 3, 1), LIVE_REWRITTEN);
    CHECK_EQ(take_whole(&text, bytes_of("a\nb"), 2, 1), LIVE_REWRITTEN);
    CHECK_EQ(text.len, 3);
    CHECK_EQ(take_whole(&text, bytes_of(""), 0, 1), LIVE_REWRITTEN);
    CHECK_EQ(take_whole(&text, bytes_of(""), 0, 1), LIVE_SAME);
    CHECK_EQ(take_whole(&text, bytes_of("x"), 1, 1), LIVE_GROWN);
    live_text_free(&text);
}

TEST(live_text_that_was_dropped_is_known_again)
{
    struct live_text text = {.len = 0};

    take_whole(&text, bytes_of("some\ntext"), 2, 0);
    live_text_drop(&text);
    live_text_drop(&text);
    CHECK_EQ(text.bytes.len, 0);
    CHECK_EQ(text.len, 9);
    CHECK_EQ(take_whole(&text, bytes_of("some\ntext"), 2, 1), LIVE_GROWN);
    CHECK_EQ(text.is_dropped, 0);
    live_text_drop(&text);
    CHECK_EQ(take_whole(&text, bytes_of("some\ntext\nmore"), 3, 1), LIVE_GROWN);
    live_text_drop(&text);
    CHECK_EQ(take_whole(&text, bytes_of("same\ntext\nmore"), 3, 1), LIVE_REWRITTEN);
    live_text_drop(&text);
    CHECK_EQ(take_whole(&text, bytes_of("same"), 1, 1), LIVE_REWRITTEN);
    live_text_free(&text);
}

TEST(live_text_additions)
{
    struct live_text text = {.len = 0};

    take_whole(&text, lines(0, 1000), 1000, 0);
    CHECK_EQ(take_tail(&text, lines(744, 1000), 256), LIVE_SAME);
    CHECK_EQ(take_tail(&text, lines(800, 1056), 256), LIVE_GROWN);
    CHECK_EQ(text.lines, 1056);
    CHECK_EQ(take_whole(&text, lines(0, 1056), 1056, 1), LIVE_SAME);
    CHECK_EQ(take_tail(&text, lines(928, 1184), 256), LIVE_GROWN); /* just half of them are known */
    CHECK_EQ(take_tail(&text, lines(1057, 1313), 256), LIVE_UNSURE); /* one less */
    CHECK_EQ(take_whole(&text, lines(0, 1184), 1184, 1), LIVE_SAME);
    live_text_free(&text);
}

TEST(live_text_line_in_two_halves)
{
    struct live_text text = {.len = 0};
    struct buf first = lines(0, 300), tail = lines(44, 300);

    buf_puts(&first, "\nhalf");
    take_whole(&text, first, 301, 0);
    buf_puts(&tail, "\nhalf and half\n");
    CHECK_EQ(take_tail(&text, tail, 258), LIVE_GROWN);
    CHECK_STR(text.bytes.data + text.len - 14, "half and half\n");
    CHECK_EQ(text.lines, 302);
    live_text_free(&text);
}

TEST(live_text_is_not_believed_when_it_could_be_another)
{
    struct live_text text = {.len = 0};
    struct buf same = BUF_INIT(LIVE_TEXT_MAX), tail = BUF_INIT(LIVE_TEXT_MAX), other;

    for (int i = 0; i < 400; i++)
        buf_puts(&same, "the same\n");
    for (int i = 0; i < 255; i++)
        buf_puts(&tail, "the same\n");
    take_whole(&text, same, 401, 0);
    CHECK_EQ(take_tail(&text, tail, 256), LIVE_UNSURE); /* it may have grown by any number */
    live_text_free(&text);

    same = lines(0, 300); /* a table of 300 lines, twice so far */
    other = lines(0, 300);
    buf_printf(&same, "\n%s", other.data);
    buf_free(&other);
    take_whole(&text, same, 600, 0);
    CHECK_EQ(take_tail(&text, lines(44, 300), 256), LIVE_UNSURE);
    live_text_free(&text);

    take_whole(&text, lines(0, 1000), 1000, 0);
    other = lines(700, 956); /* the end was cut off */
    CHECK_EQ(take_tail(&text, other, 256), LIVE_UNSURE);
    other = bytes_of("another\nbeginning\n"); /* the end is right, and what is before is not */
    buf_puts(&other, "line 998\nline 999\nnew");
    CHECK_EQ(take_tail(&text, other, 5), LIVE_UNSURE);
    CHECK_EQ(take_tail(&text, bytes_of(""), 1), LIVE_UNSURE);
    live_text_drop(&text);
    CHECK_EQ(take_tail(&text, lines(744, 1000), 256), LIVE_UNSURE);
    live_text_free(&text);
    CHECK_EQ(take_tail(&text, bytes_of("a\nb"), 2), LIVE_UNSURE);
}

/* How often the last lines of the first `cut` bytes are in the file. */
static unsigned count_context(const struct buf *file, size_t cut, unsigned context)
{
    size_t start = cut;
    unsigned count = 0;

    while (start && !(file->data[start - 1] == '\n' && !--context))
        start--;
    for (size_t at = 0; at + (cut - start) <= file->len; at++)
        count += memcmp(file->data + at, file->data + start, cut - start) == 0;
    return count;
}

/* Each split of a text that grows is known rightly or not at all, unless its very end repeats. */
TEST(live_text_never_wrong)
{
    static const char *const alphabet[] = {"", "a", "b", "ab", "longer"};
    uint32_t random = 12345;

    for (int round = 0; round < 3000; round++) {
        struct live_text text = {.len = 0};
        struct buf file = BUF_INIT(LIVE_TEXT_MAX);
        unsigned count = 2 + random % 12, cut, asked, begin = 0;

        for (unsigned i = 0; i < count; i++) {
            random = random * 1664525 + 1013904223;
            buf_printf(&file, "%s%s", i ? "\n" : "", alphabet[(random >> 16) % 5]);
        }
        random = random * 1664525 + 1013904223;
        cut = (unsigned)((random >> 8) % (file.len + 1));
        asked = 2 + (random >> 4) % 6;
        if (cut && asked < count) {
            struct buf known = BUF_INIT(LIVE_TEXT_MAX), tail = BUF_INIT(LIVE_TEXT_MAX);
            unsigned known_lines = 1, skip = count - asked;
            int change;

            buf_append(&known, file.data, cut);
            for (unsigned i = 0; i < cut; i++)
                known_lines += file.data[i] == '\n';
            take_whole(&text, known, known_lines, 0);
            while (skip)
                skip -= file.data[begin++] == '\n';
            buf_append(&tail, file.data + begin, file.len - begin);
            change = tail.len ? take_tail(&text, tail, asked) : LIVE_UNSURE;
            if ((change == LIVE_SAME || change == LIVE_GROWN) && known_lines >= asked / 2 &&
                count_context(&file, cut, asked / 2) == 1)
                CHECK(text.len == file.len && memcmp(text.bytes.data, file.data, text.len) == 0);
        }
        live_text_free(&text);
        buf_free(&file);
    }
}

TEST(live_text_steps)
{
    /* As many as have 4 MiB, but no more than 64 times as many. */
    CHECK_EQ(live_text_next_step(1000, 1000 * 79), (4u << 20) / 80);
    CHECK_EQ(live_text_next_step(100, 100 * 79), 6400);
    CHECK_EQ(live_text_next_step(1, 9), 64);
    /* Eight times as many, whatever they have, below the ceiling. */
    CHECK_EQ(live_text_next_step(52428, 52428 * 79), 52428 * 8);
    CHECK_EQ(live_text_next_step(1000, 1000 * 1023), 8000);
    CHECK_EQ(live_text_next_step(500000, 500000 * 79), LIVE_TEXT_MAX / 80);
    CHECK_EQ(live_text_next_step(LIVE_TEXT_MAX / 80, LIVE_TEXT_MAX / 80 * 79), 0);
    CHECK_EQ(live_text_next_step(1000, 1000 * 65535), LIVE_TEXT_MAX / 65536);
    CHECK_EQ(live_text_next_step(10000, LIVE_TEXT_MAX), 0);
    CHECK_EQ(live_text_next_step(LIVE_TEXT_MAX, 0), 0);
}
