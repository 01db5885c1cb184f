/* What the tracker on a machine is asked, and what is made of its answers. */
#include "api/tracker.h"

#include <errno.h>
#include <stdlib.h>

#include "api/json_text.h"
#include "api/mailbox.h"
#include "test.h"

struct tail {
    struct buf text;
    size_t lines;
    char why[TRACKER_WHY_MAX];
};

static int decode_tail(struct tail *tail, const char *json)
{
    buf_free(&tail->text);
    tail->text = BUF_INIT(1000);
    return tracker_tail_decode(json, strlen(json), &tail->text, &tail->lines, tail->why);
}

TEST(tracker_requests)
{
    BUF_SCOPED out = BUF_INIT(1000);

    CHECK_EQ(tracker_put_tail(&out, "a b/\"\x01\xff\xc3\xa9", 5), 0);
    CHECK_STR(out.data, "{\"type\": \"tail\", \"follow\": false, \"args\": {\"filename\": "
                        "\"a b/\\\"\\u0001\\udcff\xc3\xa9\", \"lines\": 5}}");
    buf_clear(&out);
    tracker_put_ls(&out);
    CHECK_STR(out.data, "{\"type\": \"ls\", \"follow\": false, \"args\": {}}");
}

TEST(tracker_is_never_asked_for_what_lies_outside)
{
    static const char *const bad[] = {"",     "/etc/passwd", "..", "a/../b", "a/..",
                                      "../a", "a//b",        "a/", "./a/b",  "a/."};
    BUF_SCOPED out = BUF_INIT(10000);
    char *path = malloc(TRACKER_PATH_MAX + 2);

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CHECK_EQ(tracker_put_tail(&out, bad[i], 1), -EINVAL);
    for (size_t i = 0; i <= TRACKER_PATH_MAX; i++)
        path[i] = i % 2 ? '/' : 'a';
    path[TRACKER_PATH_MAX + 1] = '\0';
    CHECK_EQ(tracker_put_tail(&out, path, 1), -EINVAL);
    path[TRACKER_PATH_MAX - 1] = '\0';
    CHECK_EQ(tracker_put_tail(&out, path, 1), 0);
    buf_clear(&out);
    CHECK_EQ(tracker_put_tail(&out, "...", 1), 0);
    CHECK_EQ(tracker_put_tail(&out, "a", 0), -EINVAL);
    free(path);
}

TEST(tracker_tail_is_lines)
{
    struct tail tail = {.text = BUF_INIT(1)};

    CHECK_EQ(decode_tail(&tail, "{\"status\": \"success\", \"message\": [\"a\", \"\", \"b\\r\"]}"),
             0);
    CHECK_STR(tail.text.data, "a\n\nb\r");
    CHECK_EQ(tail.lines, 3);
    CHECK_EQ(decode_tail(&tail, "{\"message\": [\"\"], \"more\": [{\"status\": 1}], "
                                "\"status\": \"success\"}"),
             0);
    CHECK_EQ(tail.text.len, 0);
    CHECK_EQ(tail.lines, 1);
    CHECK_EQ(decode_tail(&tail, "{\"status\": \"success\", \"message\": "
                                "[\"\\u00e9\\ud83d\\ude00\\u0000\\t\\/\xc3\xa9\"]}"),
             0);
    CHECK_EQ(tail.text.len, 11);
    CHECK(memcmp(tail.text.data, "\xc3\xa9\xf0\x9f\x98\x80\0\t/\xc3\xa9", 11) == 0);
    buf_free(&tail.text);
}

TEST(tracker_failures)
{
    struct tail tail = {.text = BUF_INIT(1)};

    CHECK_EQ(decode_tail(&tail, "{\"status\": \"error\", \"message\": \"File not found: a\\nb\"}"),
             -ENOENT);
    CHECK_STR(tail.why, "File not found: a\\nb");
    CHECK_EQ(decode_tail(&tail, "{\"status\": \"error\", \"message\": \"File is not a text file: "
                                "x\"}"),
             -EILSEQ);
    CHECK_EQ(decode_tail(&tail, "{\"status\": \"error\", \"message\": \"\"}"), -EPROTO);
    CHECK_EQ(decode_tail(&tail, "{\"status\": \"error\", \"message\": null}"), -EPROTO);
    CHECK_EQ(decode_tail(&tail, "{\"status\": \"invalid\", \"message\": \"bad\"}"), -EIO);
    CHECK_STR(tail.why, "bad");
    buf_free(&tail.text);
}

TEST(tracker_refuses)
{
    static const char *const bad[] = {
        "",
        "[]",
        "null",
        "{}",
        "{\"status\": \"success\"}",
        "{\"message\": [\"a\"]}",
        "{\"status\": \"other\", \"message\": [\"a\"]}",
        "{\"status\": \"success\", \"status\": \"success\", \"message\": [\"a\"]}",
        "{\"status\": \"success\", \"message\": [\"a\"], \"message\": [\"b\"]}",
        "{\"status\": \"success\", \"message\": \"a\"}",
        "{\"status\": \"success\", \"message\": []}",
        "{\"status\": \"success\", \"message\": [1]}",
        "{\"status\": \"success\", \"message\": [[\"a\"]]}",
        "{\"status\": \"success\", \"message\": [\"\\ud800\"]}",
        "{\"status\": \"success\", \"message\": [\"\\udc00\"]}",
        "{\"status\": \"success\", \"message\": [\"\\ud800\\u0041\"]}",
        "{\"status\": \"success\", \"message\": [\"\xff\"]}",
        "{\"status\": \"success\", \"message\": [\"a\"]} x",
        "{\"status\": 7, \"message\": [\"a\"]}",
    };
    struct tail tail = {.text = BUF_INIT(1)};

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CHECK_EQ(decode_tail(&tail, bad[i]), -EPROTO);
    tail.text = BUF_INIT(2);
    CHECK_EQ(tracker_tail_decode("{\"status\":\"success\",\"message\":[\"abc\"]}", 38, &tail.text,
                                 &tail.lines, tail.why),
             -EFBIG);
    buf_free(&tail.text);
}

/* Writes down what it is told. */
struct scribe {
    struct tracker_visitor visitor;
    struct buf said;
};

static int scribe_file(struct tracker_visitor *visitor, const char *name)
{
    return buf_printf(&((struct scribe *)visitor)->said, "%s;", name);
}

static int scribe_directory(struct tracker_visitor *visitor, const char *name)
{
    return buf_printf(&((struct scribe *)visitor)->said, "%s(", name);
}

static void scribe_end(struct tracker_visitor *visitor)
{
    buf_puts(&((struct scribe *)visitor)->said, ")");
}

static int decode_ls(struct scribe *scribe, const char *names, size_t *skipped)
{
    BUF_SCOPED json = BUF_INIT(100000);
    char why[TRACKER_WHY_MAX];

    buf_free(&scribe->said);
    *scribe = (struct scribe){.visitor = {scribe_file, scribe_directory, scribe_end},
                              .said = BUF_INIT(1000)};
    buf_printf(&json, "{\"status\": \"success\", \"message\": %s}", names);
    return tracker_ls_decode(json.data, json.len, &scribe->visitor, skipped, why);
}

TEST(tracker_listing)
{
    struct scribe scribe = {.said = BUF_INIT(1)};
    size_t skipped;

    CHECK_EQ(decode_ls(&scribe, "[\"a\", {\"d\": [\"b\", {\"e\": []}, {\"f\": [\"c\"]}]}, \"z\"]",
                       &skipped),
             0);
    CHECK_STR(scribe.said.data, "a;d(b;e()f(c;))z;");
    CHECK_EQ(skipped, 0);
    CHECK_EQ(decode_ls(&scribe, "[]", &skipped), 0);
    CHECK_EQ(scribe.said.len, 0);
    CHECK_EQ(decode_ls(&scribe, "[\"\\udcff\\u00e9\"]", &skipped), 0);
    CHECK_STR(scribe.said.data, "\xff\xc3\xa9;");
    buf_free(&scribe.said);
}

TEST(tracker_hostile_names)
{
    struct scribe scribe = {.said = BUF_INIT(1)};
    char names[700], *at = names;
    size_t skipped;

    CHECK_EQ(decode_ls(&scribe,
                       "[\"\", \".\", \"..\", \"a/b\", \"a\\u0000b\", \"\\ud800\", \"ok\", "
                       "{\"..\": [\"x\", {\"y\": [1]}]}, {\"good\": [\"../x\", \"in\"]}]",
                       &skipped),
             0);
    CHECK_STR(scribe.said.data, "ok;good(in;)");
    CHECK_EQ(skipped, 8);
    at += sprintf(at, "[\"");
    for (int i = 0; i < 255; i++)
        *at++ = 'n';
    at += sprintf(at, "\", \"");
    for (int i = 0; i < 256; i++)
        *at++ = 'm';
    sprintf(at, "\"]");
    CHECK_EQ(decode_ls(&scribe, names, &skipped), 0);
    CHECK_EQ(scribe.said.len, 256);
    CHECK_EQ(skipped, 1);
    buf_free(&scribe.said);
}

TEST(tracker_bad_listings)
{
    static const char *const bad[] = {"{}",
                                      "\"a\"",
                                      "[1]",
                                      "[null]",
                                      "[[\"a\"]]",
                                      "[{}]",
                                      "[{\"a\": 1}]",
                                      "[{\"a\": []}, {\"b\": [], \"c\": []}]",
                                      "[{\"a\": {}}]",
                                      "[{\"..\": [], \"c\": []}]"};
    struct scribe scribe = {.said = BUF_INIT(1)};
    char deep[1000], *at = deep;
    size_t skipped;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        CHECK_EQ(decode_ls(&scribe, bad[i], &skipped), -EPROTO);
    for (int levels = 30; levels <= 31; levels++) { /* the object and the list around count too */
        at = deep + sprintf(deep, "[");
        for (int i = 1; i < levels; i++)
            at += sprintf(at, "{\"d\": [");
        for (int i = 1; i < levels; i++)
            at += sprintf(at, "]}");
        sprintf(at, "]");
        CHECK_EQ(decode_ls(&scribe, deep, &skipped), levels == 30 ? 0 : -EPROTO);
    }
    buf_free(&scribe.said);
}

TEST(tracker_short_answers)
{
    static const char probe[] = "{\"status\": \"invalid\", \"message\": \"Unknown operation type: "
                                "taskfs-probe\"}",
                      no_probe[] = "{\"status\": \"success\", \"message\": [\"taskfs-probe\"]}",
                      last[] = "{\"status\": \"success\", \"message\": {\"most_recent_file\": "
                               "\"/w/a\", \"most_recent_timestamp\": 1.5, \"now_timestamp\": NaN, "
                               "\"time_since_last_mod\": 2.5e0}}",
                      none[] =
                          "{\"status\": \"success\", \"message\": {\"most_recent_file\": null, "
                          "\"time_since_last_mod\": null}}",
                      top[] = "{\"status\": \"success\", \"message\": \"a\\nb\"}";
    BUF_SCOPED text = BUF_INIT(100);
    char why[TRACKER_WHY_MAX];
    double ago;

    CHECK_EQ(tracker_is_probe_answer(probe, sizeof(probe) - 1), 1);
    CHECK_EQ(tracker_is_probe_answer(no_probe, sizeof(no_probe) - 1), 0);
    CHECK_EQ(tracker_last_modified_decode(last, sizeof(last) - 1, &text, &ago, why), 0);
    CHECK_STR(text.data, "/w/a");
    CHECK(ago > 2.4 && ago < 2.6);
    buf_clear(&text);
    CHECK_EQ(tracker_last_modified_decode(none, sizeof(none) - 1, &text, &ago, why), 0);
    CHECK_EQ(text.len, 0);
    CHECK(ago < 0);
    CHECK_EQ(tracker_top_decode(top, sizeof(top) - 1, &text, why), 0);
    CHECK_STR(text.data, "a\nb\n");
    CHECK_EQ(tracker_top_decode(none, sizeof(none) - 1, &text, why), -EPROTO);
}

TEST(mailbox_bodies)
{
    BUF_SCOPED out = BUF_INIT(MAILBOX_BODY_MAX);
    char why[100], *sdp;

    mailbox_put_register(&out, "u-1");
    CHECK_STR(out.data, "{\"sender_id\": \"u-1\"}");
    buf_clear(&out);
    mailbox_put_offer(&out, "u-1", "task", "v=0\r\n");
    CHECK_STR(out.data, "{\"sender_id\": \"u-1\", \"receiver_id\": \"task\", \"type\": \"offer\", "
                        "\"sdp\": \"v=0\\u000d\\u000a\"}");
#define DECODE(text) mailbox_answer_decode(text, sizeof(text) - 1, &sdp, why, sizeof(why))
    CHECK_EQ(DECODE("{\"type\": \"answer\", \"sdp\": \"v=0\\r\\n\"}"), 0);
    CHECK_STR(sdp, "v=0\r\n");
    free(sdp);
    CHECK_EQ(DECODE("{\"type\": \"offer\", \"sdp\": \"v=0\"}"), -EAGAIN);
    CHECK_EQ(DECODE("{\"type\": \"answer\", \"sdp\": \"\"}"), -EPROTO);
    CHECK_EQ(DECODE("{\"type\": \"answer\"}"), -EPROTO);
    CHECK_EQ(DECODE("{\"type\": null, \"sdp\": \"v=0\"}"), -EPROTO);
    CHECK_EQ(DECODE("[]"), -EPROTO);
    CHECK_EQ(DECODE(""), -EPROTO);
}
