#include "cli/disk_options.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/values.h"
#include "disk/disk.h"

int disk_options_from_environment(struct disk_options *options)
{
    const char *dir = getenv("TASKFS_CACHE_DIR");

    *options = (struct disk_options){.limit = DISK_LIMIT_DEFAULT};
    return disk_options_set_dir(options, dir ? dir : "");
}

int disk_options_set_dir(struct disk_options *options, const char *dir)
{
    char *copy = *dir ? strdup(dir) : NULL;

    if (*dir && !copy)
        return -ENOMEM;
    free(options->dir);
    options->dir = copy;
    return 0;
}

int disk_options_set_limit(struct disk_options *options, const char *text)
{
    return value_parse_size(text, DISK_LIMIT_MIN, &options->limit);
}

int disk_options_resolve(struct disk_options *options)
{
    char *cwd, *absolute;

    if (!options->dir || options->dir[0] == '/')
        return 0;
    cwd = getcwd(NULL, 0);
    if (!cwd)
        return -errno;
    if (asprintf(&absolute, "%s/%s", cwd, options->dir) < 0)
        absolute = NULL;
    free(cwd);
    if (!absolute)
        return -ENOMEM;
    free(options->dir);
    options->dir = absolute;
    return 0;
}

int disk_options_is_within(const struct disk_options *options, const char *folder)
{
    char real[PATH_MAX], above[PATH_MAX];
    size_t len = strlen(folder);

    if (!options->dir || snprintf(above, sizeof(above), "%s", options->dir) >= (int)sizeof(above))
        return 0;
    if (!realpath(above, real) && !realpath(dirname(above), real))
        return 0;
    return strncmp(real, folder, len) == 0 && (real[len] == '/' || real[len] == '\0');
}

void disk_options_free(struct disk_options *options)
{
    free(options->dir);
}
