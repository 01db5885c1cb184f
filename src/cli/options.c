#include "cli/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/values.h"

#define DEFAULT_URL   CONNECTION_DEFAULT_URL
#define DEFAULT_CACHE ((size_t)256 * 1024 * 1024)
#define DEFAULT_TTL   1000
#define LIVE_SERVER   "INDUCTIVA_TURN_SERVER_URL" /* as the official client calls it */
#define DEFAULT_LIVE  "webrtc.inductiva.ai:3478"

const char options_help[] =
    "usage: taskfs [options] MOUNTPOINT        unmount: fusermount3 -u MOUNTPOINT\n"
    "Shows a simulation service's tasks as files: one directory per task, with\n"
    "outputs that are read from the remote archive on demand.\n"
    "\n"
    "  -f, -d               stay in the foreground; -d with debug messages\n"
    "  -h, --help, -V, --version    this text; the version\n"
    "  -o OPTION[,OPTION]   one or more of:\n"
    "     api_url=URL       the service (default " DEFAULT_URL ")\n"
    "     project=NAME, status=CODE  list only the tasks of these\n"
    "     ttl=SECONDS       how old a running task's state may be (default 1)\n"
    "     timeout=SECONDS   how long an operation may wait (default 60)\n"
    "     cache_size=SIZE   memory for all caches, at least 4M (default 256M)\n"
    "     cache_dir=DIR     keep what is fetched there (default: TASKFS_CACHE_DIR)\n"
    "     disk_cache_size=SIZE  how much to keep, at least 64M (default 10G)\n"
    "     offline           show what is kept; no network and no key\n"
    "     ca_file=FILE      certificate authorities to trust, PEM\n"
    "     ro                ctl takes no writes\n"
    "     allow_other       let other users use the mount\n"
    "     uid=N, gid=N      show files as owned by this user and group\n"
    "     umask=OCTAL       remove these permissions\n"
    "     noexec            no file of the mount can be run\n"
    "     debug=NAME:NAME   debug messages of fuse, fs, api, zip, cache, net\n"
    "Key: INDUCTIVA_API_KEY, else ~/.inductiva/api_key. URL: api_url, else\n"
    "INDUCTIVA_API_URL. More: man taskfs\n";

static int refuse_value(char *why, size_t why_size, const char *name, const char *value,
                        const char *wanted)
{
    snprintf(why, why_size, "bad value for '%s': '%s' is not %s", name, value, wanted);
    return -EINVAL;
}

static int set_string(char **slot, const char *value)
{
    char *copy = strdup(value);

    if (!copy)
        return -ENOMEM;
    free(*slot);
    *slot = copy;
    return 0;
}

static int set_url(struct options *options, const char *name, const char *value, char *why,
                   size_t why_size)
{
    int rc = connection_set_url(&options->connection, value);

    if (rc == -EINVAL)
        refuse_value(why, why_size, name, value, "a URL that begins with https:// or http://");
    return rc;
}

static int set_number(struct options *options, const char *name, const char *value, char *why,
                      size_t why_size)
{
    unsigned long n;

    if (strcmp(name, "umask") == 0) {
        if (value_parse_whole(value, 8, 0777, &n))
            return refuse_value(why, why_size, name, value, "an octal number up to 777");
        options->umask = (mode_t)n;
        return 0;
    }
    if (value_parse_whole(value, 10, UINT32_MAX - 1, &n))
        return refuse_value(why, why_size, name, value, "a number");
    if (strcmp(name, "uid") == 0)
        options->uid = (uid_t)n;
    else
        options->gid = (gid_t)n;
    return 0;
}

/* Options of mount(8) and fstab that have no effect here, as most of them always hold. */
static const char *const ignored[] = {"rw",       "dev",         "nodev",    "suid",
                                      "nosuid",   "auto",        "noauto",   "user",
                                      "users",    "nouser",      "nousers",  "owner",
                                      "noowner",  "group",       "nogroup",  "async",
                                      "sync",     "dirsync",     "atime",    "noatime",
                                      "diratime", "nodiratime",  "relatime", "norelatime",
                                      "lazytime", "strictatime", "defaults", "default_permissions",
                                      "_netdev",  "nofail",      NULL};

static int is_ignored(const char *name)
{
    for (const char *const *at = ignored; *at; at++)
        if (strcmp(name, *at) == 0)
            return 1;
    return 0;
}

/* Options that need a value, and which. */
static const struct {
    const char *name, *needs;
} with_value[] = {
    {"api_url", "a URL, for example api_url=" DEFAULT_URL},
    {"project", "the name of a project, for example project=demo"},
    {"status", "the code of a status, for example status=success"},
    {"ttl", "a value in seconds, for example ttl=0.5"},
    {"timeout", "a value in seconds, for example timeout=300"},
    {"cache_size", "a size of at least 4M, for example cache_size=1G"},
    {"cache_dir", "a directory, for example cache_dir=/var/tmp/taskfs"},
    {"disk_cache_size", "a size of at least 64M, for example disk_cache_size=20G"},
    {"ca_file", "the name of a file, for example ca_file=/etc/ssl/own.pem"},
    {"uid", "the number of a user, for example uid=1000"},
    {"gid", "the number of a group, for example gid=1000"},
    {"umask", "an octal number up to 777, for example umask=027"},
    {"debug", "the name of a component, for example debug=net"},
    {"live_program", "the path of taskfs-live, for example live_program=/opt/taskfs-live"},
};

/* What the option needs, or NULL when it takes no value. */
static const char *needs_of(const char *name)
{
    for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++)
        if (strcmp(name, with_value[i].name) == 0)
            return with_value[i].needs;
    return NULL;
}

static int refuse_missing_value(char *why, size_t why_size, const char *name)
{
    snprintf(why, why_size, "option '%s' needs %s", name, needs_of(name));
    return -EINVAL;
}

/* Options for other programs that read fstab, with or without a value. */
static int is_comment(const char *option)
{
    return strncasecmp(option, "x-", 2) == 0 || strncmp(option, "comment=", 8) == 0;
}

/* Adds the named components, separated by ':', to those with debug messages. */
static int set_debug(struct options *options, const char *value, char *why, size_t why_size)
{
    while (*value) {
        size_t len = strcspn(value, ":");
        unsigned at = 0;

        while (at < LOG_COMPONENTS && (strlen(log_component_names[at]) != len ||
                                       strncmp(log_component_names[at], value, len) != 0))
            at++;
        if (at == LOG_COMPONENTS) {
            snprintf(why, why_size,
                     "unknown component '%.*s': use fuse, fs, api, zip, cache or net, separated by "
                     "':'",
                     (int)len, value);
            return -EINVAL;
        }
        options->debug |= 1u << at;
        value += len + (value[len] == ':');
    }
    return 0;
}

static int set_value(struct options *options, const char *name, const char *value, char *why,
                     size_t why_size)
{
    if (!*value)
        return refuse_missing_value(why, why_size, name);
    if (strcmp(name, "api_url") == 0)
        return set_url(options, name, value, why, why_size);
    if (strcmp(name, "project") == 0)
        return set_string(&options->project, value);
    if (strcmp(name, "status") == 0)
        return set_string(&options->status, value);
    if (strcmp(name, "live_program") == 0)
        return set_string(&options->live_program, value);
    if (strcmp(name, "ca_file") == 0) {
        options->connection.ca_source = "ca_file";
        return set_string(&options->connection.ca_file, value);
    }
    if (strcmp(name, "debug") == 0)
        return set_debug(options, value, why, why_size);
    if (strcmp(name, "ttl") == 0) {
        if (value_parse_thousandths(value, CONNECTION_SECONDS_MAX, &options->ttl_ms))
            return refuse_value(why, why_size, name, value, "a number of seconds from 0 to 86400");
        return 0;
    }
    if (strcmp(name, "timeout") == 0) {
        if (connection_set_timeout(&options->connection, value))
            return refuse_value(why, why_size, name, value, "a number of seconds, up to 86400");
        return 0;
    }
    if (strcmp(name, "cache_size") == 0) {
        if (value_parse_size(value, OPTIONS_CACHE_MIN, &options->cache_size))
            return refuse_value(why, why_size, name, value,
                                "a size of at least 4M: a number, perhaps with K, M or G");
        return 0;
    }
    if (strcmp(name, "cache_dir") == 0)
        return disk_options_set_dir(&options->disk, value);
    if (strcmp(name, "disk_cache_size") == 0) {
        if (disk_options_set_limit(&options->disk, value))
            return refuse_value(why, why_size, name, value,
                                "a size of at least 64M: a number, perhaps with K, M, G or T");
        return 0;
    }
    return set_number(options, name, value, why, why_size);
}

/* Sets an option that takes no value. Returns -ENOENT when there is none of this name. */
static int set_flag(struct options *options, const char *name)
{
    if (strcmp(name, "ro") == 0)
        options->read_only = 1;
    else if (strcmp(name, "allow_other") == 0)
        options->allow_other = 1;
    else if (strcmp(name, "noexec") == 0)
        options->no_exec = 1;
    else if (strcmp(name, "exec") == 0)
        options->no_exec = 0;
    else if (strcmp(name, "offline") == 0)
        options->disk.is_offline = 1;
    else if (strcmp(name, "debug") == 0)
        options->is_debugging = 1;
    else if (!is_ignored(name))
        return -ENOENT;
    return 0;
}

/* Sets one of the options after -o: "name" or "name=value". */
static int set_option(struct options *options, char *option, char *why, size_t why_size)
{
    char *value = strchr(option, '=');

    if (is_comment(option))
        return 0;
    if (value)
        *value++ = '\0';
    if (value && needs_of(option))
        return set_value(options, option, value, why, why_size);
    if (!value && !set_flag(options, option))
        return 0;
    if (!value && needs_of(option))
        return refuse_missing_value(why, why_size, option);
    snprintf(why, why_size, "unknown option '%s': see taskfs --help", option);
    return -EINVAL;
}

/* Sets a list of options as after -o: commas separate them, "\," is a comma. */
static int set_options(struct options *options, const char *list, char *why, size_t why_size)
{
    char *copy = malloc(strlen(list) + 1), *to = copy;
    int rc = 0;

    if (!copy)
        return -ENOMEM;
    for (const char *at = list; !rc; at++) {
        if (*at && *at != ',') {
            if (at[0] == '\\' && at[1])
                at++;
            *to++ = *at;
            continue;
        }
        *to = '\0';
        if (to > copy)
            rc = set_option(options, copy, why, why_size);
        to = copy;
        if (!*at)
            break;
    }
    free(copy);
    return rc;
}

static int set_defaults(struct options *options, char *why, size_t why_size)
{
    mode_t mask = umask(0);
    int rc;

    umask(mask);
    memset(options, 0, sizeof(*options));
    options->ttl_ms = DEFAULT_TTL;
    options->cache_size = DEFAULT_CACHE;
    options->uid = getuid();
    options->gid = getgid();
    options->umask = 0;
    rc = disk_options_from_environment(&options->disk);
    if (rc)
        return rc;
    rc = connection_from_environment(&options->connection);
    if (rc == -EINVAL)
        refuse_value(why, why_size, "INDUCTIVA_API_URL", getenv("INDUCTIVA_API_URL"),
                     "a URL that begins with https:// or http://");
    return rc;
}

static int read_arguments(struct options *options, int argc, char **argv, char *why,
                          size_t why_size)
{
    static const struct option longs[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    int c, rc = 0;

    opterr = 0;
    optind = 0; /* glibc: start over */
    while (!rc && (c = getopt_long(argc, argv, ":fdhVo:", longs, NULL)) != -1) {
        switch (c) {
        case 'f':
            options->foreground = 1;
            break;
        case 'd':
            options->is_debugging = options->foreground = 1;
            break;
        case 'h':
            options->show_help = 1;
            break;
        case 'V':
            options->show_version = 1;
            break;
        case 'o':
            rc = set_options(options, optarg, why, why_size);
            break;
        case ':':
            snprintf(why, why_size, "option '-%c' needs a value: see taskfs --help", optopt);
            return -EINVAL;
        default:
            snprintf(why, why_size, "unknown option '%s': see taskfs --help", argv[optind - 1]);
            return -EINVAL;
        }
    }
    if (rc || options->show_help || options->show_version)
        return rc;
    if (options->is_debugging && !options->debug)
        options->debug = LOG_ALL;
    if (optind + 1 != argc) {
        snprintf(why, why_size,
                 optind == argc ? "no mount point given: see taskfs --help"
                                : "more than one mount point given: see taskfs --help");
        return -EINVAL;
    }
    return set_string(&options->mountpoint, argv[optind]);
}

static int check_offline(const struct options *options, char *why, size_t why_size)
{
    if (options->show_help || options->show_version)
        return 0;
    if (!options->disk.dir)
        snprintf(why, why_size, "option 'offline' needs cache_dir, or TASKFS_CACHE_DIR");
    else if (options->project || options->status)
        snprintf(why, why_size,
                 "option 'offline' shows all tasks that are kept: it cannot be used "
                 "with project or status");
    else
        return 0;
    return -EINVAL;
}

/* Which server helps to find a way to the machines of running tasks. */
static int take_live_server(struct options *options, char *why, size_t why_size)
{
    const char *server = getenv(LIVE_SERVER), *colon;
    unsigned long port;

    options->live_server = server ? server : DEFAULT_LIVE;
    if (!server || !*server)
        return 0;
    colon = strrchr(server, ':');
    if (colon && colon > server && colon - server < 256 &&
        strcspn(server, " \t\r\n") == strlen(server) &&
        !value_parse_whole(colon + 1, 10, 65535, &port) && port)
        return 0;
    return refuse_value(why, why_size, LIVE_SERVER, server, "HOST:PORT, for example " DEFAULT_LIVE);
}

int options_parse(struct options *options, int argc, char **argv, char *why, size_t why_size)
{
    int rc;

    snprintf(why, why_size, "out of memory");
    rc = set_defaults(options, why, why_size);
    if (rc == -EINVAL && argc > 1)
        rc = 0; /* an option may give another URL; checked below */
    if (!rc)
        rc = read_arguments(options, argc, argv, why, why_size);
    if (!rc)
        rc = connection_take_authorities(&options->connection);
    if (!rc && options->disk.is_offline)
        rc = check_offline(options, why, why_size);
    if (!rc)
        rc = take_live_server(options, why, why_size);
    if (!rc && !options->connection.api_url && !options->show_help && !options->show_version) {
        snprintf(why, why_size,
                 "bad value for 'INDUCTIVA_API_URL': it is not a URL that begins with https:// or "
                 "http://");
        rc = -EINVAL;
    }
    return rc;
}

/* Makes the path absolute; one that does not exist stays as it is. */
static int resolve(char **path, int must_exist)
{
    char *absolute = *path ? realpath(*path, NULL) : NULL;

    if (!absolute)
        return must_exist ? -errno : 0;
    free(*path);
    *path = absolute;
    return 0;
}

int options_resolve(struct options *options)
{
    resolve(&options->connection.ca_file, 0);
    resolve(&options->connection.ca_dir, 0);
    resolve(&options->connection.key_file, 0);
    resolve(&options->live_program, 0);
    if (disk_options_resolve(&options->disk))
        return -errno;
    return resolve(&options->mountpoint, 1);
}

void options_free(struct options *options)
{
    free(options->mountpoint);
    free(options->project);
    free(options->status);
    disk_options_free(&options->disk);
    free(options->live_program);
    connection_free(&options->connection);
}
