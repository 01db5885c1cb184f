#include "api/tracker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/json_scan.h"
#include "api/json_text.h"
#include "base/escape.h"

#define STATUS_MAX 16u   /* bytes of a status */
#define SAID_MAX   4096u /* bytes of an error's text that are looked at */
#define PROBE_MAX  1024u /* bytes of an answer to a probe */
#define NAME_LIMIT 255u

/* ---- requests ---- */

static void put_request(struct buf *out, const char *type)
{
    buf_printf(out, "{\"type\": \"%s\", \"follow\": false, \"args\": {", type);
}

static void put_plain_request(struct buf *out, const char *type)
{
    put_request(out, type);
    buf_puts(out, "}}");
}

void tracker_put_ls(struct buf *out)
{
    put_plain_request(out, "ls");
}

void tracker_put_top(struct buf *out)
{
    put_plain_request(out, "top");
}

void tracker_put_last_modified(struct buf *out)
{
    put_plain_request(out, "last_modified_file");
}

void tracker_put_probe(struct buf *out)
{
    put_plain_request(out, TRACKER_PROBE);
}

static int is_file_name(const char *name, size_t len)
{
    if (!len || len > NAME_LIMIT || memchr(name, '/', len) || memchr(name, '\0', len))
        return 0;
    return !(len == 1 && name[0] == '.') && !(len == 2 && memcmp(name, "..", 2) == 0);
}

static int may_be_asked_for(const char *path)
{
    if (strlen(path) > TRACKER_PATH_MAX)
        return 0;
    for (;;) {
        size_t len = strcspn(path, "/");

        if (!is_file_name(path, len))
            return 0;
        if (!path[len])
            return 1;
        path += len + 1;
    }
}

int tracker_put_tail(struct buf *out, const char *path, unsigned lines)
{
    if (!may_be_asked_for(path) || !lines)
        return -EINVAL;
    put_request(out, "tail");
    buf_puts(out, "\"filename\": ");
    json_put_bytes(out, path, strlen(path));
    buf_printf(out, ", \"lines\": %u}}", lines);
    return out->error;
}

/* ---- answers ---- */

static int refuse(char *why, const char *problem)
{
    snprintf(why, TRACKER_WHY_MAX, "the machine's answer %s", problem);
    return -EPROTO;
}

static int refuse_string(char *why, int rc)
{
    if (rc == -EILSEQ)
        return refuse(why, "has a string that is no text");
    snprintf(why, TRACKER_WHY_MAX, "%s", rc == -EFBIG ? "the text is too long" : "out of memory");
    return rc;
}

/* An answer that is a failure: what the tracker says, as an errno and in words. */
static int take_failure(struct json_reader *message, char *why)
{
    BUF_SCOPED said = BUF_INIT(SAID_MAX);
    BUF_SCOPED shown = BUF_INIT(TRACKER_WHY_MAX - 1);
    int rc = json_reader_peek(message) == '"' ? json_reader_string(message, &said) : -EPROTO;

    if (!rc)
        escape_append(&shown, said.data ? said.data : "", said.len, 0);
    if (rc == -ENOMEM || shown.error == -ENOMEM)
        return refuse_string(why, -ENOMEM);
    if (rc || !said.len)
        return refuse(why, "is an error without a text");
    snprintf(why, TRACKER_WHY_MAX, "%s", shown.data ? shown.data : "");
    if (strncmp(said.data, "File not found", 14) == 0)
        return -ENOENT;
    return strncmp(said.data, "File is not a text file", 23) == 0 ? -EILSEQ : -EIO;
}

/* Finds status and message of an answer that json_scan has accepted. */
static int find_members(struct json_reader *reader, struct buf *status, struct json_reader *message)
{
    int statuses = 0, messages = 0;

    json_reader_enter(reader);
    while (json_reader_more(reader)) {
        BUF_SCOPED name = BUF_INIT(STATUS_MAX);
        int rc = json_reader_name(reader, &name);

        if (!rc && name.len == 6 && memcmp(name.data, "status", 6) == 0 &&
            json_reader_peek(reader) == '"') {
            statuses++;
            rc = json_reader_string(reader, status);
            if (rc)
                return rc == -ENOMEM ? rc : -EPROTO;
            continue;
        }
        if (rc == -ENOMEM)
            return rc;
        if (!rc && name.len == 7 && memcmp(name.data, "message", 7) == 0) {
            messages++;
            *message = *reader;
        }
        json_reader_skip(reader);
    }
    return statuses == 1 && messages == 1 ? 0 : -EPROTO;
}

/* Opens an answer: `*message` is before the value of its message. */
static int open_answer(const char *json, size_t len, struct json_reader *message, char *why)
{
    struct json_reader reader;
    BUF_SCOPED status = BUF_INIT(STATUS_MAX);
    size_t at;
    int rc;

    *message = (struct json_reader){NULL, NULL};
    if (json_scan(json, len, TRACKER_DEPTH_MAX, &at))
        return refuse(why, "is not JSON, or is nested too deeply");
    json_reader_init(&reader, json, len);
    if (json_reader_peek(&reader) != '{')
        return refuse(why, "is not an object");
    rc = find_members(&reader, &status, message);
    if (rc == -ENOMEM)
        return refuse_string(why, rc);
    if (rc || !status.len)
        return refuse(why, "has no status and message, or has them twice");
    if (strcmp(status.data, "success") == 0)
        return 0;
    if (strcmp(status.data, "error") == 0)
        return take_failure(message, why);
    if (strcmp(status.data, "invalid") != 0)
        return refuse(why, "has an unknown status");
    return take_failure(message, why) == -ENOMEM ? -ENOMEM : -EIO;
}

int tracker_tail_decode(const char *json, size_t len, struct buf *text, size_t *lines, char *why)
{
    struct json_reader message;
    int rc = open_answer(json, len, &message, why);

    *lines = 0;
    if (rc)
        return rc;
    if (json_reader_peek(&message) != '[')
        return refuse(why, "has no list of lines");
    json_reader_enter(&message);
    while (json_reader_more(&message)) {
        if (json_reader_peek(&message) != '"')
            return refuse(why, "has a line that is not a string");
        if ((*lines)++)
            buf_putc(text, '\n');
        rc = json_reader_string(&message, text);
        if (rc)
            return refuse_string(why, rc);
    }
    return *lines ? 0 : refuse(why, "has no line");
}

/* ---- listings ---- */

struct listing {
    struct json_reader reader;
    struct tracker_visitor *visitor;
    size_t names, skipped;
    unsigned depth; /* directories that are entered */
};

/* Takes a name. Returns 1 when a file can have it, 0 when not, or -ENOMEM. */
static int take_name(struct listing *listing, struct buf *name,
                     int (*take)(struct json_reader *reader, struct buf *out))
{
    int rc = take(&listing->reader, name);

    if (rc == -ENOMEM)
        return rc;
    listing->names++;
    if (!rc && name->len && is_file_name(name->data, name->len))
        return 1;
    listing->skipped++;
    return 0;
}

static int take_file(struct listing *listing)
{
    BUF_SCOPED name = BUF_INIT(NAME_LIMIT);
    int rc = take_name(listing, &name, json_reader_string);

    return rc == 1 ? listing->visitor->on_file(listing->visitor, name.data) : rc;
}

/* The head of {"NAME": [...]}. Returns 1 when the directory was entered; 0 when it is passed
 * over. */
static int enter_directory(struct listing *listing, char *why)
{
    BUF_SCOPED name = BUF_INIT(NAME_LIMIT);
    int rc;

    json_reader_enter(&listing->reader);
    if (!json_reader_more(&listing->reader))
        return refuse(why, "has a directory without a name");
    rc = take_name(listing, &name, json_reader_name);
    if (rc < 0)
        return rc;
    if (json_reader_peek(&listing->reader) != '[')
        return refuse(why, "has a directory that is not a list");
    if (!rc) {
        json_reader_skip(&listing->reader);
        return json_reader_more(&listing->reader) ? refuse(why, "has a directory of two names") : 0;
    }
    rc = listing->visitor->on_directory(listing->visitor, name.data);
    if (rc)
        return rc;
    json_reader_enter(&listing->reader);
    listing->depth++;
    return 1;
}

/* The end of a list: that of a directory ends the object around it, too. */
static int leave_directory(struct listing *listing, char *why)
{
    if (json_reader_more(&listing->reader))
        return refuse(why, "has a directory of two names");
    listing->visitor->on_end(listing->visitor);
    listing->depth--;
    return 0;
}

static int take_item(struct listing *listing, char *why)
{
    int rc;

    if (listing->names >= TRACKER_NAMES_MAX)
        return refuse(why, "lists more than a million names");
    switch (json_reader_peek(&listing->reader)) {
    case '"':
        return take_file(listing);
    case '{':
        rc = enter_directory(listing, why);
        return rc < 0 ? rc : 0;
    default:
        return refuse(why, "lists what is neither a file nor a directory");
    }
}

int tracker_ls_decode(const char *json, size_t len, struct tracker_visitor *visitor,
                      size_t *skipped, char *why)
{
    struct listing listing = {.visitor = visitor};
    int rc = open_answer(json, len, &listing.reader, why);

    *skipped = 0;
    if (rc)
        return rc;
    if (json_reader_peek(&listing.reader) != '[')
        return refuse(why, "is no list of names");
    json_reader_enter(&listing.reader);
    for (;;) {
        if (json_reader_more(&listing.reader)) {
            rc = take_item(&listing, why);
        } else if (listing.depth) {
            rc = leave_directory(&listing, why);
        } else {
            break;
        }
        if (rc == -ENOMEM)
            snprintf(why, TRACKER_WHY_MAX, "out of memory");
        if (rc)
            return rc;
    }
    *skipped = listing.skipped;
    return 0;
}

/* ---- the short ones ---- */

int tracker_top_decode(const char *json, size_t len, struct buf *text, char *why)
{
    struct json_reader message;
    int rc = open_answer(json, len, &message, why);

    if (rc)
        return rc;
    if (json_reader_peek(&message) != '"')
        return refuse(why, "is not a text");
    rc = json_reader_string(&message, text);
    if (!rc && text->len && text->data[text->len - 1] != '\n')
        rc = buf_putc(text, '\n');
    return rc ? refuse_string(why, rc) : 0;
}

int tracker_last_modified_decode(const char *json, size_t len, struct buf *path, double *ago,
                                 char *why)
{
    struct json_reader message;
    int rc = open_answer(json, len, &message, why);

    *ago = -1;
    if (rc)
        return rc;
    if (json_reader_peek(&message) != '{')
        return refuse(why, "is not an object");
    json_reader_enter(&message);
    while (!rc && json_reader_more(&message)) {
        BUF_SCOPED name = BUF_INIT(64);

        rc = json_reader_name(&message, &name);
        if (rc == -ENOMEM)
            break;
        if (rc || !name.len) {
            rc = 0;
            json_reader_skip(&message);
        } else if (strcmp(name.data, "most_recent_file") == 0 &&
                   json_reader_peek(&message) == '"') {
            buf_clear(path);
            rc = json_reader_string(&message, path);
        } else if (strcmp(name.data, "time_since_last_mod") == 0) {
            *ago = json_reader_number(&message, -1);
        } else {
            json_reader_skip(&message);
        }
    }
    if (*ago < 0)
        *ago = -1;
    return rc ? refuse_string(why, rc) : 0;
}

int tracker_is_probe_answer(const char *json, size_t len)
{
    char why[TRACKER_WHY_MAX];
    struct json_reader message;
    int rc = len <= PROBE_MAX ? open_answer(json, len, &message, why) : 0;

    return rc == -ENOMEM ? rc : rc == -EIO && strstr(why, TRACKER_PROBE) != NULL;
}
