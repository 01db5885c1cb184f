#include "rtc/binding.h"

#include <errno.h>
#include <string.h>

#define COOKIE             0x2112a442u
#define HEADER             20 /* type, length, cookie, id */
#define REQUEST            0x0001
#define SUCCESS            0x0101
#define MAPPED_ADDRESS     0x0001 /* of servers before RFC 5389 */
#define XOR_MAPPED_ADDRESS 0x0020
#define IPV4               1
#define IPV4_SIZE          8 /* bytes of an attribute with an address: 0, family, port, address */

static unsigned read_16(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static uint32_t read_32(const unsigned char *at)
{
    return (uint32_t)read_16(at) << 16 | read_16(at + 2);
}

void binding_write_request(unsigned char out[BINDING_REQUEST_SIZE],
                           const unsigned char id[BINDING_ID_SIZE])
{
    static const unsigned char header[] = {0, REQUEST, 0, 0, 0x21, 0x12, 0xa4, 0x42};

    memcpy(out, header, sizeof(header));
    memcpy(out + sizeof(header), id, BINDING_ID_SIZE);
}

static int is_answer(const unsigned char *packet, size_t n, const unsigned char *id)
{
    return n >= HEADER && read_16(packet) == SUCCESS && read_16(packet + 2) == n - HEADER &&
           read_32(packet + 4) == COOKIE && !memcmp(packet + 8, id, BINDING_ID_SIZE);
}

/* Takes the address of an attribute. Returns whether there is one. */
static int take_address(unsigned type, const unsigned char *value, size_t len,
                        struct binding_address *seen)
{
    uint32_t mask = type == XOR_MAPPED_ADDRESS ? COOKIE : 0;
    struct binding_address found;

    if ((type != MAPPED_ADDRESS && type != XOR_MAPPED_ADDRESS) || len != IPV4_SIZE ||
        value[1] != IPV4)
        return 0;
    found.port = (uint16_t)(read_16(value + 2) ^ mask >> 16);
    found.address = read_32(value + 4) ^ mask;
    if (!found.port || !found.address)
        return 0;
    *seen = found;
    return 1;
}

int binding_parse_answer(const void *packet, size_t n, const unsigned char id[BINDING_ID_SIZE],
                         struct binding_address *seen)
{
    const unsigned char *bytes = packet;
    size_t at = HEADER;
    int has_any = 0;

    if (!is_answer(bytes, n, id))
        return -EPROTO;
    while (n - at >= 4) {
        unsigned type = read_16(bytes + at);
        size_t len = read_16(bytes + at + 2), padded = (len + 3) & ~(size_t)3;

        at += 4;
        if (padded > n - at)
            return -EPROTO;
        /* Routers on the way may have changed the plain one. */
        if (type == XOR_MAPPED_ADDRESS || !has_any)
            has_any |= take_address(type, bytes + at, len, seen);
        at += padded;
    }
    return has_any && at == n ? 0 : -EPROTO;
}
