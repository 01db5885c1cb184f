/* Any line for ctl: it is a verb as the contract has them, or a refusal that says why. abort() is a
 * finding. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task/verb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

static const char *const verb_names[] = {"", "kill", "wait", "refresh"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size ? size : 1), *end, canonical[64], why[160] = "";
    enum verb verb = VERB_NONE, again;
    int64_t seconds = 0, seconds_again;
    int rc;

    REQUIRE(line);
    memcpy(line, data, size);
    rc = verb_parse(line, size, &verb, &seconds, why, sizeof(why));
    free(line);
    if (rc) {
        REQUIRE(rc == -EINVAL && memchr(why, '\0', sizeof(why)) && why[0]);
        return 0;
    }
    REQUIRE(verb <= VERB_REFRESH);
    REQUIRE(seconds == VERB_NO_SECONDS || (seconds >= 0 && seconds <= VERB_SECONDS_MAX));
    REQUIRE(seconds == VERB_NO_SECONDS || verb == VERB_KILL || verb == VERB_WAIT);
    /* What was understood, written plainly, is understood the same. */
    end = canonical + sprintf(canonical, "%s", verb_names[verb]);
    if (seconds != VERB_NO_SECONDS)
        end += sprintf(end, " %lld", (long long)seconds);
    rc = verb_parse(canonical, (size_t)(end - canonical), &again, &seconds_again, why, sizeof(why));
    REQUIRE(rc == 0 && again == verb && seconds_again == seconds);
    return 0;
}
