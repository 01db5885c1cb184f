/* Where to keep on disk what was fetched, as arguments and environment say it: the same for every
 * program that fetches. */
#ifndef TASKFS_CLI_DISK_OPTIONS_H
#define TASKFS_CLI_DISK_OPTIONS_H

#include <stddef.h>

struct disk_options {
    char *dir;      /* NULL: nothing is kept */
    size_t limit;   /* bytes that may be kept there in all */
    int is_offline; /* nothing is fetched, and no key is needed */
    int is_needed;  /* no use to go on without it, even if there is only no room for it */
};

/* Fills in the defaults, and the directory of TASKFS_CACHE_DIR. Returns 0 or -ENOMEM. */
int disk_options_from_environment(struct disk_options *options);
/* Sets the directory; "" is none. Returns 0 or -ENOMEM. */
int disk_options_set_dir(struct disk_options *options, const char *dir);
/* Returns 0, or -EINVAL when `text` is not a size of at least 64M. */
int disk_options_set_limit(struct disk_options *options, const char *text);
/* Makes the directory's path absolute. Returns 0 or a negative errno. */
int disk_options_resolve(struct disk_options *options);
/* Whether the directory, with an absolute path, is this folder or below it, once it is made.
 * `folder` has no links in it. Blocks on the file system. */
int disk_options_is_within(const struct disk_options *options, const char *folder);
void disk_options_free(struct disk_options *options);

#endif
