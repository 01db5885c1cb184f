/*
 * What the user wants: arguments, -o options and environment, checked and in one struct.
 */
#ifndef TASKFS_CLI_OPTIONS_H
#define TASKFS_CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli/connection.h"
#include "cli/disk_options.h"

#define OPTIONS_CACHE_MIN (4u * 1024 * 1024) /* bytes */

struct options {
    char *mountpoint;
    struct connection connection;
    struct disk_options disk;
    char *project;
    char *status;
    char *live_program;      /* path of taskfs-live; NULL: where it is installed */
    const char *live_server; /* HOST:PORT of the STUN and TURN server, or "" for none */
    int64_t ttl_ms;
    size_t cache_size; /* bytes */
    uid_t uid;
    gid_t gid;
    mode_t umask;
    int allow_other;
    int read_only;
    int no_exec;
    int foreground;
    int is_debugging; /* -d, or debug without a value */
    unsigned debug;   /* components with debug messages: bits `1 << enum log_component` */
    int show_help;
    int show_version;
};

/*
 * Reads argv and the environment. Returns 0, or -EINVAL or -ENOMEM with a line for the user in
 * `why`. The caller calls options_free in either case. Does not block.
 */
int options_parse(struct options *options, int argc, char **argv, char *why, size_t why_size);
/* Makes the paths absolute, as the daemon changes its directory. The mount point must exist.
 * Returns 0 or a negative errno. Blocks on the file system. */
int options_resolve(struct options *options);
void options_free(struct options *options);

/* The text of --help. */
extern const char options_help[];

#endif
