/* What the user of taskfs-cache wants: arguments and environment, checked and in one struct. */
#ifndef TASKFS_CARETAKER_OPTIONS_H
#define TASKFS_CARETAKER_OPTIONS_H

#include <stddef.h>

struct caretaker_options {
    const char *dir;
    const char **dropped; /* ids */
    size_t dropped_count;
    int drops_all;
    int verifies;
    int is_json;
    int show_help;
    int show_version;
};

/*
 * Reads argv and the environment. Strings are borrowed from both. Returns 0; or -EINVAL or -ENOMEM
 * with a line for the user in `why`. The caller calls caretaker_options_free in either case.
 */
int caretaker_options_parse(struct caretaker_options *options, int argc, char **argv, char *why,
                            size_t why_size);
void caretaker_options_free(struct caretaker_options *options);

/* The text of --help. */
extern const char caretaker_help[];

#endif
