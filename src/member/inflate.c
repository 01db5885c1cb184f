#include "member/inflate.h"

#include <errno.h>
#include <isa-l.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

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
    struct inflater *inflater = mmap(NULL, sizeof(*inflater), PROT_READ | PROT_WRITE,
                                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (inflater == MAP_FAILED)
        return NULL;
    inflater_reset(inflater);
    return inflater;
}

void inflater_free(struct inflater *inflater)
{
    munmap(inflater, sizeof(*inflater));
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

/* The size of the part of the state that has a meaning between runs: tables, pending bits, and the
 * last 32 KiB of output, which every run leaves at the start of the output window. */
static size_t live_size(const struct inflate_state *state)
{
    return offsetof(struct inflate_state, tmp_out_buffer) + (size_t)state->tmp_out_valid;
}

enum saved_form { SAVED_RAW, SAVED_PACKED }; /* the first byte of a saved state */

/* Compresses the state to `out` with the fastest level. Returns the compressed size, or 0 when it
 * is over `most`. */
static size_t pack_state(const struct inflate_state *state, uint8_t *out, size_t most)
{
    struct isal_zstream *stream = malloc(sizeof(*stream));
    size_t made;
    int rc;

    if (!stream)
        return 0;
    isal_deflate_stateless_init(stream);
    stream->end_of_stream = 1;
    stream->next_in = (uint8_t *)state;
    stream->avail_in = (uint32_t)live_size(state);
    stream->next_out = out;
    stream->avail_out = (uint32_t)most;
    rc = isal_deflate_stateless(stream);
    made = rc == COMP_OK ? stream->total_out : 0;
    free(stream);
    return made;
}

uint8_t *inflater_save(const struct inflater *inflater, int is_packed, size_t room, size_t *len)
{
    const struct inflate_state *state = &inflater->state;
    size_t most = live_size(state), made = most;
    uint8_t *bytes;

    if (is_packed)
        most += most / 8 + 1024;
    bytes = malloc(room + 1 + most);
    if (!bytes)
        return NULL;
    bytes[room] = is_packed ? SAVED_PACKED : SAVED_RAW;
    if (is_packed)
        made = pack_state(state, bytes + room + 1, most);
    else
        memcpy(bytes + room + 1, state, made);
    if (!made) {
        free(bytes);
        return NULL;
    }
    *len = room + 1 + made;
    return memory_fit(bytes, *len);
}

static int unpack_state(struct inflate_state *state, const uint8_t *packed, size_t len)
{
    struct inflate_state *unpacker = malloc(sizeof(*unpacker));
    int rc;

    if (!unpacker)
        return -ENOMEM;
    isal_inflate_init(unpacker);
    unpacker->next_in = (uint8_t *)packed;
    unpacker->avail_in = (uint32_t)len;
    unpacker->next_out = (uint8_t *)state;
    unpacker->avail_out = sizeof(*state);
    rc = isal_inflate_stateless(unpacker);
    free(unpacker);
    return rc == ISAL_DECOMP_OK ? 0 : -EIO;
}

int inflater_load(struct inflater *inflater, const uint8_t *saved, size_t len)
{
    struct inflate_state *state = &inflater->state;

    if (!len)
        return -EIO;
    if (saved[0] == SAVED_PACKED)
        return unpack_state(state, saved + 1, len - 1);
    if (len - 1 > sizeof(*state))
        return -EIO;
    memcpy(state, saved + 1, len - 1);
    return 0;
}

uint32_t zip_crc32(uint32_t crc, const uint8_t *bytes, size_t n)
{
    return crc32_gzip_refl(crc, bytes, n);
}
