/* Indents JSON: copies the service's own text with other white space, so that no number is rounded
 * and no field moves. */
#include <errno.h>
#include <string.h>

#include "api/json.h"
#include "api/task.h"

#define INDENT 2
#define SPACE  " \t\r\n"

static void append_new_line(struct buf *out, unsigned depth)
{
    buf_printf(out, "\n%*s", (int)(depth * INDENT), "");
}

/* Appends the string that begins at `at`, with its quotes; returns where it ends. Raw control
 * characters, which json-c accepts and RFC 8259 forbids, are escaped. */
static size_t append_json_string(const char *json, size_t len, size_t at, struct buf *out)
{
    size_t done = at, i;

    for (i = at + 1; i < len && json[i] != '"'; i++) {
        if (json[i] == '\\') {
            i++;
        } else if ((unsigned char)json[i] < 0x20) {
            buf_append(out, json + done, i - done);
            buf_printf(out, "\\u%04x", (unsigned)json[i]);
            done = i + 1;
        }
    }
    i = i < len ? i + 1 : len;
    buf_append(out, json + done, i - done);
    return i;
}

/* Appends a number or a word. NaN and Infinity, which json-c accepts and JSON forbids, become
 * null. */
static size_t append_json_word(const char *json, size_t len, size_t at, struct buf *out)
{
    size_t end = at;

    while (end < len && !strchr(",:]}" SPACE, json[end]))
        end++;
    if (memchr(json + at, 'N', end - at) || memchr(json + at, 'I', end - at))
        buf_puts(out, "null");
    else
        buf_append(out, json + at, end - at);
    return end;
}

static size_t skip_space(const char *json, size_t len, size_t at)
{
    while (at < len && strchr(SPACE, json[at]))
        at++;
    return at;
}

/* `json` is known to be well-formed, without a NUL. */
static void append_indented(const char *json, size_t len, struct buf *out)
{
    unsigned depth = 0;
    size_t at = skip_space(json, len, 0);

    while (at < len && !out->error) {
        char c = json[at];

        if (c == '"') {
            at = append_json_string(json, len, at, out);
        } else if (c == '{' || c == '[') {
            buf_putc(out, c);
            at = skip_space(json, len, at + 1);
            if (at < len && (json[at] == '}' || json[at] == ']'))
                buf_putc(out, json[at++]);
            else
                append_new_line(out, ++depth);
        } else if (c == '}' || c == ']') {
            append_new_line(out, --depth);
            buf_putc(out, c);
            at++;
        } else if (c == ',') {
            buf_putc(out, c);
            append_new_line(out, depth);
            at++;
        } else if (c == ':') {
            buf_puts(out, ": ");
            at++;
        } else {
            at = append_json_word(json, len, at, out);
        }
        at = skip_space(json, len, at);
    }
}

int json_pretty(const char *json, size_t len, struct buf *out)
{
    char why[128];
    struct json_where where = json_where(why, sizeof(why));
    JSON_SCOPED *root = NULL;
    int rc;

    if (out->error)
        return out->error;
    rc = json_parse(json, len, &root, &where);
    if (rc)
        return rc;
    append_indented(json, len, out);
    buf_putc(out, '\n');
    return out->error;
}
