#include "cli/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/authorities.h"
#include "cli/values.h"

#define DEFAULT_TIMEOUT_MS 60000

int connection_set_url(struct connection *connection, const char *url)
{
    char *copy;
    size_t len;

    if (value_check_url(url))
        return -EINVAL;
    copy = strdup(url);
    if (!copy)
        return -ENOMEM;
    len = strlen(copy);
    while (len && copy[len - 1] == '/')
        copy[--len] = '\0';
    free(connection->api_url);
    connection->api_url = copy;
    return 0;
}

int connection_set_timeout(struct connection *connection, const char *text)
{
    int64_t timeout_ms;

    if (value_parse_thousandths(text, CONNECTION_SECONDS_MAX, &timeout_ms) || !timeout_ms)
        return -EINVAL;
    connection->timeout_ms = timeout_ms;
    connection->is_timeout_given = 1;
    return 0;
}

int connection_from_environment(struct connection *connection)
{
    const char *url = getenv("INDUCTIVA_API_URL"), *home = getenv("HOME");

    *connection = (struct connection){.timeout_ms = DEFAULT_TIMEOUT_MS, .ca_source = ""};
    connection->key_env = getenv("INDUCTIVA_API_KEY");
    if (home && asprintf(&connection->key_file, "%s/.inductiva/api_key", home) < 0) {
        connection->key_file = NULL;
        return -ENOMEM;
    }
    return connection_set_url(connection, url && *url ? url : CONNECTION_DEFAULT_URL);
}

int connection_take_authorities(struct connection *connection)
{
    const char *file = getenv("SSL_CERT_FILE"), *dir = getenv("SSL_CERT_DIR");

    if (connection->ca_file)
        return 0;
    connection->ca_source = "SSL_CERT_FILE";
    if (file && *file && !(connection->ca_file = strdup(file)))
        return -ENOMEM;
    if (dir && *dir && !(connection->ca_dir = strdup(dir)))
        return -ENOMEM;
    return 0;
}

int connection_load_authorities(struct connection *connection, char *why, size_t why_size)
{
    int is_needed = strcmp(connection->ca_source, "ca_file") == 0 ||
                    strncmp(connection->api_url, "https:", 6) == 0;

    if (!connection->ca_file || !authorities_load(connection->ca_source, connection->ca_file,
                                                  &connection->authorities, why, why_size))
        return 0;
    return is_needed ? -EINVAL : 0;
}

void connection_free(struct connection *connection)
{
    free(connection->api_url);
    free(connection->ca_file);
    free(connection->ca_dir);
    free(connection->authorities);
    free(connection->key_file);
}
