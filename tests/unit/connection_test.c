#include "cli/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"

static struct connection connection;
static char why[400];

/* Fills in the connection from an environment in which these name the URL and the authorities. */
static int make(const char *url, const char *file, const char *dir)
{
    int rc;

    unsetenv("INDUCTIVA_API_KEY");
    setenv("HOME", "/home/somebody", 1);
    setenv("INDUCTIVA_API_URL", url, 1);
    setenv("SSL_CERT_FILE", file, 1);
    setenv("SSL_CERT_DIR", dir, 1);
    why[0] = '\0';
    rc = connection_from_environment(&connection);
    if (!rc)
        rc = connection_take_authorities(&connection);
    unsetenv("INDUCTIVA_API_URL");
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    return rc;
}

static int load(void)
{
    return connection_load_authorities(&connection, why, sizeof(why));
}

/* Under a sanitizer this shows, too, that all is freed and that nothing is freed twice. */
TEST(connection_owns_its_authorities)
{
    int fd = memfd_create("authorities", MFD_CLOEXEC);
    char path[64];

    if (fd < 0 || write(fd, CERTIFICATE, strlen(CERTIFICATE)) != (ssize_t)strlen(CERTIFICATE))
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    CHECK_EQ(make("https://service.example/", path, "/some/certs"), 0);
    CHECK_STR(connection.ca_file, path);
    CHECK_STR(connection.ca_source, "SSL_CERT_FILE");
    CHECK_STR(connection.ca_dir, "/some/certs");
    CHECK(!connection.authorities);
    CHECK_EQ(load(), 0);
    CHECK_STR(connection.authorities, CERTIFICATE);
    connection_free(&connection);
    close(fd);
}

TEST(connection_without_authorities)
{
    CHECK_EQ(make("https://service.example", "", ""), 0);
    CHECK(!connection.ca_file && !connection.ca_dir);
    CHECK_EQ(load(), 0);
    CHECK(!connection.authorities);
    connection_free(&connection);
}

/* A variable may be meant for other programs, where this one needs no certificates. */
TEST(connection_needs_authorities_for_https)
{
    CHECK_EQ(make("https://service.example", "/no/such/file", ""), 0);
    CHECK_EQ(load(), -EINVAL);
    CHECK(strstr(why, "SSL_CERT_FILE '/no/such/file': No such file"));
    CHECK(!connection.authorities);
    connection_free(&connection);
    CHECK_EQ(make("http://service.example", "/no/such/file", ""), 0);
    CHECK_EQ(load(), 0);
    CHECK(!connection.authorities);
    connection_free(&connection);
}
