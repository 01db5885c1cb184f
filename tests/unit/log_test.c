#include "base/log.h"

#include <errno.h>
#include <stdlib.h>

#include "support/fake_net.h"
#include "test.h"

/* The newest line in the ring, without its time; the caller frees it. */
static char *newest(void)
{
    BUF_SCOPED text = BUF_INIT(1u << 20);
    char *end, *start;

    log_newest(&text);
    if (!text.len)
        return NULL;
    end = text.data + text.len - 1;
    if (*end != '\n')
        return NULL;
    *end = '\0';
    start = strrchr(text.data, '\n');
    start = start ? start + 1 : text.data;
    return strlen(start) > 21 ? strdup(start + 21) : NULL;
}

#define CHECK_NEWEST(expected)                                        \
    do {                                                              \
        char *check_line = newest();                                  \
        int check_same = check_line && !strcmp(check_line, expected); \
        free(check_line);                                             \
        CHECK(check_same);                                            \
    } while (0)

TEST(log_keeps_errno)
{
    int saved;
    saved = hush_stderr();
    errno = E2BIG;
    log_error("with errno");
    speak_stderr(saved);
    CHECK_EQ(errno, E2BIG);
    CHECK_NEWEST("error: with errno");
}

TEST(log_escapes_what_could_forge_a_line)
{
    int saved;
    saved = hush_stderr();
    log_warn("a '%s'", "x\n2026-01-01T00:00:00Z error: forged\r\033[31m\x7f");
    speak_stderr(saved);
    CHECK_NEWEST("warning: a 'x\\x0a2026-01-01T00:00:00Z error: forged\\x0d\\x1b[31m\\x7f'");
}

TEST(log_drops_what_is_above_its_level)
{
    int saved;
    enum log_level before = log_get_level();

    saved = hush_stderr();
    log_set_level(LOG_LEVEL_WARN);
    log_warn("kept");
    log_info("dropped");
    log_debug(LOG_NET, "dropped");
    log_set_level(before);
    speak_stderr(saved);
    CHECK_NEWEST("warning: kept");
}

static int evaluated(int *count)
{
    return ++*count;
}

TEST(log_debug_is_by_component)
{
    int saved, count = 0;

    saved = hush_stderr();
    log_debug(LOG_NET, "%d", evaluated(&count));
    CHECK_EQ(count, 0);
    log_set_debug(1u << LOG_ZIP);
    log_debug(LOG_NET, "%d", evaluated(&count));
    CHECK_EQ(count, 0);
    log_set_debug(1u << LOG_ZIP | 1u << LOG_NET);
    log_debug(LOG_NET, "%d", evaluated(&count));
    log_set_debug(0);
    log_debug(LOG_NET, "%d", evaluated(&count));
    speak_stderr(saved);
    CHECK_EQ(count, 1);
    CHECK_NEWEST("debug: net: 1");
}

TEST(log_debug_brings_info)
{
    int saved;
    enum log_level before = log_get_level();

    saved = hush_stderr();
    log_set_level(LOG_LEVEL_WARN);
    log_set_debug(1u << LOG_API);
    log_info("said");
    log_set_debug(0);
    log_info("not said");
    log_set_level(before);
    speak_stderr(saved);
    CHECK_NEWEST("info: said");
}

TEST(log_toggle_goes_back_to_what_was_on)
{
    log_set_debug(1u << LOG_FS);
    log_toggle_debug();
    CHECK(!log_debugs(LOG_FS));
    log_toggle_debug();
    CHECK(log_debugs(LOG_FS) && !log_debugs(LOG_FUSE));
    log_set_debug(LOG_ALL);
    log_set_debug(0);
    log_toggle_debug();
    for (enum log_component at = 0; at < LOG_COMPONENTS; at++)
        CHECK(log_debugs(at));
    log_set_debug(0);
}

TEST(log_cuts_long_messages)
{
    int saved;
    char text[3000], *line;
    size_t len;

    memset(text, '\001', sizeof(text)); /* each grows to four bytes */
    text[sizeof(text) - 1] = '\0';
    saved = hush_stderr();
    log_error("%s", text);
    speak_stderr(saved);
    line = newest();
    CHECK(line);
    len = strlen(line);
    free(line);
    CHECK(len > 900 && len < 4100);
    memset(text, 'x', sizeof(text) - 1);
    saved = hush_stderr();
    log_error("%s", text);
    speak_stderr(saved);
    line = newest();
    len = line ? strlen(line) : 0;
    free(line);
    CHECK_EQ(len, 7 + 999);
}

/* Line by line, each with its time and level, and numbers without a gap up to the last one. */
static int ring_is_whole(char *text, unsigned last)
{
    unsigned expected = 0, number = 0;
    char *line, *rest = text;

    while ((line = strsep(&rest, "\n")) && *line) {
        if (strlen(line) < 30 || line[10] != 'T' || line[19] != 'Z' ||
            sscanf(line + 21, "info: line %u", &number) != 1)
            return 0;
        if (expected && number != expected)
            return 0;
        expected = number + 1;
    }
    return number == last;
}

TEST(log_ring_keeps_whole_newest_lines)
{
    int saved;
    enum log_level before = log_get_level();
    BUF_SCOPED text = BUF_INIT(1u << 20);

    saved = hush_stderr();
    log_set_level(LOG_LEVEL_INFO);
    for (unsigned i = 0; i < 3000; i++)
        log_info("line %u %.*s", i, (int)(i % 90),
                 "........................................"
                 "..................................................");
    log_set_level(before);
    speak_stderr(saved);
    log_newest(&text);
    CHECK(text.len > 60 * 1024 && text.len <= 64 * 1024);
    CHECK(ring_is_whole(text.data, 2999));
}
