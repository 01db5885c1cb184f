/* What the user of taskfs-download wants: arguments and environment, checked and in one struct. */
#ifndef TASKFS_DOWNLOAD_OPTIONS_H
#define TASKFS_DOWNLOAD_OPTIONS_H

#include <stddef.h>

#include "cli/connection.h"
#include "cli/disk_options.h"

/* A list of strings that belong to somebody else. */
struct strings {
    const char **at;
    size_t count;
};

struct download_options {
    struct connection connection;
    struct disk_options disk;
    struct strings tasks;  /* ids, or paths into a mount; "-" stands for standard input */
    struct strings files;  /* names and patterns; of all tasks */
    const char *project;   /* all tasks of a project; NULL no */
    const char *status;    /* all tasks in a status; NULL no */
    const char *directory; /* to download to */
    const char *mount;     /* whose service is asked; NULL none was named */
    int wants_outputs;
    int wants_inputs;
    int has_named_what; /* --inputs or --outputs was given */
    int wants_zip;
    int wants_std;
    int is_cache_only; /* nothing is written but the cache on disk */
    int is_forced;
    int is_quiet;
    int is_json;
    int is_dry_run;
    int waits;
    int takes_any_status;
    int show_help;
    int show_version;
};

/*
 * Reads argv and the environment. Strings are borrowed from both. Returns 0; or -EINVAL or -ENOMEM
 * with a line for the user in `why`. The caller calls download_options_free in either case.
 */
int download_options_parse(struct download_options *options, int argc, char **argv, char *why,
                           size_t why_size);
void download_options_free(struct download_options *options);

/* Appends to a list. Returns 0 or -ENOMEM. */
int strings_add(struct strings *strings, const char *text);

/* The text of --help. */
extern const char download_help[];

#endif
