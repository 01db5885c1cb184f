#include "task/live_text.h"

#include <errno.h>
#include <string.h>

#include "base/wrap.h"

#define STEP_LEAST  8u                /* times as many lines are asked for next, at least */
#define STEP_MOST   64u               /* and at most */
#define STEP_BYTES  ((size_t)4 << 20) /* that may be asked for at once, by the lines seen */
#define REPEATS_MAX ((size_t)4 << 20) /* bytes of what is known that are searched for repeats */

/* ---- digests ---- */

WRAPS static struct live_digest digest(const char *bytes, size_t n)
{
    struct live_digest digest = {.a = UINT64_C(14695981039346656037), .b = n};

    for (size_t i = 0; i < n; i++) {
        uint64_t c = (unsigned char)bytes[i];

        digest.a = (digest.a ^ c) * UINT64_C(1099511628211); /* FNV-1a */
        digest.b = (digest.b + c + 1) * UINT64_C(6364136223846793005);
        digest.b ^= digest.b >> 29;
    }
    return digest;
}

void live_text_drop(struct live_text *text)
{
    if (text->is_dropped)
        return;
    text->digest = digest(text->bytes.data, text->len);
    text->is_dropped = 1;
    buf_free(&text->bytes);
}

void live_text_free(struct live_text *text)
{
    buf_free(&text->bytes);
    *text = (struct live_text){.len = 0};
}

/* ---- whole files ---- */

static int begins_with(const struct buf *whole, const struct live_text *text)
{
    struct live_digest begin;

    if (whole->len < text->len)
        return 0;
    if (!text->len)
        return 1;
    if (!text->is_dropped)
        return memcmp(whole->data, text->bytes.data, text->len) == 0;
    begin = digest(whole->data, text->len);
    return begin.a == text->digest.a && begin.b == text->digest.b;
}

enum live_change live_text_compare_whole(const struct live_text *text, const struct buf *whole)
{
    if (!begins_with(whole, text))
        return LIVE_REWRITTEN;
    return whole->len == text->len && !text->is_dropped ? LIVE_SAME : LIVE_GROWN;
}

void live_text_take_whole(struct live_text *text, struct buf *whole, size_t lines)
{
    live_text_free(text);
    text->bytes = *whole;
    text->len = whole->len;
    text->lines = lines;
    *whole = BUF_INIT(0);
}

/* ---- additions ---- */

/* Where the last `lines` lines of the bytes begin. */
static size_t last_lines(const char *bytes, size_t len, size_t lines)
{
    while (len) {
        if (bytes[len - 1] == '\n' && !--lines)
            return len;
        len--;
    }
    return 0;
}

static size_t count_newlines(const char *bytes, size_t n)
{
    size_t count = 0;

    for (const char *at = bytes, *end = bytes + n; (at = memchr(at, '\n', (size_t)(end - at)));
         at++)
        count++;
    return count;
}

/* Whether what is known, which has its last lines at `start`, has them at `at` in the tail, with
 * the same before them. */
static int fits_at(const struct live_text *text, size_t start, const struct buf *tail, size_t at)
{
    if (at && tail->data[at - 1] != '\n')
        return 0;
    return at <= start && memcmp(text->bytes.data + start - at, tail->data, at) == 0;
}

/* Whether the last lines of what is known, from `start` on, are in it earlier too: a program that
 * writes the same again and again may have done so any number of times since. */
static int is_repeated(const struct live_text *text, size_t start)
{
    const char *end = text->bytes.data + start;
    size_t len = text->len - start, before = start < REPEATS_MAX ? start : REPEATS_MAX;

    return memmem(end - before, before + len - 1, end, len) != NULL;
}

/* Returns where the bytes of `tail` that are new begin; or SIZE_MAX when that is not certain. */
static size_t find_addition(const struct live_text *text, const struct buf *tail, size_t context)
{
    size_t start = last_lines(text->bytes.data, text->len, context), len = text->len - start;
    size_t found = SIZE_MAX, from = 0;

    if (!len || is_repeated(text, start))
        return SIZE_MAX;
    while (tail->len - from >= len) {
        const char *at = memmem(tail->data + from, tail->len - from, text->bytes.data + start, len);
        size_t offset = at ? (size_t)(at - tail->data) : 0;

        if (!at)
            break;
        if (fits_at(text, start, tail, offset)) {
            if (found != SIZE_MAX)
                return SIZE_MAX;
            found = offset + len;
        }
        from = offset + 1;
    }
    return found;
}

int live_text_take_tail(struct live_text *text, const struct buf *tail, size_t lines)
{
    size_t context = lines / 2, at, n;
    int rc;

    if (text->is_dropped || !text->len || !tail->len || text->lines < context || !context)
        return LIVE_UNSURE;
    at = find_addition(text, tail, context);
    if (at == SIZE_MAX)
        return LIVE_UNSURE;
    n = tail->len - at;
    if (!n)
        return LIVE_SAME;
    rc = buf_append(&text->bytes, tail->data + at, n);
    if (rc) {
        text->bytes.error = 0;
        return rc;
    }
    text->len = text->bytes.len;
    text->lines += count_newlines(tail->data + at, n);
    return LIVE_GROWN;
}

unsigned live_text_next_step(unsigned asked, size_t bytes)
{
    size_t each = asked ? bytes / asked + 1 : 1, most = LIVE_TEXT_MAX / each;
    size_t next = STEP_BYTES / each;

    if (asked >= most)
        return 0;
    if (next < (size_t)asked * STEP_LEAST)
        next = (size_t)asked * STEP_LEAST;
    if (next > (size_t)asked * STEP_MOST)
        next = (size_t)asked * STEP_MOST;
    return (unsigned)(next < most ? next : most);
}
