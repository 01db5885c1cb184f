/* Any text after -o: options within their ranges, or a refusal that says why. abort() is a finding.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

static void check(const struct options *options)
{
    size_t len = strlen(options->connection.api_url);

    REQUIRE(strcmp(options->mountpoint, "/mnt") == 0);
    REQUIRE(strncmp(options->connection.api_url, "http://", 7) == 0 ||
            strncmp(options->connection.api_url, "https://", 8) == 0);
    REQUIRE(len > 7 && options->connection.api_url[len - 1] != '/' &&
            !strpbrk(options->connection.api_url, " \n?#@"));
    REQUIRE(!options->project || options->project[0]);
    REQUIRE(!options->status || options->status[0]);
    REQUIRE(options->ttl_ms >= 0 && options->ttl_ms <= 86400000);
    REQUIRE(options->connection.timeout_ms > 0 && options->connection.timeout_ms <= 86400000);
    REQUIRE(options->cache_size >= OPTIONS_CACHE_MIN && options->cache_size <= SIZE_MAX / 2);
    REQUIRE(options->umask <= 0777);
    REQUIRE(options->uid != (uid_t)-1 && options->gid != (gid_t)-1);
    REQUIRE(!options->show_help && !options->show_version && !options->foreground);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[] = "taskfs", flag[] = "-o", mountpoint[] = "/mnt", why[256];
    char *list = malloc(size + 1);
    char *argv[] = {name, flag, list, mountpoint, NULL};
    struct options options;
    int rc;

    REQUIRE(list);
    memcpy(list, data, size);
    list[size] = '\0';
    rc = options_parse(&options, 4, argv, why, sizeof(why));
    REQUIRE(rc == 0 || (rc == -EINVAL && why[0] && memchr(why, '\0', sizeof(why))));
    if (rc == 0)
        check(&options);
    options_free(&options);
    free(list);
    return 0;
}
