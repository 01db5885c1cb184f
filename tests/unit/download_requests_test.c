#include "download/requests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "download/job.h"
#include "support/scratch.h"
#include "test.h"

static struct download_options options;
static struct requests requests;
static struct download download;
static char why[1000];

/* ---- reading what is asked for ---- */

/* Reads these tasks, up to a NULL. */
static int read_tasks(const char *const *tasks)
{
    int rc = 0;

    memset(&options, 0, sizeof(options));
    strcpy(why, "nothing");
    for (; *tasks && !rc; tasks++)
        rc = strings_add(&options.tasks, *tasks);
    return rc ? rc : requests_read(&requests, &options, why, sizeof(why));
}
#define READ(...) read_tasks((const char *const[]){__VA_ARGS__, NULL})

static void forget(void)
{
    requests_free(&requests);
    free(options.tasks.at);
    free(options.files.at);
    requests = (struct requests){.count = 0};
    options.tasks = options.files = (struct strings){.count = 0};
}

/* Standard input for the next test of it: a file with this text, or a folder when it is NULL. */
static int replace_input(const char *text)
{
    int before = dup(STDIN_FILENO), fd;

    scratch_make();
    if (text)
        scratch_file("input", text);
    else
        scratch_folder("input");
    fd = open(scratch_path("input"), O_RDONLY);
    clearerr(stdin);
    if (before < 0 || fd < 0 || dup2(fd, STDIN_FILENO) < 0)
        abort();
    close(fd);
    return before;
}

static void restore_input(int before)
{
    clearerr(stdin);
    dup2(before, STDIN_FILENO);
    close(before);
    scratch_remove();
}

TEST(requests_of_ids)
{
    CHECK_EQ(READ("abc", "def"), 0);
    CHECK_EQ(requests.count, 2);
    CHECK_STR(requests.at[0].id, "abc");
    CHECK_STR(requests.at[1].id, "def");
    CHECK_STR(requests.at[0].below, "");
    CHECK_STR(requests.at[0].mount, "");
    CHECK_STR(requests.at[1].asked, "def");
    forget();
    requests_free(&requests); /* of nothing */
}

TEST(requests_of_what_is_no_id)
{
    static const char *const bad[] = {"", ".", "..", ".hidden", "-x"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char expected[100];

        snprintf(expected, sizeof(expected), "'%s' is not a task id", bad[i]);
        CHECK_EQ(READ("abc", bad[i]), -EINVAL);
        CHECK_STR(why, expected);
        forget();
    }
}

TEST(requests_of_paths_into_no_mount)
{
    static const char says[] =
        " is not a mount of taskfs: name the task by its id, or mount there first";
    static const char *const cases[][2] = {{"/tmp/abc", "'/tmp'"},
                                           {"/tmp/no/such/abc", "'/tmp/no/such'"},
                                           {"./abc", "'.'"},
                                           {"tasks/abc/", "'tasks'"},
                                           {"/", "'/'"},
                                           {"/abc", "'/'"},
                                           {"tasks//abc//", "'tasks'"}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char expected[300];

        snprintf(expected, sizeof(expected), "'%s': %s%s", cases[i][0], cases[i][1], says);
        CHECK_EQ(READ(cases[i][0]), -ENOENT);
        CHECK_STR(why, expected);
        forget();
    }
}

TEST(requests_of_lines)
{
    int before = replace_input("abc\n\n  def \t\n\r\nghi jkl\nmno"), rc;

    rc = READ("first", "-", "last");
    restore_input(before);
    CHECK_EQ(rc, 0);
    CHECK_EQ(requests.count, 6);
    CHECK_STR(requests.at[0].id, "first");
    CHECK_STR(requests.at[1].id, "abc");
    CHECK_STR(requests.at[1].asked, "abc");
    CHECK_STR(requests.at[2].id, "def");
    CHECK_STR(requests.at[3].id, "ghi"); /* as of a table with more columns */
    CHECK_STR(requests.at[4].id, "mno");
    CHECK_STR(requests.at[5].id, "last");
    forget();
}

TEST(requests_of_lines_that_are_wrong)
{
    int before = replace_input("abc\n-x\ndef\n"), rc;

    rc = READ("-");
    restore_input(before);
    CHECK_EQ(rc, -EINVAL);
    CHECK_STR(why, "'-x' is not a task id");
    forget();
}

TEST(requests_of_no_lines)
{
    int before = replace_input("\n\n"), rc;

    rc = READ("-");
    restore_input(before);
    CHECK_EQ(rc, 0);
    CHECK_EQ(requests.count, 0);
    forget();
}

TEST(requests_of_lines_that_cannot_be_read)
{
    int before = replace_input(NULL), rc;

    rc = READ("abc", "-");
    restore_input(before);
    CHECK_EQ(rc, -EISDIR);
    CHECK_STR(why, "cannot read standard input: Is a directory");
    forget();
}

/* ---- the service ---- */

TEST(requests_choose_a_service)
{
    char none[] = "", first[] = "/a", second[] = "/b";
    struct request at[] = {{.mount = none}, {.mount = first}, {.mount = second}};
    struct requests two = {.at = at, .count = 3};

    memset(&options, 0, sizeof(options));
    setenv("INDUCTIVA_API_URL", "http://127.0.0.1:1", 1);
    unsetenv("TASKFS_MOUNT");
    CHECK_EQ(requests_choose_service(&two, &options, why, sizeof(why)), -EINVAL);
    CHECK_STR(why, "the tasks are in two mounts, '/a' and '/b': name those of one");
    two.count = 1;
    CHECK_EQ(requests_choose_service(&two, &options, why, sizeof(why)), 0);
    CHECK(!options.connection.api_url);
    options.mount = "/tmp";
    CHECK_EQ(requests_choose_service(&two, &options, why, sizeof(why)), -EINVAL);
    CHECK_STR(why, "'/tmp' is not a mount of taskfs");
    options.mount = NULL;
    setenv("TASKFS_MOUNT", "/no/such", 1);
    CHECK_EQ(requests_choose_service(&two, &options, why, sizeof(why)), -EINVAL);
    CHECK_STR(why, "'/no/such' is not a mount of taskfs");
    unsetenv("TASKFS_MOUNT");
    unsetenv("INDUCTIVA_API_URL");
}

/* ---- jobs ---- */

static void free_jobs(void)
{
    for (size_t i = 0; i < download.count; i++)
        job_free(download.jobs[i]);
    free(download.jobs);
    download = (struct download){.options = &options};
}

/* Adds a request for what is called `below` in the task. Both strings are literals, as jobs borrow
 * from requests. */
static int add(const char *id, const char *below)
{
    struct request request = {
        .id = (char *)(uintptr_t)id, .below = (char *)(uintptr_t)below, .asked = "asked"};
    struct requests one = {.at = &request, .count = 1};

    download.options = &options;
    return requests_add_jobs(&one, &download, why, sizeof(why));
}

/* The jobs, a line each: what is downloaded, its names, and the job that follows. */
static const char *jobs(void)
{
    static char out[2000];
    size_t used = 0;

    out[0] = '\0';
    for (size_t i = 0; i < download.count; i++) {
        const struct job *job = download.jobs[i];

        used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%s %s", i ? "\n" : "", job->id,
                                 job->is_zip ? "zip of " : "");
        used += (size_t)snprintf(out + used, sizeof(out) - used, "%s%s", job->what,
                                 job->is_whole ? " whole" : "");
        for (size_t n = 0; n < job->names.count; n++)
            used += (size_t)snprintf(out + used, sizeof(out) - used, " %s", job->names.at[n]);
        for (size_t n = 0; n < download.count; n++)
            if (job->then == download.jobs[n])
                used += (size_t)snprintf(out + used, sizeof(out) - used, " then %d%s", (int)n,
                                         download.jobs[n]->is_second ? "" : " (not told)");
    }
    return out;
}

static void want(int outputs, int inputs)
{
    memset(&options, 0, sizeof(options));
    options.wants_outputs = outputs;
    options.wants_inputs = inputs;
    options.has_named_what = inputs;
}

TEST(jobs_of_whole_tasks)
{
    want(1, 0);
    CHECK_EQ(add("a", "") || add("b", "") || add("a", ""), 0);
    CHECK_EQ(requests_add_task(&download, "b"), 0);
    CHECK_STR(jobs(), "a outputs whole\nb outputs whole");
    free_jobs();
    want(1, 1);
    CHECK_EQ(add("a", "") || add("b", "") || add("a", ""), 0);
    CHECK_STR(jobs(), "a outputs whole then 1\na inputs whole\nb outputs whole then 3\n"
                      "b inputs whole");
    free_jobs();
    want(0, 1);
    options.wants_zip = 1;
    CHECK_EQ(add("a", "") || add("a", ""), 0);
    CHECK_STR(jobs(), "a zip of inputs whole");
    free_jobs();
}

TEST(jobs_of_paths)
{
    want(1, 0);
    CHECK_EQ(add("a", "outputs"), 0);
    CHECK_EQ(add("b", "outputs/x/y"), 0);
    CHECK_EQ(add("c", "inputs/x"), 0);
    CHECK_EQ(add("d", "output.zip"), 0);
    CHECK_EQ(add("e", "input.zip"), 0);
    CHECK_STR(jobs(), "a outputs whole\nb outputs x/y\nc inputs x\nd zip of outputs whole\n"
                      "e zip of inputs whole");
    free_jobs();
}

TEST(jobs_of_one_task_are_one_or_follow_each_other)
{
    want(1, 0);
    CHECK_EQ(add("a", "outputs/x"), 0);
    CHECK_EQ(add("b", "outputs/x"), 0);
    CHECK_EQ(add("a", "outputs/y"), 0);
    CHECK_STR(jobs(), "a outputs x y\nb outputs x");
    CHECK_EQ(add("a", "inputs/z"), 0);
    CHECK_EQ(add("a", "output.zip"), 0);
    CHECK_EQ(add("a", "inputs/w"), 0);
    CHECK_STR(jobs(), "a outputs x y then 2\nb outputs x\na inputs z w then 3\n"
                      "a zip of outputs whole");
    CHECK_EQ(add("a", ""), 0); /* not only what was named before */
    CHECK_EQ(add("b", "outputs"), 0);
    CHECK_STR(jobs(), "a outputs whole x y then 2\nb outputs whole x\na inputs z w then 3\n"
                      "a zip of outputs whole");
    free_jobs();
}

static const char *refusal(const char *below)
{
    int rc = add("a", below);

    if (!rc || download.count)
        snprintf(why, sizeof(why), "(no refusal)");
    free_jobs();
    return why;
}

TEST(jobs_that_are_refused)
{
    static const char neither[] = "'asked' is neither an output nor an input: cp copies it";

    want(1, 0);
    CHECK_STR(refusal("info"), neither);
    CHECK_STR(refusal("outputs2"), neither);
    CHECK_STR(refusal("output.zip/x"), neither);
    CHECK_STR(refusal("output"), neither);
    options.wants_zip = 1;
    CHECK_STR(refusal("outputs/x"), "'asked' is a file, and --zip copies the whole archive");
    options.has_named_what = 1;
    CHECK_STR(refusal("inputs"), "'asked' leads to the inputs, and --outputs asks for the outputs");
    want(0, 1);
    CHECK_STR(refusal("outputs"), "'asked' leads to the outputs, and --inputs asks for the inputs");
    want(1, 0);
    CHECK_EQ(strings_add(&options.files, "x"), 0);
    CHECK_STR(refusal("output.zip"), "'asked' is the whole archive: no files can be named");
    forget();
}

TEST(jobs_select_what_was_named)
{
    struct selection selection = {.bits = NULL};

    want(1, 0);
    CHECK_EQ(add("a", ""), 0);
    CHECK_EQ(job_select(download.jobs[0], &selection), 0); /* all, without a tree to look at */
    CHECK_EQ(add("a", "outputs/x"), 0);
    CHECK_EQ(download.jobs[0]->is_whole, 1);
    free_jobs();
}
