/* The command line of the emulator. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_SYNTHETIC 2000000L

static const char usage[] =
    "usage: taskfs-emulator --root DIR [--port N] [--port-file F] [--log F] [--key K]...\n"
    "                       [--url-lifetime SECONDS] [--expired-status 400|403]\n"
    "                       [--storage-url BASE] [--synthetic N] [--min-client-version V]\n";

static int refuse_option(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int refuse_option(const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fprintf(stderr, "taskfs-emulator: %s\n", text);
    return -EINVAL;
}

static int parse_long(const char *name, const char *text, long min, long max, long *out)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max)
        return refuse_option("--%s takes a number from %ld to %ld, not '%s'", name, min, max, text);
    *out = value;
    return 0;
}

static int parse_seconds(const char *name, const char *text, double *out)
{
    char *end;
    double value = strtod(text, &end);

    if (end == text || *end || !isfinite(value) || value < 0 || value > 1e9)
        return refuse_option("--%s takes seconds, not '%s'", name, text);
    *out = value;
    return 0;
}

static int take_option(struct options *opt, int code, const char *name, const char *value)
{
    long number = 0;
    int rc = 0;

    switch (code) {
    case 'r':
        opt->root = value;
        break;
    case 'f':
        opt->port_file = value;
        break;
    case 'l':
        opt->log = value;
        break;
    case 's':
        opt->storage_url = value;
        break;
    case 'v':
        opt->min_client_version = value;
        break;
    case 'k':
        if (opt->n_keys == OPTIONS_MAX_KEYS)
            return refuse_option("more than %d --key options", OPTIONS_MAX_KEYS);
        opt->keys[opt->n_keys++] = value;
        break;
    case 'p':
        rc = parse_long(name, value, 0, 65535, &number);
        opt->port = (uint16_t)number;
        break;
    case 'u':
        rc = parse_seconds(name, value, &opt->url_lifetime);
        break;
    case 'e':
        rc = parse_long(name, value, 400, 403, &number);
        opt->expired_status = (int)number;
        break;
    case 'n':
        rc = parse_long(name, value, 0, MAX_SYNTHETIC, &opt->synthetic);
        break;
    default:
        rc = -EINVAL;
    }
    return rc;
}

static int check_options(const struct options *opt)
{
    struct stat st;

    if (!opt->root)
        return refuse_option("--root DIR is missing: the directory of task folders");
    if (stat(opt->root, &st) != 0)
        return refuse_option("cannot use '%s' as --root: %s", opt->root, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return refuse_option("cannot use '%s' as --root: not a directory", opt->root);
    if (opt->storage_url && strncmp(opt->storage_url, "http", 4) != 0)
        return refuse_option("--storage-url takes an http or https URL, not '%s'",
                             opt->storage_url);
    return 0;
}

int options_parse(struct options *opt, int argc, char **argv)
{
    static const struct option table[] = {
        {"root", required_argument, NULL, 'r'},
        {"port", required_argument, NULL, 'p'},
        {"port-file", required_argument, NULL, 'f'},
        {"log", required_argument, NULL, 'l'},
        {"key", required_argument, NULL, 'k'},
        {"url-lifetime", required_argument, NULL, 'u'},
        {"expired-status", required_argument, NULL, 'e'},
        {"storage-url", required_argument, NULL, 's'},
        {"synthetic", required_argument, NULL, 'n'},
        {"min-client-version", required_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int code;
    int index = 0;

    *opt = (struct options){.url_lifetime = 3600, .expired_status = 403};
    opterr = 0;
    while ((code = getopt_long(argc, argv, ":", table, &index)) != -1) {
        if (code == 'h') {
            fputs(usage, stdout);
            return 1;
        }
        if (code == '?')
            return refuse_option("unknown option '%s'; see --help", argv[optind - 1]);
        if (code == ':')
            return refuse_option("option '%s' needs a value", argv[optind - 1]);
        if (take_option(opt, code, table[index].name, optarg) < 0)
            return -EINVAL;
    }
    if (optind < argc)
        return refuse_option("unexpected argument '%s'; see --help", argv[optind]);
    return check_options(opt);
}
