#include "cli/authorities.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static int authorities_refuse(const char *file, int n, char *why, size_t why_size)
{
    if (n < 0)
        snprintf(why, why_size, "cannot read the ca_file '%s': %s", file, strerror(-n));
    else if (n > AUTHORITIES_MAX)
        snprintf(why, why_size, "the ca_file '%s' is too long: %d bytes at most", file,
                 AUTHORITIES_MAX);
    else
        snprintf(why, why_size, "the ca_file '%s' holds no certificate in PEM", file);
    return n < 0 ? n : -EINVAL;
}

int authorities_load(const char *file, char **pem, char *why, size_t why_size)
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
    return authorities_refuse(file, n, why, why_size);
}
