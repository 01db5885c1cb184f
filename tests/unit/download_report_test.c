#include "api/json_scan.h"
#include "download/report.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "test.h"

#define LOG_NOTHING ((enum log_level)(-1))

static struct report report;
static char written[300000];
static int before = -1; /* standard output, as it was */
static FILE *file;

/* Standard output goes to a file until `uncapture`, which reads it. */
static void capture(int is_json)
{
    fflush(stdout);
    before = dup(STDOUT_FILENO);
    file = tmpfile();
    if (before < 0 || !file || dup2(fileno(file), STDOUT_FILENO) < 0)
        abort();
    report_init(&report, is_json);
}

static void uncapture(void)
{
    size_t n;

    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
    rewind(file);
    n = fread(written, 1, sizeof(written) - 1, file);
    written[n] = '\0';
    fclose(file);
}

TEST(report_of_lines)
{
    struct report_file one = {.task = "abc", .path = "a", .result = "present"};
    struct report_task all = {.task = "abc", .result = "complete"};

    capture(0);
    report_line(&report, "%s of %d", "one", 2);
    report_file(&report, &one);
    report_task(&report, &all);
    report_line(&report, "three");
    uncapture();
    CHECK_STR(written, "one of 2\nthree\n");
    CHECK_EQ(report_is_written(&report), 1);
}

TEST(report_of_objects)
{
    struct report_file one = {.task = "abc",
                              .what = "outputs",
                              .path = "d/a",
                              .result = "left",
                              .why = "it differs",
                              .bytes = UINT64_MAX};
    struct report_file two = {.task = "abc", .what = "outputs", .path = "b", .result = "present"};
    struct report_task all = {.task = "abc",
                              .what = "inputs",
                              .status = "success",
                              .place = "out/abc/inputs",
                              .result = "incomplete",
                              .why = "so",
                              .files = 1,
                              .bytes = 2,
                              .downloaded = 3,
                              .present = 4,
                              .left = 5,
                              .failed = 6,
                              .wire = 7};

    capture(1);
    report_line(&report, "one of %d", 2);
    report_file(&report, &one);
    report_file(&report, &two);
    report_task(&report, &all);
    report_task(&report, &(struct report_task){.task = "x", .what = "y", .result = "failed"});
    uncapture();
    CHECK_STR(written,
              "{\"task\":\"abc\",\"what\":\"outputs\",\"file\":\"d/a\","
              "\"bytes\":18446744073709551615,\"result\":\"left\",\"why\":\"it differs\"}\n"
              "{\"task\":\"abc\",\"what\":\"outputs\",\"file\":\"b\",\"bytes\":0,"
              "\"result\":\"present\"}\n"
              "{\"task\":\"abc\",\"what\":\"inputs\",\"status\":\"success\","
              "\"result\":\"incomplete\",\"why\":\"so\",\"place\":\"out/abc/inputs\",\"files\":1,"
              "\"bytes\":2,\"downloaded\":3,\"present\":4,\"left\":5,\"failed\":6,\"wire\":7}\n"
              "{\"task\":\"x\",\"what\":\"y\",\"result\":\"failed\",\"files\":0,\"bytes\":0,"
              "\"downloaded\":0,\"present\":0,\"left\":0,\"failed\":0,\"wire\":0}\n");
}

/* What a reader of the line finds as the file's name; NULL when it is no JSON. */
static const char *name_through_json(const char *name)
{
    static char out[4000];
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *object, *member;
    size_t len, at;

    capture(1);
    report_file(&report, &(struct report_file){.task = "t", .path = name, .result = "present"});
    uncapture();
    len = strlen(written);
    if (!tokener || !len || strchr(written, '\n') != written + len - 1 ||
        json_scan(written, len, 4, &at))
        return NULL;
    json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
    object = json_tokener_parse_ex(tokener, written, (int)len + 1);
    json_tokener_free(tokener);
    if (!json_object_object_get_ex(object, "file", &member))
        return NULL;
    snprintf(out, sizeof(out), "%s", json_object_get_string(member));
    json_object_put(object);
    return out;
}

TEST(report_escapes_each_byte)
{
    char name[8];

    for (int c = 1; c < 256; c++) {
        snprintf(name, sizeof(name), "a%cb", c);
        CHECK_STR(name_through_json(name), c < 0x80 ? name
                                                    : "a\xef\xbf\xbd"
                                                      "b");
    }
}

TEST(report_keeps_utf8_and_replaces_what_is_none)
{
    static const char *const cases[][2] = {
        {"\xc3\xbc", "\xc3\xbc"},
        {"\xe2\x82\xac", "\xe2\x82\xac"},
        {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
        {"\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
        {"\xc3", "\xef\xbf\xbd"},                                                 /* cut */
        {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},                                 /* cut */
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                                 /* overlong */
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},                 /* surrogate */
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* too far */
        {"\xff"
         "a",
         "\xef\xbf\xbd"
         "a"},
        {"\xc3\"", "\xef\xbf\xbd\""},
        {"\\u0041\\", "\\u0041\\"},
        {"", ""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_STR(name_through_json(cases[i][0]), cases[i][1]);
}

TEST(report_of_the_longest_names)
{
    static char name[8192];

    memset(name, 1, sizeof(name) - 1); /* six bytes each */
    capture(1);
    report_file(&report, &(struct report_file){.task = name, .path = name, .result = "present"});
    report_line(&report, "nothing");
    uncapture();
    CHECK_EQ(report_is_written(&report), 1);
    CHECK_EQ(strlen(written), 2 * 6 * (sizeof(name) - 1) + strlen("{'task':'','file':'','bytes':0,"
                                                                  "'result':'present'}\n"));
}

TEST(report_of_what_cannot_be_written)
{
    int full, output;

    log_set_level(LOG_NOTHING);
    fflush(stdout);
    output = dup(STDOUT_FILENO);
    CHECK(freopen("/dev/full", "w", stdout));
    full = dup(STDOUT_FILENO);
    report_init(&report, 0);
    report_line(&report, "lost");
    report_line(&report, "lost");
    /* Standard output as it was, for what follows. */
    clearerr(stdout);
    fflush(stdout);
    dup2(output, STDOUT_FILENO);
    close(output);
    close(full);
    CHECK_EQ(report_is_written(&report), 0);
}
