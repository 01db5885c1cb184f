/* The command line of the emulator. */
#ifndef EMULATOR_OPTIONS_H
#define EMULATOR_OPTIONS_H

#include <stdint.h>

#define OPTIONS_MAX_KEYS 16

struct options {
    const char *root;                   /* directory of task folders */
    const char *port_file;              /* or NULL */
    const char *log;                    /* or NULL */
    const char *storage_url;            /* base of signed URLs or NULL for this server */
    const char *min_client_version;     /* older clients get 406; NULL: none do */
    const char *keys[OPTIONS_MAX_KEYS]; /* accepted keys; when none is given: any valid key */
    int n_keys;
    uint16_t port;       /* 0: any free port */
    double url_lifetime; /* seconds a signed URL lives */
    int expired_status;  /* HTTP status for an expired signature, 400 or 403 */
    long synthetic;      /* generated tasks, 0 or more */
};

/*
 * Parses the command line into *opt, whose strings point into argv. Returns 0; 1 after it has
 * printed the help; or -EINVAL after it has printed one line about the mistake on stderr.
 */
int options_parse(struct options *opt, int argc, char **argv);

#endif
