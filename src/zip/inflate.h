/*
 * Raw deflate (RFC 1951), decoded by ISA-L a run at a time; and CRC-32. The one place that knows
 * ISA-L.
 */
#ifndef TASKFS_ZIP_INFLATE_H
#define TASKFS_ZIP_INFLATE_H

#include <stddef.h>
#include <stdint.h>

struct inflater;

/* Memory that an inflater takes, in bytes. */
size_t inflater_cost(void);
/* At the beginning of a stream. NULL without memory. */
struct inflater *inflater_new(void);
void inflater_free(struct inflater *inflater);
/* Back to the beginning of a stream. */
void inflater_reset(struct inflater *inflater);

/*
 * Decodes from `in` to `out`, up to 4 GiB - 1 bytes of each: until one of them is used up or the
 * stream ends. *in_used and *out_made say how far it came; all of `in` may be taken in while output
 * is still held back, which the next run gives. Returns 0; 1 when the stream has ended and all of
 * its output was given; -EIO when it is no deflate stream. Prefix codes that are no whole tree are
 * taken, as RFC 1951 allows and zlib does not.
 */
int inflater_run(struct inflater *inflater, const uint8_t *in, size_t in_len, size_t *in_used,
                 uint8_t *out, size_t out_len, size_t *out_made);

/*
 * The inflater's whole state: from there a copy goes on as if it had come so far itself.
 * `is_packed`: compressed, which makes about 16 KB of text and 45 KB of noise and takes 110
 * microseconds; else 55 KB, at no cost. inflater_save returns bytes from malloc, with `room` free
 * bytes before the state for the caller's use (*len counts them), or NULL without memory.
 * inflater_load takes either; -EIO when it is neither.
 */
uint8_t *inflater_save(const struct inflater *inflater, int is_packed, size_t room, size_t *len);
int inflater_load(struct inflater *inflater, const uint8_t *state, size_t len);

/* CRC-32 as zip files use it (polynomial 0xEDB88320), of `n` bytes after those with `crc`; 0 for
 * none. */
uint32_t zip_crc32(uint32_t crc, const uint8_t *bytes, size_t n);

#endif
