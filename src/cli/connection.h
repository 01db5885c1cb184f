/*
 * How to reach the service, as far as arguments and environment say it: the same for every program
 * that talks to it.
 */
#ifndef TASKFS_CLI_CONNECTION_H
#define TASKFS_CLI_CONNECTION_H

#include <stddef.h>
#include <stdint.h>

#define CONNECTION_DEFAULT_URL "https://api.inductiva.ai"
#define CONNECTION_SECONDS_MAX 86400

/* Strings belong to the struct, apart from those of `const char *`. */
struct connection {
    char *api_url;         /* without a '/' at its end; NULL when INDUCTIVA_API_URL is malformed */
    char *ca_file;         /* of an option, else of SSL_CERT_FILE; NULL none */
    const char *ca_source; /* which of them: "ca_file" or "SSL_CERT_FILE" */
    char *ca_dir;          /* of SSL_CERT_DIR; NULL none */
    char *authorities;     /* the text of ca_file, after connection_load_authorities; or NULL */
    char *key_file;        /* NULL when there is no home directory */
    const char *key_env;   /* INDUCTIVA_API_KEY, or NULL */
    int64_t timeout_ms;    /* of an operation */
    int is_timeout_given;  /* by the user; else timeout_ms is the default */
};

/* Fills in the defaults and what the environment says. Returns 0; -EINVAL when INDUCTIVA_API_URL is
 * not a URL, which an option may correct yet; or -ENOMEM. */
int connection_from_environment(struct connection *connection);
/* Sets the URL, which is copied. Returns 0; -EINVAL when it is not one; or -ENOMEM. */
int connection_set_url(struct connection *connection, const char *url);
/* Sets the timeout to a number of seconds, perhaps with decimals. Returns 0, or -EINVAL when `text`
 * is not above 0 and at most CONNECTION_SECONDS_MAX. */
int connection_set_timeout(struct connection *connection, const char *text);
/* Takes authorities from the environment, as curl(1) does, unless an option has named some. Returns
 * 0 or -ENOMEM. */
int connection_take_authorities(struct connection *connection);

/*
 * Reads the file of authorities. One that a variable names is an error only where certificates are
 * needed: it may be meant for other programs. Returns 0, or -EINVAL with a line in `why`. Blocks on
 * the file.
 */
int connection_load_authorities(struct connection *connection, char *why, size_t why_size);
void connection_free(struct connection *connection);

#endif
