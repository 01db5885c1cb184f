#include "download/complaints.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"

#define SHOWN_MAX   10
#define MESSAGE_MAX 1000 /* bytes */

void complain(struct complaints *complaints, enum complaint kind, const char *format, ...)
{
    char text[MESSAGE_MAX];
    va_list args;

    if (atomic_fetch_add(&complaints->counts[kind], 1) >= SHOWN_MAX)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    log_error("%s", text);
}

void complaints_end(struct complaints *complaints)
{
    for (int kind = 0; kind < COMPLAINTS; kind++) {
        unsigned count = atomic_exchange(&complaints->counts[kind], 0);

        if (count > SHOWN_MAX)
            dprintf(STDERR_FILENO, "... and %u more like these\n", count - SHOWN_MAX);
    }
}
