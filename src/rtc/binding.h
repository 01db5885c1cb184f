/*
 * The question to a STUN server which address it sees us at (a Binding request), and its answer,
 * which may be anybody's: RFC 8489. IPv4 alone. Pure functions.
 */
#ifndef TASKFS_RTC_BINDING_H
#define TASKFS_RTC_BINDING_H

#include <stddef.h>
#include <stdint.h>

#define BINDING_ID_SIZE      12 /* bytes, random */
#define BINDING_REQUEST_SIZE 20

/* An address of IPv4 with a port, both in the byte order of this machine. */
struct binding_address {
    uint32_t address;
    uint16_t port;
};

/* Writes a request, which has the cookie: servers that are set up to know nothing older (coturn as
 * Debian delivers it) do not answer without. */
void binding_write_request(unsigned char out[BINDING_REQUEST_SIZE],
                           const unsigned char id[BINDING_ID_SIZE]);

/*
 * Parses a packet of `n` bytes that may be the answer to the request with this id. Returns 0 and
 * fills *seen with the address that the server tells, which is not 0.0.0.0 and has a port that is
 * not 0; or returns -EPROTO when it is anything else, an error of the server's too.
 */
int binding_parse_answer(const void *packet, size_t n, const unsigned char id[BINDING_ID_SIZE],
                         struct binding_address *seen);

#endif
