/* The Data Channel Establishment Protocol (DCEP), RFC 8832: the messages that open a channel. */
#ifndef TASKFS_RTC_DCEP_H
#define TASKFS_RTC_DCEP_H

#include <stddef.h>

/* Payload protocol identifiers of SCTP, RFC 8831, 8. */
enum {
    PPID_DCEP = 50,
    PPID_STRING = 51,
    PPID_BINARY_PARTIAL = 52, /* deprecated */
    PPID_BINARY = 53,
    PPID_STRING_PARTIAL = 54, /* deprecated */
    PPID_STRING_EMPTY = 56,   /* one byte stands for no byte */
    PPID_BINARY_EMPTY = 57,
};

enum dcep_type {
    DCEP_NONE = 0, /* none of these, or malformed */
    DCEP_ACK = 2,
    DCEP_OPEN = 3,
};

#define DCEP_OPEN_MAX 64 /* bytes */

/* Writes a DATA_CHANNEL_OPEN of an ordered, reliable channel with a label of at most 52 bytes and
 * no protocol. Returns its length. */
size_t dcep_write_open(unsigned char out[DCEP_OPEN_MAX], const char *label);

/* Returns what a whole message is. A DATA_CHANNEL_OPEN must have the lengths that it says. */
enum dcep_type dcep_parse(const void *message, size_t n);

#endif
