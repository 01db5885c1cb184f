#include "download/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char download_help[] =
    "usage: taskfs-download [options] ID [FILE...]\n"
    "       taskfs-download [options] -t ID [-t ID...] [FILE...]\n"
    "Downloads a task's outputs, all or the FILEs, to DIR/ID/outputs/. A FILE is a\n"
    "name or a quoted shell pattern below outputs/ ('VTK/**'); a folder is taken\n"
    "whole. What is there is not fetched again; an interrupted download continues.\n"
    "An ID may also be a path into a mount, MOUNT/ID or MOUNT/ID/outputs/FILE.\n"
    "\n"
    "  -o, --output-dir DIR  default INDUCTIVA_OUTPUT_DIR, else inductiva_output\n"
    "  -t, --task ID         one of several tasks; -t - reads ids, a line each\n"
    "      --project NAME, --status CODE  all tasks of a project, in a status\n"
    "      --inputs          the inputs, to DIR/ID/inputs/; with --outputs both\n"
    "      --std             stdout.txt and stderr.txt\n"
    "      --zip             the archive as it is, to DIR/ID/output.zip\n"
    "  -n, --dry-run         say what would be downloaded\n"
    "  -w, --wait            wait until the task has ended; then take it if it is\n"
    "      --any-status      a success, or with this whatever it is\n"
    "  -f, --force           replace files that are there with other content\n"
    "  -q, --quiet           no progress\n"
    "      --json            a JSON object a file and a task, instead of text\n"
    "  -m, --mount MOUNT     use the service of this mount\n"
    "      --cache-dir DIR   keep what is fetched there (default TASKFS_CACHE_DIR)\n"
    "      --cache-only      fetch into it alone, for a mount that is offline\n"
    "      --timeout SECONDS how long to try without progress (default 60)\n"
    "exit status: 0 all is there; 1 something is not; 2 wrong usage; 130 interrupted\n";

/* Options without a letter. */
enum {
    OPTION_PROJECT = 256,
    OPTION_STATUS,
    OPTION_INPUTS,
    OPTION_OUTPUTS,
    OPTION_STD,
    OPTION_ZIP,
    OPTION_ANY_STATUS,
    OPTION_JSON,
    OPTION_TIMEOUT,
    OPTION_CACHE_DIR,
    OPTION_CACHE_SIZE,
    OPTION_CACHE_ONLY,
};

#define FLAGS   "nwfqhV"
#define LETTERS "otm" FLAGS

static const struct option longs[] = {
    {"output-dir", required_argument, NULL, 'o'},
    {"task", required_argument, NULL, 't'},
    {"project", required_argument, NULL, OPTION_PROJECT},
    {"status", required_argument, NULL, OPTION_STATUS},
    {"inputs", no_argument, NULL, OPTION_INPUTS},
    {"outputs", no_argument, NULL, OPTION_OUTPUTS},
    {"std", no_argument, NULL, OPTION_STD},
    {"zip", no_argument, NULL, OPTION_ZIP},
    {"dry-run", no_argument, NULL, 'n'},
    {"wait", no_argument, NULL, 'w'},
    {"any-status", no_argument, NULL, OPTION_ANY_STATUS},
    {"force", no_argument, NULL, 'f'},
    {"quiet", no_argument, NULL, 'q'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"mount", required_argument, NULL, 'm'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"cache-dir", required_argument, NULL, OPTION_CACHE_DIR},
    {"disk-cache-size", required_argument, NULL, OPTION_CACHE_SIZE},
    {"cache-only", no_argument, NULL, OPTION_CACHE_ONLY},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0}};

int strings_add(struct strings *strings, const char *text)
{
    const char **at = realloc(strings->at, (strings->count + 1) * sizeof(*at));

    if (!at)
        return -ENOMEM;
    strings->at = at;
    at[strings->count++] = text;
    return 0;
}

static int set_timeout(struct download_options *options, const char *value, char *why,
                       size_t why_size)
{
    if (!connection_set_timeout(&options->connection, value))
        return 0;
    snprintf(why, why_size, "bad value for '--timeout': '%s' is not a number of seconds", value);
    return -EINVAL;
}

static int set_cache_size(struct download_options *options, const char *value, char *why,
                          size_t why_size)
{
    if (!disk_options_set_limit(&options->disk, value))
        return 0;
    snprintf(why, why_size, "bad value for '--disk-cache-size': '%s' is not a size of at least 64M",
             value);
    return -EINVAL;
}

/* Takes text that names something. An empty one is most often that of a variable which is not set:
 * it must not come to mean all that there is. */
static int set_text(const char **slot, const char *value, const char *option, char *why,
                    size_t why_size)
{
    *slot = value;
    if (*value)
        return 0;
    snprintf(why, why_size, "bad value for '--%s': it is empty", option);
    return -EINVAL;
}

static void set_flag(struct download_options *options, int c)
{
    if (c == OPTION_INPUTS)
        options->wants_inputs = options->has_named_what = 1;
    else if (c == OPTION_OUTPUTS)
        options->wants_outputs = options->has_named_what = 1;
    else if (c == OPTION_STD)
        options->wants_std = 1;
    else if (c == OPTION_ZIP)
        options->wants_zip = 1;
    else if (c == OPTION_ANY_STATUS)
        options->takes_any_status = 1;
    else if (c == OPTION_CACHE_ONLY)
        options->is_cache_only = options->disk.is_needed = 1;
    else if (c == OPTION_JSON)
        options->is_json = 1;
    else if (c == 'n')
        options->is_dry_run = 1;
    else if (c == 'w')
        options->waits = 1;
    else if (c == 'f')
        options->is_forced = 1;
    else if (c == 'q')
        options->is_quiet = 1;
    else if (c == 'h')
        options->show_help = 1;
    else if (c == 'V')
        options->show_version = 1;
}

static int set_option(struct download_options *options, int c, const char *value, char *why,
                      size_t why_size)
{
    switch (c) {
    case 'o':
        options->directory = value;
        return 0;
    case 't':
        return strings_add(&options->tasks, value);
    case 'm':
        return set_text(&options->mount, value, "mount", why, why_size);
    case OPTION_PROJECT:
        return set_text(&options->project, value, "project", why, why_size);
    case OPTION_STATUS:
        return set_text(&options->status, value, "status", why, why_size);
    case OPTION_TIMEOUT:
        return set_timeout(options, value, why, why_size);
    case OPTION_CACHE_DIR:
        return disk_options_set_dir(&options->disk, value);
    case OPTION_CACHE_SIZE:
        return set_cache_size(options, value, why, why_size);
    default:
        set_flag(options, c);
        return 0;
    }
}

/* The option that getopt_long has stopped at, as `c` says. */
static void say_wrong_option(int c, char *const *argv, char *why, size_t why_size)
{
    const char *last = argv[optind - 1];
    int is_letter = optopt > 0 && optopt < OPTION_PROJECT;

    if (c == ':' && is_letter && strncmp(last, "--", 2) != 0)
        snprintf(why, why_size, "option '-%c' needs a value", optopt);
    else if (c == ':')
        snprintf(why, why_size, "option '%s' needs a value", last);
    else if (is_letter && !strchr(LETTERS, optopt))
        snprintf(why, why_size, "unknown option '-%c'", optopt);
    else if (optopt) /* a known one, written "--quiet=yes" */
        snprintf(why, why_size, "option '%s' takes no value", last);
    else
        snprintf(why, why_size, "unknown option '%s'", last);
}

static int read_options(struct download_options *options, int argc, char **argv, char *why,
                        size_t why_size)
{
    int c, rc = 0;

    opterr = 0;
    optind = 0; /* glibc: start over */
    while (!rc && (c = getopt_long(argc, argv, ":o:t:m:" FLAGS, longs, NULL)) != -1) {
        if (c == ':' || c == '?') {
            say_wrong_option(c, argv, why, why_size);
            return -EINVAL;
        }
        rc = set_option(options, c, optarg, why, why_size);
    }
    return rc;
}

/* The arguments that are no options: a task, unless others name the tasks, and files. */
static int read_names(struct download_options *options, int argc, char **argv)
{
    int rc = 0;

    if (!options->tasks.count && !options->project && !options->status && optind < argc)
        rc = strings_add(&options->tasks, argv[optind++]);
    while (!rc && optind < argc)
        rc = strings_add(&options->files, argv[optind++]);
    if (!rc && options->wants_std)
        rc = strings_add(&options->files, "stdout.txt");
    if (!rc && options->wants_std)
        rc = strings_add(&options->files, "stderr.txt");
    return rc;
}

static int check(const struct download_options *options, char *why, size_t why_size)
{
    const char *wrong = NULL;

    if (!options->tasks.count && !options->project && !options->status)
        wrong = "which task? give its id";
    else if (!*options->directory)
        wrong = "the directory for outputs has no name";
    else if (options->wants_zip && options->files.count)
        wrong = "--zip copies the whole archive: no files can be named";
    else if (options->takes_any_status && !options->waits)
        wrong = "--any-status is for --wait: without it, the status does not matter";
    else if (options->wants_std && options->wants_inputs && !options->wants_outputs)
        wrong = "--std names outputs, and --inputs asks for the inputs";
    else if (options->is_cache_only && !options->disk.dir)
        wrong = "--cache-only needs --cache-dir, or TASKFS_CACHE_DIR";
    else if (options->is_cache_only && (options->files.count || options->wants_zip))
        wrong = "--cache-only fetches whole archives: neither files nor --zip go with it";
    if (!wrong)
        return 0;
    snprintf(why, why_size, "%s", wrong);
    return -EINVAL;
}

int download_options_parse(struct download_options *options, int argc, char **argv, char *why,
                           size_t why_size)
{
    int rc;

    snprintf(why, why_size, "out of memory");
    memset(options, 0, sizeof(*options));
    if (disk_options_from_environment(&options->disk))
        return -ENOMEM;
    rc = connection_from_environment(&options->connection);
    if (rc && rc != -EINVAL)
        return rc;
    options->directory = getenv("INDUCTIVA_OUTPUT_DIR");
    if (!options->directory || !*options->directory)
        options->directory = "inductiva_output";
    rc = read_options(options, argc, argv, why, why_size);
    if (rc || options->show_help || options->show_version)
        return rc;
    rc = read_names(options, argc, argv);
    if (!options->has_named_what)
        options->wants_outputs = 1;
    if (!rc)
        rc = check(options, why, why_size);
    return rc ? rc : connection_take_authorities(&options->connection);
}

void download_options_free(struct download_options *options)
{
    free(options->tasks.at);
    free(options->files.at);
    disk_options_free(&options->disk);
    connection_free(&options->connection);
}
