/*
 * A decoder for raw deflate (RFC 1951), and CRC-32. The only user of ISA-L.
 */
#ifndef TASKFS_MEMBER_INFLATE_H
#define TASKFS_MEMBER_INFLATE_H

#include <stddef.h>
#include <stdint.h>

struct inflater;

/* The size of an inflater in bytes. */
size_t inflater_cost(void);
/* An inflater at the beginning of a stream; NULL when out of memory. Its memory is a mapping of its
 * own, which goes back to the system when it is freed. */
struct inflater *inflater_new(void);
void inflater_free(struct inflater *inflater);
/* Sets the inflater to the beginning of a stream. */
void inflater_reset(struct inflater *inflater);

/*
 * Decodes from `in` to `out`, up to 4 GiB - 1 bytes of each, until the input or the room for output
 * is used up or the stream ends. *in_used and *out_made are the bytes consumed and produced; a run
 * may consume all of its input and hold back output that the next run produces. Returns 0; 1 when
 * the stream has ended and all of its output was produced; -EIO when this is no deflate stream.
 * Incomplete prefix codes are accepted: RFC 1951 allows them, though zlib does not.
 */
int inflater_run(struct inflater *inflater, const uint8_t *in, size_t in_len, size_t *in_used,
                 uint8_t *out, size_t out_len, size_t *out_made);

/*
 * Saves the whole state of an inflater, and sets an inflater to a saved state, from which it
 * continues as the saved one would have. With `is_packed` the state is compressed, which takes 110
 * microseconds, to about 16 KB for text and 45 KB for incompressible output; otherwise it takes 55
 * KB. inflater_save returns bytes from malloc, or NULL when out of memory; the first `room` bytes
 * are free for the caller's use (*len counts them). inflater_load takes either form; it returns
 * -EIO when the bytes are neither, or -ENOMEM.
 */
uint8_t *inflater_save(const struct inflater *inflater, int is_packed, size_t room, size_t *len);
int inflater_load(struct inflater *inflater, const uint8_t *state, size_t len);

/* CRC-32 of zip files (polynomial 0xEDB88320): continues `crc`, which is 0 at first, over `n`
 * bytes.
 */
uint32_t zip_crc32(uint32_t crc, const uint8_t *bytes, size_t n);

#endif
