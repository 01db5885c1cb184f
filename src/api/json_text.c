#include "api/json_text.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define RAW_FIRST 0xdc80u /* the surrogates that represent bytes */
#define RAW_LAST  0xdcffu

static void put_escaped(struct buf *out, unsigned char c)
{
    if (c == '"' || c == '\\')
        buf_printf(out, "\\%c", c);
    else if (c < 0x20 || c == 0x7f)
        buf_printf(out, "\\u%04x", c);
    else
        buf_putc(out, (char)c);
}

void json_put_bytes(struct buf *out, const char *bytes, size_t n)
{
    const unsigned char *at = (const unsigned char *)bytes;

    buf_putc(out, '"');
    while (n && !out->error) {
        size_t len = utf8_sequence(at, n);

        if (!len) {
            buf_printf(out, "\\udc%02x", *at);
            len = 1;
        } else if (len == 1) {
            put_escaped(out, *at);
        } else {
            buf_append(out, at, len);
        }
        at += len;
        n -= len;
    }
    buf_putc(out, '"');
}

/* ---- reading ---- */

void json_reader_init(struct json_reader *reader, const char *text, size_t len)
{
    reader->at = text;
    reader->end = text + len;
}

static void skip_space(struct json_reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t' ||
                                        *reader->at == '\n' || *reader->at == '\r'))
        reader->at++;
}

char json_reader_peek(struct json_reader *reader)
{
    skip_space(reader);
    return reader->at < reader->end ? *reader->at : '\0';
}

static void pass(struct json_reader *reader, char c)
{
    if (json_reader_peek(reader) == c)
        reader->at++;
}

void json_reader_enter(struct json_reader *reader)
{
    if (json_reader_peek(reader))
        reader->at++;
}

int json_reader_more(struct json_reader *reader)
{
    char c = json_reader_peek(reader);

    if (c == ',')
        reader->at++;
    if (c != ']' && c != '}')
        return c != '\0';
    reader->at++;
    return 0;
}

/* Passes over a string, and returns where its content is. */
static const char *take_raw(struct json_reader *reader, const char **end)
{
    const char *start;

    pass(reader, '"');
    start = reader->at;
    while (reader->at < reader->end && *reader->at != '"')
        reader->at += *reader->at == '\\' && reader->end - reader->at > 1 ? 2 : 1;
    *end = reader->at;
    pass(reader, '"');
    return start;
}

void json_reader_skip(struct json_reader *reader)
{
    unsigned depth = 0;
    const char *end;

    do {
        char c = json_reader_peek(reader);

        if (c == '"') {
            take_raw(reader, &end);
        } else if (c == '{' || c == '[') {
            depth++;
            reader->at++;
        } else if (c == '}' || c == ']') {
            depth--;
            reader->at++;
        } else if (c == ',' || c == ':') {
            reader->at++;
        } else {
            while (reader->at < reader->end && !strchr(" \t\r\n,:]}", *reader->at))
                reader->at++;
        }
    } while (depth && reader->at < reader->end);
}

static unsigned hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* The unit of an escape \uXXXX at `at`, or -1 when there is none. */
static int take_unit(const char **at, const char *end)
{
    unsigned unit = 0;

    if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++)
        unit = unit << 4 | hex_digit((*at)[i]);
    *at += 6;
    return (int)unit;
}

static void put_utf8(struct buf *out, unsigned c)
{
    if (c < 0x80) {
        buf_putc(out, (char)c);
    } else if (c < 0x800) {
        buf_putc(out, (char)(0xc0 | c >> 6));
        buf_putc(out, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        buf_putc(out, (char)(0xe0 | c >> 12));
        buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_putc(out, (char)(0x80 | (c & 0x3f)));
    } else {
        buf_putc(out, (char)(0xf0 | c >> 18));
        buf_putc(out, (char)(0x80 | (c >> 12 & 0x3f)));
        buf_putc(out, (char)(0x80 | (c >> 6 & 0x3f)));
        buf_putc(out, (char)(0x80 | (c & 0x3f)));
    }
}

/* Appends what one escape \uXXXX, or two that are a pair, stand for. */
static int put_unit(struct buf *out, const char **at, const char *end)
{
    unsigned unit = (unsigned)take_unit(at, end);
    const char *next = *at;
    int low;

    if (unit >= RAW_FIRST && unit <= RAW_LAST) {
        buf_putc(out, (char)(unit & 0xff));
        return 0;
    }
    if (unit < 0xd800 || unit > 0xdfff) {
        put_utf8(out, unit);
        return 0;
    }
    low = unit < 0xdc00 ? take_unit(&next, end) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return -EILSEQ;
    *at = next;
    put_utf8(out, 0x10000 + ((unit - 0xd800) << 10) + ((unsigned)low - 0xdc00));
    return 0;
}

static int put_escape(struct buf *out, const char **at, const char *end)
{
    static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
    const char *name;

    if (end - *at < 2)
        return -EILSEQ;
    if ((*at)[1] == 'u')
        return end - *at < 6 ? -EILSEQ : put_unit(out, at, end);
    name = strchr(names, (*at)[1]);
    buf_putc(out, name && *name ? values[name - names] : (*at)[1]);
    *at += 2;
    return 0;
}

/* Appends plain characters up to the next escape. */
static int put_plain(struct buf *out, const char **at, const char *end)
{
    const char *start = *at;

    while (*at < end && **at != '\\') {
        size_t len = utf8_sequence((const unsigned char *)*at, (size_t)(end - *at));

        if (!len)
            return -EILSEQ;
        *at += len;
    }
    buf_append(out, start, (size_t)(*at - start));
    return 0;
}

int json_reader_string(struct json_reader *reader, struct buf *out)
{
    const char *end, *at = take_raw(reader, &end);
    int rc = 0;

    while (at < end && !rc && !out->error)
        rc = *at == '\\' ? put_escape(out, &at, end) : put_plain(out, &at, end);
    return rc ? rc : out->error;
}

int json_reader_is_name(struct json_reader *reader, const char *name)
{
    const char *end, *start = take_raw(reader, &end);
    size_t len = strlen(name);

    pass(reader, ':');
    return (size_t)(end - start) == len && memcmp(start, name, len) == 0;
}

int json_reader_name(struct json_reader *reader, struct buf *out)
{
    int rc = json_reader_string(reader, out);

    pass(reader, ':');
    return rc;
}

double json_reader_number(struct json_reader *reader, double other)
{
    char first = json_reader_peek(reader), digits[64];
    const char *start = reader->at;
    size_t len;
    double number;

    json_reader_skip(reader);
    len = (size_t)(reader->at - start);
    if ((first != '-' && (first < '0' || first > '9')) || len >= sizeof(digits))
        return other;
    memcpy(digits, start, len);
    digits[len] = '\0';
    number = strtod(digits, NULL);
    return isfinite(number) ? number : other;
}
