/*
 * Names of members: the encoding of a raw name, its conversion to UTF-8, and whether the result can
 * be shown. Pure functions.
 *
 * Source: PKWARE APPNOTE 6.3.10, 4.4.4 (bit 11), appendix D (CP437), 4.6.9 (Unicode path, 0x7075).
 */
#ifndef TASKFS_ZIP_NAMES_H
#define TASKFS_ZIP_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "zip/entry.h"

#define ZIP_NAME_MAX 4096 /* bytes of a whole name, decoded; a longer one is cut and not shown */
#define ZIP_PART_MAX 255  /* bytes of one part, decoded */

/* A name as the archive has it; the bytes belong to the caller. */
struct zip_raw_name {
    const uint8_t *bytes;
    size_t n;
    int is_marked_utf8; /* general purpose bit 11 */
};

/*
 * Decodes `name` to `out`, at most ZIP_NAME_MAX bytes; longer ones are cut there, never inside a
 * character. `unicode_path` is the payload of the Unicode path extra field, or NULL: it wins over
 * an unmarked (or badly encoded) name when it fits it. An unmarked name that is no UTF-8 is CP437;
 * a marked one that is no UTF-8 stays as it is. Returns the length; *was_cut is set to 0 or 1.
 */
size_t zip_name_decode(const struct zip_raw_name *name, const uint8_t *unicode_path,
                       size_t unicode_path_len, char *out, int *was_cut);

/* Whether a decoded name can be shown: ZIP_OK, or one of the ZIP_NAME_* problems. */
enum zip_problem zip_name_check(const char *name, size_t n);

/* Whether the bytes are well-formed UTF-8 (RFC 3629: no overlong form, no surrogate). */
int zip_utf8_is_valid(const uint8_t *bytes, size_t n);

/* The largest length <= `limit` at which `bytes` can be cut without cutting a character. Bytes that
 * are no UTF-8 are cut at `limit`. `limit` is less than the number of bytes. */
size_t zip_utf8_cut(const uint8_t *bytes, size_t limit);

#endif
