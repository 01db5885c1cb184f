#include "cli/authorities.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "test.h"

#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"

static char why[256];

/* Loads from a file that begins so, and goes on with spaces to `len` bytes. */
static int load(const char *begin, size_t len, char **pem)
{
    char path[64], space[4096];
    int fd = memfd_create("authorities", MFD_CLOEXEC), rc;
    size_t used = strlen(begin);

    if (fd < 0 || write(fd, begin, used) != (ssize_t)used)
        abort();
    memset(space, ' ', sizeof(space));
    while (used < len) {
        size_t part = len - used < sizeof(space) ? len - used : sizeof(space);

        if (write(fd, space, part) != (ssize_t)part)
            abort();
        used += part;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    rc = authorities_load("ca_file", path, pem, why, sizeof(why));
    close(fd);
    return rc;
}

TEST(authorities_are_read_whole)
{
    char *pem;

    CHECK_EQ(load(CERTIFICATE, 0, &pem), 0);
    CHECK_STR(pem, CERTIFICATE);
    free(pem);
    CHECK_EQ(load("# ours\n" CERTIFICATE, AUTHORITIES_MAX, &pem), 0);
    CHECK_EQ(strlen(pem), AUTHORITIES_MAX);
    free(pem);
}

TEST(authorities_that_are_none)
{
    char *pem;

    CHECK_EQ(load("", 0, &pem), -EINVAL);
    CHECK(!pem);
    CHECK(strstr(why, "PEM"));
    CHECK_EQ(load("-----BEGIN PRIVATE KEY-----\n", 0, &pem), -EINVAL);
    CHECK_EQ(load(CERTIFICATE, AUTHORITIES_MAX + 1, &pem), -EINVAL);
    CHECK(strstr(why, "too long"));
    CHECK_EQ(authorities_load("SSL_CERT_FILE", "/no/such/file", &pem, why, sizeof(why)), -ENOENT);
    CHECK(strstr(why, "SSL_CERT_FILE '/no/such/file': No such file"));
    CHECK_EQ(authorities_load("ca_file", "/", &pem, why, sizeof(why)), -EISDIR);
    CHECK(!pem);
}
