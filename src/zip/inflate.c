#include "zip/inflate.h"

#include <errno.h>
#include <isa-l.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/memory.h"

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

/*
 * Of the state only what is before the output window's end is alive: tables, bits in hand, and the
 * last 32 KiB of output, which every run leaves at the window's start. It is saved as deflate, by
 * the fastest level; about 16 KB of text, 45 KB of noise.
 */
uint8_t *inflater_save(const struct inflater *inflater, size_t room, size_t *len)
{
    const struct inflate_state *state = &inflater->state;
    size_t alive = offsetof(struct inflate_state, tmp_out_buffer) + (size_t)state->tmp_out_valid;
    size_t most = room + alive + alive / 8 + 1024;
    struct isal_zstream *stream = malloc(sizeof(*stream));
    uint8_t *bytes = malloc(most);
    int rc;

    if (!stream || !bytes) {
        free(stream);
        free(bytes);
        return NULL;
    }
    isal_deflate_stateless_init(stream);
    stream->end_of_stream = 1;
    stream->next_in = (uint8_t *)state;
    stream->avail_in = (uint32_t)alive;
    stream->next_out = bytes + room;
    stream->avail_out = (uint32_t)(most - room);
    rc = isal_deflate_stateless(stream);
    *len = room + stream->total_out;
    free(stream);
    if (rc != COMP_OK) {
        free(bytes);
        return NULL;
    }
    return memory_fit(bytes, *len);
}

int inflater_load(struct inflater *inflater, const uint8_t *saved, size_t len)
{
    struct inflate_state *state = &inflater->state, *unpack = malloc(sizeof(*unpack));
    int rc;

    if (!unpack)
        return -ENOMEM;
    isal_inflate_init(unpack);
    unpack->next_in = (uint8_t *)saved;
    unpack->avail_in = (uint32_t)len;
    unpack->next_out = (uint8_t *)state;
    unpack->avail_out = sizeof(*state);
    rc = isal_inflate_stateless(unpack);
    free(unpack);
    return rc == ISAL_DECOMP_OK ? 0 : -EIO;
}

uint32_t zip_crc32(uint32_t crc, const uint8_t *bytes, size_t n)
{
    return crc32_gzip_refl(crc, bytes, n);
}
