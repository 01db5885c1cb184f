#include "base/size.h"

#include <inttypes.h>
#include <stdio.h>

void size_text(uint64_t bytes, char *out, size_t out_size)
{
    static const char *const units[] = {"KB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0, last = sizeof(units) / sizeof(*units) - 1;
    uint64_t step = 10, hundredths; /* bytes in a hundredth of the unit */

    if (bytes < 1000) {
        snprintf(out, out_size, "%" PRIu64 " B", bytes);
        return;
    }
    /* Rounded to the nearest; what would be 1000.00 is 1.00 of the next unit. */
    while ((hundredths = bytes / step + (bytes % step >= step / 2)) >= 100000 && unit < last) {
        step *= 1000;
        unit++;
    }
    snprintf(out, out_size, "%" PRIu64 ".%02" PRIu64 " %s", hundredths / 100, hundredths % 100,
             units[unit]);
}
