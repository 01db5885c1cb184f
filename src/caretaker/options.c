#include "caretaker/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char caretaker_help[] =
    "usage: taskfs-cache [options] [DIR]\n"
    "Lists what a cache on disk has, by task: how much of its archives is here, and\n"
    "when it was used last. Mounts and downloads may use the cache meanwhile. DIR is\n"
    "what cache_dir names of a mount; by default TASKFS_CACHE_DIR.\n"
    "\n"
    "      --drop ID     remove what is here of a task; can be given several times\n"
    "      --drop-all    remove what is here of all tasks\n"
    "      --verify      read everything, and remove what is damaged\n"
    "      --json        a JSON object a task, instead of text\n"
    "  -h, --help        this\n"
    "  -V, --version     the version\n"
    "exit status: 0 done; 1 something failed, or was damaged; 2 wrong usage\n";

/* Options without a letter. */
enum {
    OPTION_DROP = 256,
    OPTION_DROP_ALL,
    OPTION_VERIFY,
    OPTION_JSON,
};

static const struct option longs[] = {{"drop", required_argument, NULL, OPTION_DROP},
                                      {"drop-all", no_argument, NULL, OPTION_DROP_ALL},
                                      {"verify", no_argument, NULL, OPTION_VERIFY},
                                      {"json", no_argument, NULL, OPTION_JSON},
                                      {"help", no_argument, NULL, 'h'},
                                      {"version", no_argument, NULL, 'V'},
                                      {NULL, 0, NULL, 0}};

static void set_option(struct caretaker_options *options, int c, const char *value)
{
    switch (c) {
    case OPTION_DROP:
        options->dropped[options->dropped_count++] = value;
        break;
    case OPTION_DROP_ALL:
        options->drops_all = 1;
        break;
    case OPTION_VERIFY:
        options->verifies = 1;
        break;
    case OPTION_JSON:
        options->is_json = 1;
        break;
    case 'h':
        options->show_help = 1;
        break;
    default:
        options->show_version = 1;
    }
}

/* The option that getopt_long has stopped at, as `c` says. */
static void say_wrong_option(int c, char *const *argv, char *why, size_t why_size)
{
    const char *last = argv[optind - 1];

    if (c == ':')
        snprintf(why, why_size, "option '%s' needs a value", last);
    else if (optopt > 0 && optopt < OPTION_DROP && !strchr("hV", optopt))
        snprintf(why, why_size, "unknown option '-%c'", optopt);
    else if (optopt) /* a known one, written "--json=yes" */
        snprintf(why, why_size, "option '%s' takes no value", last);
    else
        snprintf(why, why_size, "unknown option '%s'", last);
}

static const char *find_wrong(const struct caretaker_options *options, int operands)
{
    if (options->drops_all + options->verifies + (options->dropped_count > 0) > 1)
        return "--drop, --drop-all and --verify do not go together";
    /* Most often that of a variable which is not set. */
    for (size_t i = 0; i < options->dropped_count; i++)
        if (!*options->dropped[i])
            return "bad value for '--drop': it is empty";
    if (operands > 1)
        return "one directory at a time";
    if (!options->dir || !*options->dir)
        return "which directory? give it, or set TASKFS_CACHE_DIR";
    return NULL;
}

int caretaker_options_parse(struct caretaker_options *options, int argc, char **argv, char *why,
                            size_t why_size)
{
    const char *wrong;
    int c;

    *options = (struct caretaker_options){.dir = getenv("TASKFS_CACHE_DIR")};
    snprintf(why, why_size, "out of memory");
    options->dropped = calloc((size_t)argc + 1, sizeof(*options->dropped));
    if (!options->dropped)
        return -ENOMEM;
    opterr = 0;
    optind = 0; /* glibc: start over */
    while ((c = getopt_long(argc, argv, ":hV", longs, NULL)) != -1) {
        if (c == ':' || c == '?') {
            say_wrong_option(c, argv, why, why_size);
            return -EINVAL;
        }
        set_option(options, c, optarg);
    }
    if (options->show_help || options->show_version)
        return 0;
    if (optind < argc)
        options->dir = argv[optind];
    wrong = find_wrong(options, argc - optind);
    if (!wrong)
        return 0;
    snprintf(why, why_size, "%s", wrong);
    return -EINVAL;
}

void caretaker_options_free(struct caretaker_options *options)
{
    free(options->dropped);
}
