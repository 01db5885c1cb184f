#include "caretaker/options.h"

#include <errno.h>
#include <stdlib.h>

#include "test.h"

static struct caretaker_options options;
static char why[300];
static char texts[8][100], *arguments[9];

/* Arguments after the program's name; up to 7. They live until the next call, as options borrow
 * them. */
static int parse(const char *const *args)
{
    int argc = 1;

    strcpy(texts[0], "taskfs-cache");
    arguments[0] = texts[0];
    for (; args[argc - 1] && argc < 8; argc++) {
        snprintf(texts[argc], sizeof(texts[argc]), "%s", args[argc - 1]);
        arguments[argc] = texts[argc];
    }
    arguments[argc] = NULL;
    memset(&options, 0xee, sizeof(options));
    strcpy(why, "nothing");
    return caretaker_options_parse(&options, argc, arguments, why, sizeof(why));
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

TEST(caretaker_options_of_a_listing)
{
    unsetenv("TASKFS_CACHE_DIR");
    CHECK_EQ(PARSE("dir"), 0);
    CHECK_STR(options.dir, "dir");
    CHECK(!options.dropped_count && !options.drops_all && !options.verifies && !options.is_json);
    CHECK(!options.show_help && !options.show_version);
    caretaker_options_free(&options);
    setenv("TASKFS_CACHE_DIR", "/of/variable", 1);
    CHECK_EQ(PARSE("--json"), 0);
    CHECK_STR(options.dir, "/of/variable");
    CHECK(options.is_json);
    caretaker_options_free(&options);
    CHECK_EQ(PARSE("--verify", "dir"), 0);
    CHECK_STR(options.dir, "dir");
    CHECK(options.verifies);
    caretaker_options_free(&options);
    unsetenv("TASKFS_CACHE_DIR");
}

TEST(caretaker_options_of_dropping)
{
    unsetenv("TASKFS_CACHE_DIR");
    CHECK_EQ(PARSE("--drop", "a", "dir", "--drop=b"), 0);
    CHECK_EQ(options.dropped_count, 2);
    CHECK_STR(options.dropped[0], "a");
    CHECK_STR(options.dropped[1], "b");
    CHECK_STR(options.dir, "dir");
    caretaker_options_free(&options);
    CHECK_EQ(PARSE("--drop-all", "--", "-dir"), 0);
    CHECK(options.drops_all);
    CHECK_STR(options.dir, "-dir");
    caretaker_options_free(&options);
}

TEST(caretaker_options_help_and_version)
{
    unsetenv("TASKFS_CACHE_DIR");
    CHECK_EQ(PARSE("-h"), 0);
    CHECK(options.show_help);
    caretaker_options_free(&options);
    CHECK_EQ(PARSE("--version", "a", "b"), 0);
    CHECK(options.show_version);
    caretaker_options_free(&options);
}

#define WRONG(text, ...)                       \
    do {                                       \
        int rc = PARSE(__VA_ARGS__);           \
                                               \
        caretaker_options_free(&options);      \
        CHECK(rc == -EINVAL || rc == -ENOMEM); \
        CHECK_STR(why, text);                  \
    } while (0)

TEST(caretaker_options_that_are_wrong)
{
    unsetenv("TASKFS_CACHE_DIR");
    WRONG("which directory? give it, or set TASKFS_CACHE_DIR", "--json");
    WRONG("which directory? give it, or set TASKFS_CACHE_DIR", "");
    WRONG("one directory at a time", "a", "b");
    WRONG("unknown option '-x'", "-x", "dir");
    WRONG("unknown option '--nonsense'", "--nonsense", "dir");
    WRONG("option '--json=yes' takes no value", "--json=yes", "dir");
    WRONG("option '--drop' needs a value", "dir", "--drop");
    WRONG("bad value for '--drop': it is empty", "--drop", "", "dir");
    WRONG("--drop, --drop-all and --verify do not go together", "--drop", "a", "--verify", "dir");
    WRONG("--drop, --drop-all and --verify do not go together", "--drop-all", "--verify", "dir");
}
