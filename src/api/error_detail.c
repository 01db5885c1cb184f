/* The "detail" of an error's body: a text, or the list of a 422, whose items have `loc` and
 * `msg`. */
#include <string.h>

#include "api/json.h"
#include "api/task.h"
#include "base/escape.h"

/* A line is not continued after so many bytes. The ceiling has room for the string that exceeds
 * them, each byte of which can become four. */
#define ENOUGH       4096
#define LINE_CEILING (16 * ENOUGH)

static void detail_append_string(struct buf *line, struct json_object *string)
{
    size_t len = (size_t)json_object_get_string_len(string);

    escape_append(line, json_object_get_string(string), len < ENOUGH ? len : ENOUGH, 0);
}

/* "body.project: " of ["body", "project"]. */
static void detail_append_location(struct buf *line, struct json_object *loc)
{
    size_t parts = loc ? json_object_array_length(loc) : 0;

    for (size_t i = 0; i < parts && line->len < ENOUGH; i++) {
        struct json_object *part = json_object_array_get_idx(loc, i);

        if (i)
            buf_putc(line, '.');
        if (json_object_is_type(part, json_type_string))
            detail_append_string(line, part);
        else if (json_object_is_type(part, json_type_int))
            buf_printf(line, "%lld", (long long)json_object_get_int64(part));
        else
            buf_putc(line, '?');
    }
    if (parts)
        buf_puts(line, ": ");
}

static void detail_append_items(struct buf *line, struct json_object *items)
{
    size_t count = json_object_array_length(items);

    for (size_t i = 0; i < count && line->len < ENOUGH; i++) {
        struct json_object *item = json_object_array_get_idx(items, i);
        struct json_object *msg = json_take(item, "msg", json_type_string);

        if (!msg)
            continue;
        if (line->len)
            buf_puts(line, "; ");
        detail_append_location(line, json_take(item, "loc", json_type_array));
        detail_append_string(line, msg);
    }
}

/* Copies as many whole characters as fit. */
static void copy_whole_characters(const struct buf *line, char *text, size_t text_size)
{
    size_t len = line->len < text_size - 1 ? line->len : text_size - 1;

    if (len < line->len)
        while (len && ((unsigned char)line->data[len] & 0xc0) == 0x80)
            len--;
    if (len)
        memcpy(text, line->data, len);
    text[len] = '\0';
}

void error_detail_decode(const char *json, size_t len, char *text, size_t text_size)
{
    struct json_where where = json_where(text, text_size);
    BUF_SCOPED line = BUF_INIT(LINE_CEILING);
    JSON_SCOPED *root = NULL;
    struct json_object *detail;

    if (json_parse(json, len, &root, &where) == 0) {
        detail = json_take(root, "detail", json_type_string);
        if (detail)
            detail_append_string(&line, detail);
        detail = json_take(root, "detail", json_type_array);
        if (detail)
            detail_append_items(&line, detail);
    }
    copy_whole_characters(&line, text, text_size);
}
