#include "base/live_frame.h"

#include <errno.h>

/* The limits of each type: who sends it, and how long its payload is. */
static const struct rule {
    unsigned char type, side;
    size_t least, most;
} rules[] = {
    {LIVE_OPEN, LIVE_FROM_MOUNT, 0, LIVE_SERVERS_MAX},
    {LIVE_CLOSE, LIVE_FROM_MOUNT, 0, 0},
    {LIVE_ANSWER, LIVE_FROM_MOUNT, 1, LIVE_SDP_MAX},
    {LIVE_SEND, LIVE_FROM_MOUNT, 1, LIVE_PAYLOAD_MAX},
    {LIVE_OFFER, LIVE_FROM_PROGRAM, 1, LIVE_SDP_MAX},
    {LIVE_READY, LIVE_FROM_PROGRAM, 0, 0},
    {LIVE_MESSAGE, LIVE_FROM_PROGRAM, 1, LIVE_PAYLOAD_MAX},
    {LIVE_CLOSED, LIVE_FROM_PROGRAM, 1, LIVE_WHY_MAX},
};

static const struct rule *rule_of(unsigned type)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].type == type)
            return &rules[i];
    return NULL;
}

static void put_u32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (8 * i) & 0xff);
}

static uint32_t get_u32(const unsigned char *from)
{
    uint32_t value = 0;

    for (int i = 0; i < 4; i++)
        value |= (uint32_t)from[i] << (8 * i);
    return value;
}

void live_frame_header(unsigned char header[LIVE_FRAME_HEADER], enum live_frame_type type,
                       uint32_t connection, size_t len)
{
    put_u32(header, (uint32_t)len);
    header[4] = (unsigned char)type;
    put_u32(header + 5, connection);
}

size_t live_frame_ceiling(unsigned type)
{
    const struct rule *rule = rule_of(type);

    return rule ? rule->most : 0;
}

ssize_t live_frame_parse(enum live_side from, const void *bytes, size_t n, struct live_frame *frame)
{
    const unsigned char *header = bytes;
    const struct rule *rule;
    size_t len;

    if (n < LIVE_FRAME_HEADER)
        return 0;
    rule = rule_of(header[4]);
    len = get_u32(header);
    if (!rule || rule->side != from || len < rule->least || len > rule->most)
        return -EPROTO;
    if (n - LIVE_FRAME_HEADER < len)
        return 0;
    *frame = (struct live_frame){.type = rule->type,
                                 .connection = get_u32(header + 5),
                                 .payload = header + LIVE_FRAME_HEADER,
                                 .len = len};
    if (frame->type == LIVE_MESSAGE && frame->payload[0] & ~LIVE_MESSAGE_LAST)
        return -EPROTO;
    return (ssize_t)(LIVE_FRAME_HEADER + len);
}
