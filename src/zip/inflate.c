#include "zip/inflate.h"

#include <errno.h>
#include <isa-l.h>
#include <stdlib.h>

struct inflater {
    struct inflate_state state;
};

size_t inflater_cost(void)
{
    return sizeof(struct inflater);
}

struct inflater *inflater_new(void)
{
    struct inflater *inflater = malloc(sizeof(*inflater));

    if (inflater)
        inflater_reset(inflater);
    return inflater;
}

void inflater_free(struct inflater *inflater)
{
    free(inflater);
}

void inflater_reset(struct inflater *inflater)
{
    isal_inflate_init(&inflater->state);
    inflater->state.crc_flag = ISAL_DEFLATE;
}

int inflater_run(struct inflater *inflater, const uint8_t *in, size_t in_len, size_t *in_used,
                 uint8_t *out, size_t out_len, size_t *out_made)
{
    struct inflate_state *state = &inflater->state;
    int rc;

    state->next_in = (uint8_t *)in;
    state->avail_in = in_len > UINT32_MAX ? UINT32_MAX : (uint32_t)in_len;
    state->next_out = out;
    state->avail_out = out_len > UINT32_MAX ? UINT32_MAX : (uint32_t)out_len;
    rc = isal_inflate(state);
    *in_used = (size_t)(state->next_in - in);
    *out_made = (size_t)(state->next_out - out);
    if (rc < 0)
        return -EIO;
    return state->block_state == ISAL_BLOCK_FINISH;
}

uint32_t zip_crc32(uint32_t crc, const uint8_t *bytes, size_t n)
{
    return crc32_gzip_refl(crc, bytes, n);
}
