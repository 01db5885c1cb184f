#include "download/options.h"

#include <errno.h>
#include <stdlib.h>

#include "test.h"

static struct download_options options;
static char why[400];
static char texts[12][300], *arguments[13];

/* Arguments after the program's name; up to 11. They live until the next call, as options borrow
 * them. */
static int parse(const char *const *args)
{
    int argc = 1;

    strcpy(texts[0], "taskfs-download");
    arguments[0] = texts[0];
    for (; args[argc - 1] && argc < 12; argc++) {
        snprintf(texts[argc], sizeof(texts[argc]), "%s", args[argc - 1]);
        arguments[argc] = texts[argc];
    }
    arguments[argc] = NULL;
    memset(&options, 0xee, sizeof(options));
    strcpy(why, "nothing");
    return download_options_parse(&options, argc, arguments, why, sizeof(why));
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

static void plain_environment(void)
{
    static const char *const names[] = {"INDUCTIVA_API_KEY", "INDUCTIVA_API_URL",
                                        "SSL_CERT_FILE",     "SSL_CERT_DIR",
                                        "POSIXLY_CORRECT",   "INDUCTIVA_OUTPUT_DIR"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    setenv("HOME", "/home/somebody", 1);
}

TEST(download_options_defaults)
{
    plain_environment();
    CHECK_EQ(PARSE("abc"), 0);
    CHECK_EQ(options.tasks.count, 1);
    CHECK_STR(options.tasks.at[0], "abc");
    CHECK_EQ(options.files.count, 0);
    CHECK(!options.project && !options.status && !options.mount);
    CHECK_STR(options.directory, "inductiva_output");
    CHECK(options.wants_outputs && !options.wants_inputs && !options.has_named_what);
    CHECK(!options.wants_zip && !options.wants_std && !options.is_forced && !options.is_quiet);
    CHECK(!options.is_json && !options.is_dry_run && !options.waits && !options.takes_any_status);
    CHECK(!options.show_help && !options.show_version);
    CHECK_STR(options.connection.api_url, "https://api.inductiva.ai");
    CHECK_STR(options.connection.key_file, "/home/somebody/.inductiva/api_key");
    CHECK(!options.connection.key_env && !options.connection.ca_file);
    CHECK_EQ(options.connection.timeout_ms, 60000);
    CHECK(!options.connection.is_timeout_given);
    download_options_free(&options);
}

TEST(download_options_of_the_environment)
{
    plain_environment();
    setenv("INDUCTIVA_OUTPUT_DIR", "/data/out", 1);
    setenv("INDUCTIVA_API_URL", "http://127.0.0.1:1/", 1);
    setenv("INDUCTIVA_API_KEY", "key", 1);
    setenv("SSL_CERT_FILE", "/etc/ca.pem", 1);
    CHECK_EQ(PARSE("abc"), 0);
    CHECK_STR(options.directory, "/data/out");
    CHECK_STR(options.connection.api_url, "http://127.0.0.1:1");
    CHECK_STR(options.connection.key_env, "key");
    CHECK_STR(options.connection.ca_file, "/etc/ca.pem");
    download_options_free(&options);
    CHECK_EQ(PARSE("-o", "here", "abc"), 0);
    CHECK_STR(options.directory, "here");
    download_options_free(&options);

    setenv("INDUCTIVA_OUTPUT_DIR", "", 1);
    setenv("INDUCTIVA_API_URL", "nonsense", 1); /* a mount may name another yet */
    CHECK_EQ(PARSE("abc"), 0);
    CHECK_STR(options.directory, "inductiva_output");
    CHECK(!options.connection.api_url);
    download_options_free(&options);
    plain_environment();
}

/* ---- each of them ---- */

static int flag_is_set(const char *flag, const int *field)
{
    int is_set;

    plain_environment();
    if (parse((const char *const[]){"abc", flag, NULL}))
        return 0;
    is_set = *field;
    download_options_free(&options);
    return is_set;
}

TEST(download_options_that_are_flags)
{
    static const struct {
        const char *flag;
        const int *field;
    } flags[] = {
        {"--inputs", &options.wants_inputs},
        {"--outputs", &options.wants_outputs},
        {"--inputs", &options.has_named_what},
        {"--outputs", &options.has_named_what},
        {"--std", &options.wants_std},
        {"--zip", &options.wants_zip},
        {"-n", &options.is_dry_run},
        {"--dry-run", &options.is_dry_run},
        {"-w", &options.waits},
        {"--wait", &options.waits},
        {"-f", &options.is_forced},
        {"--force", &options.is_forced},
        {"-q", &options.is_quiet},
        {"--quiet", &options.is_quiet},
        {"--json", &options.is_json},
        {"-h", &options.show_help},
        {"--help", &options.show_help},
        {"-V", &options.show_version},
        {"--version", &options.show_version},
    };

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (!flag_is_set(flags[i].flag, flags[i].field))
            test_fail(__FILE__, __LINE__, "%s sets nothing", flags[i].flag);
}

static const char *value_of(const char *option, const char *const *field)
{
    static char value[300];
    int rc;

    plain_environment();
    rc = parse((const char *const[]){option, "some thing", "-t", "abc", NULL});
    snprintf(value, sizeof(value), "%s", rc ? "(refused)" : *field);
    download_options_free(&options);
    return value;
}

TEST(download_options_with_values)
{
    CHECK_STR(value_of("-o", &options.directory), "some thing");
    CHECK_STR(value_of("--output-dir", &options.directory), "some thing");
    CHECK_STR(value_of("-m", &options.mount), "some thing");
    CHECK_STR(value_of("--mount", &options.mount), "some thing");
    CHECK_STR(value_of("--project", &options.project), "some thing");
    CHECK_STR(value_of("--status", &options.status), "some thing");
    CHECK_EQ(PARSE("--timeout", "2.5", "abc"), 0);
    CHECK_EQ(options.connection.timeout_ms, 2500);
    CHECK(options.connection.is_timeout_given);
    download_options_free(&options);
    CHECK_EQ(PARSE("--timeout=7", "-oout", "abc"), 0);
    CHECK_EQ(options.connection.timeout_ms, 7000);
    CHECK_STR(options.directory, "out");
    download_options_free(&options);
}

TEST(download_options_several_letters_at_once)
{
    plain_environment();
    CHECK_EQ(PARSE("-nwfqo", "out", "abc"), 0);
    CHECK(options.is_dry_run && options.waits && options.is_forced && options.is_quiet);
    CHECK_STR(options.directory, "out");
    download_options_free(&options);
}

TEST(download_options_tasks_and_files)
{
    plain_environment();
    CHECK_EQ(PARSE("abc", "a.txt", "-q", "VTK/**"), 0);
    CHECK_EQ(options.tasks.count, 1);
    CHECK_EQ(options.files.count, 2);
    CHECK_STR(options.files.at[0], "a.txt");
    CHECK_STR(options.files.at[1], "VTK/**");
    download_options_free(&options);

    CHECK_EQ(PARSE("-t", "abc", "a.txt", "--task", "def", "-t", "-"), 0);
    CHECK_EQ(options.tasks.count, 3);
    CHECK_STR(options.tasks.at[0], "abc");
    CHECK_STR(options.tasks.at[1], "def");
    CHECK_STR(options.tasks.at[2], "-");
    CHECK_EQ(options.files.count, 1);
    download_options_free(&options);

    /* Where others name the tasks, all arguments are files. */
    CHECK_EQ(PARSE("--project", "p", "a.txt"), 0);
    CHECK_EQ(options.tasks.count, 0);
    CHECK_EQ(options.files.count, 1);
    download_options_free(&options);
    CHECK_EQ(PARSE("--status", "success", "--std"), 0);
    CHECK_EQ(options.tasks.count, 0);
    CHECK_EQ(options.files.count, 2);
    CHECK_STR(options.files.at[0], "stdout.txt");
    CHECK_STR(options.files.at[1], "stderr.txt");
    download_options_free(&options);

    CHECK_EQ(PARSE("--", "-abc", "-q"), 0);
    CHECK_STR(options.tasks.at[0], "-abc");
    CHECK_STR(options.files.at[0], "-q");
    CHECK(!options.is_quiet);
    download_options_free(&options);
}

TEST(download_options_inputs_and_outputs)
{
    plain_environment();
    CHECK_EQ(PARSE("--inputs", "abc"), 0);
    CHECK(options.wants_inputs && !options.wants_outputs);
    download_options_free(&options);
    CHECK_EQ(PARSE("--inputs", "--outputs", "--std", "abc"), 0);
    CHECK(options.wants_inputs && options.wants_outputs);
    download_options_free(&options);
    CHECK_EQ(PARSE("--zip", "--inputs", "abc"), 0);
    CHECK(options.wants_inputs && !options.wants_outputs && options.wants_zip);
    download_options_free(&options);
}

TEST(download_options_help_needs_no_task)
{
    plain_environment();
    CHECK_EQ(PARSE("--help"), 0);
    CHECK_EQ(options.show_help, 1);
    download_options_free(&options);
    CHECK_EQ(PARSE("-V", "--zip", "a", "b"), 0);
    CHECK_EQ(options.show_version, 1);
    download_options_free(&options);
}

TEST(download_options_the_help_fits_a_screen)
{
    size_t lines = 0, width = 0;

    for (const char *at = download_help; *at; at++) {
        width = *at == '\n' ? 0 : width + 1;
        lines += *at == '\n';
        CHECK(width <= 80);
    }
    CHECK(lines <= 24);
    CHECK_EQ(width, 0);
}

/* ---- what is refused ---- */

/* The message for these arguments, or what else became of them. */
static const char *refusal(const char *const *args)
{
    int rc;

    plain_environment();
    rc = parse(args);
    download_options_free(&options);
    if (rc != -EINVAL)
        snprintf(why, sizeof(why), "(no refusal: %d)", rc);
    return why;
}

#define REFUSAL(...) refusal((const char *const[]){__VA_ARGS__, NULL})

TEST(download_options_that_are_not_known)
{
    CHECK_STR(REFUSAL("--nonsense", "abc"), "unknown option '--nonsense'");
    CHECK_STR(REFUSAL("abc", "--nonsense"), "unknown option '--nonsense'");
    CHECK_STR(REFUSAL("-x", "abc"), "unknown option '-x'");
    CHECK_STR(REFUSAL("-xq", "abc"), "unknown option '-x'");
    CHECK_STR(REFUSAL("-qx", "abc"), "unknown option '-x'");
    CHECK_STR(REFUSAL("abc", "-qxn"), "unknown option '-x'");
    CHECK_STR(REFUSAL("--out", "abc"), "unknown option '--out'"); /* two begin with it */
    CHECK_STR(REFUSAL("--quiet=yes", "abc"), "option '--quiet=yes' takes no value");
    CHECK_STR(REFUSAL("--dry-run=no", "abc"), "option '--dry-run=no' takes no value");
    CHECK_STR(REFUSAL("--json=", "abc"), "option '--json=' takes no value");
}

TEST(download_options_without_their_values)
{
    CHECK_STR(REFUSAL("abc", "-o"), "option '-o' needs a value");
    CHECK_STR(REFUSAL("abc", "-qo"), "option '-o' needs a value");
    CHECK_STR(REFUSAL("abc", "--output-dir"), "option '--output-dir' needs a value");
    CHECK_STR(REFUSAL("--task"), "option '--task' needs a value");
    CHECK_STR(REFUSAL("--timeout"), "option '--timeout' needs a value");
}

TEST(download_options_without_a_task)
{
    CHECK_STR(parse((const char *const[]){NULL}) == -EINVAL ? why : "(no refusal)",
              "which task? give its id");
    download_options_free(&options);
    CHECK_STR(REFUSAL("--zip"), "which task? give its id");
}

TEST(download_options_that_name_nothing)
{
    CHECK_STR(REFUSAL("-o", "", "abc"), "the directory for outputs has no name");
    /* As of a variable that is not set: not all tasks that there are. */
    CHECK_STR(REFUSAL("--project", ""), "bad value for '--project': it is empty");
    CHECK_STR(REFUSAL("--status="), "bad value for '--status': it is empty");
    CHECK_STR(REFUSAL("-m", "", "abc"), "bad value for '--mount': it is empty");
}

TEST(download_options_bad_timeouts)
{
    static const char *const bad[] = {"", "0", "-1", "x", "1x", "86401", "0.0001", "1e3", " 1"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char expected[100];

        snprintf(expected, sizeof(expected),
                 "bad value for '--timeout': '%s' is not a number of seconds", bad[i]);
        CHECK_STR(REFUSAL("--timeout", bad[i], "abc"), expected);
    }
}

TEST(download_options_that_contradict_each_other)
{
    static const char no_files[] = "--zip copies the whole archive: no files can be named";

    CHECK_STR(REFUSAL("--zip", "abc", "a.txt"), no_files);
    CHECK_STR(REFUSAL("--zip", "--std", "abc"), no_files);
    CHECK_STR(REFUSAL("--any-status", "abc"),
              "--any-status is for --wait: without it, the status does not matter");
    CHECK_STR(REFUSAL("--std", "--inputs", "abc"),
              "--std names outputs, and --inputs asks for the inputs");
    plain_environment();
    CHECK_EQ(PARSE("--any-status", "-w", "abc"), 0);
    CHECK_EQ(options.takes_any_status, 1);
    download_options_free(&options);
}

TEST(download_options_messages_that_do_not_fit)
{
    char little[10];
    char name[] = "taskfs-download", option[] = "--nonsense", *argv[] = {name, option, NULL};

    plain_environment();
    CHECK_EQ(download_options_parse(&options, 2, argv, little, sizeof(little)), -EINVAL);
    CHECK_STR(little, "unknown o");
    download_options_free(&options);
}

TEST(download_options_lists_grow)
{
    struct strings strings = {.at = NULL};
    char text[2] = "x";
    int rc = 0;

    for (int i = 0; i < 1000 && !rc; i++)
        rc = strings_add(&strings, text);
    CHECK_EQ(rc, 0);
    CHECK_EQ(strings.count, 1000);
    CHECK(strings.at[0] == text && strings.at[999] == text);
    free(strings.at);
}
