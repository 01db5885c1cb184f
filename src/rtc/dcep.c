#include "rtc/dcep.h"

#include <string.h>

#define OPEN_HEADER 12

size_t dcep_write_open(unsigned char out[DCEP_OPEN_MAX], const char *label)
{
    size_t len = strnlen(label, DCEP_OPEN_MAX - OPEN_HEADER);

    memset(out, 0, OPEN_HEADER);
    out[0] = DCEP_OPEN;
    out[2] = 1; /* priority 256, big endian: normal */
    out[9] = (unsigned char)len;
    memcpy(out + OPEN_HEADER, label, len);
    return OPEN_HEADER + len;
}

enum dcep_type dcep_parse(const void *message, size_t n)
{
    const unsigned char *bytes = message;

    if (n == 1 && bytes[0] == DCEP_ACK)
        return DCEP_ACK;
    if (n < OPEN_HEADER || bytes[0] != DCEP_OPEN)
        return DCEP_NONE;
    if (n - OPEN_HEADER !=
        (size_t)(bytes[8] << 8 | bytes[9]) + (size_t)(bytes[10] << 8 | bytes[11]))
        return DCEP_NONE;
    return DCEP_OPEN;
}
