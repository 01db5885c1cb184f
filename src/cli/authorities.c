#include "cli/authorities.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static int authorities_refuse(const char *source, const char *file, int n, char *why,
                              size_t why_size)
{
    if (n < 0)
        snprintf(why, why_size, "cannot read the %s '%s': %s", source, file, strerror(-n));
    else if (n > AUTHORITIES_MAX)
        snprintf(why, why_size, "the %s '%s' is too long: %d bytes at most", source, file,
                 AUTHORITIES_MAX);
    else
        snprintf(why, why_size, "the %s '%s' holds no certificate in PEM", source, file);
    return n < 0 ? n : -EINVAL;
}

int authorities_load(const char *source, const char *file, char **pem, char *why, size_t why_size)
{
    char *text = malloc(AUTHORITIES_MAX + 1); /* pages that are not written to take no memory */
    int n = text ? file_read(file, text, AUTHORITIES_MAX + 1) : -ENOMEM;

    *pem = NULL;
    if (n >= 0 && n <= AUTHORITIES_MAX) {
        text[n] = '\0';
        if (strstr(text, "CERTIFICATE-----")) {
            *pem = text;
            return 0;
        }
    }
    free(text);
    return authorities_refuse(source, file, n, why, why_size);
}
