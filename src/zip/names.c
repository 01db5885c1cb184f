#include "zip/names.h"

#include <string.h>
#include <zlib.h>

#include "base/utf8.h"
#include "zip/bytes.h"

/* CP437 from 0x80 on; all are below U+10000. */
static const uint16_t cp437_high[128] = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef,
    0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
    0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
    0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

static int is_ascii(const uint8_t *bytes, size_t n)
{
    uint64_t word, high = 0;

    for (; n >= sizeof(word); n -= sizeof(word), bytes += sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        high |= word;
    }
    for (; n > 0; n--)
        high |= *bytes++;
    return (high & UINT64_C(0x8080808080808080)) == 0;
}

int zip_utf8_is_valid(const uint8_t *bytes, size_t n)
{
    if (is_ascii(bytes, n))
        return 1;
    while (n > 0) {
        size_t length = utf8_sequence(bytes, n);

        if (length == 0)
            return 0;
        bytes += length;
        n -= length;
    }
    return 1;
}

size_t zip_utf8_cut(const uint8_t *bytes, size_t limit)
{
    size_t cut = limit;

    while (cut > 0 && limit - cut < 3 && (bytes[cut] & 0xc0) == 0x80)
        cut--;
    return (bytes[cut] & 0xc0) == 0x80 ? limit : cut;
}

static size_t name_copy(const uint8_t *bytes, size_t n, char *out, int *was_cut)
{
    *was_cut = n > ZIP_NAME_MAX;
    if (*was_cut)
        n = zip_utf8_cut(bytes, ZIP_NAME_MAX);
    memcpy(out, bytes, n);
    return n;
}

static size_t cp437_decode(const uint8_t *bytes, size_t n, char *out, int *was_cut)
{
    size_t length = 0;

    *was_cut = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned code = bytes[i] < 0x80 ? bytes[i] : cp437_high[bytes[i] - 0x80];
        size_t wanted = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;

        if (wanted > ZIP_NAME_MAX - length) {
            *was_cut = 1;
            break;
        }
        if (wanted == 1) {
            out[length++] = (char)code;
            continue;
        }
        if (wanted == 2) {
            out[length++] = (char)(0xc0 | code >> 6);
        } else {
            out[length++] = (char)(0xe0 | code >> 12);
            out[length++] = (char)(0x80 | (code >> 6 & 0x3f));
        }
        out[length++] = (char)(0x80 | (code & 0x3f));
    }
    return length;
}

/* The Unicode path field has a version (1), the CRC-32 of the raw name, and the name in UTF-8. */
static int unicode_path_fits(const struct zip_raw_name *name, const uint8_t *field, size_t n)
{
    if (!field || n <= 5 || field[0] != 1)
        return 0;
    if (zip_le32(field + 1) != (uint32_t)crc32(0, name->bytes, (uInt)name->n))
        return 0;
    return zip_utf8_is_valid(field + 5, n - 5);
}

size_t zip_name_decode(const struct zip_raw_name *name, const uint8_t *unicode_path,
                       size_t unicode_path_len, char *out, int *was_cut)
{
    int is_utf8 = zip_utf8_is_valid(name->bytes, name->n);

    if (name->is_marked_utf8 && is_utf8)
        return name_copy(name->bytes, name->n, out, was_cut);
    if (unicode_path_fits(name, unicode_path, unicode_path_len))
        return name_copy(unicode_path + 5, unicode_path_len - 5, out, was_cut);
    if (is_utf8 || name->is_marked_utf8)
        return name_copy(name->bytes, name->n, out, was_cut);
    return cp437_decode(name->bytes, name->n, out, was_cut);
}

enum zip_problem zip_name_check(const char *name, size_t n)
{
    const char *end = name + n;

    if (n == 0)
        return ZIP_NAME_EMPTY;
    if (memchr(name, '\0', n))
        return ZIP_NAME_NUL;
    if (name[0] == '/')
        return ZIP_NAME_ABSOLUTE;
    while (name < end) {
        const char *slash = memchr(name, '/', (size_t)(end - name));
        size_t length = (size_t)((slash ? slash : end) - name);

        if (length == 0 || (length == 1 && name[0] == '.') ||
            (length == 2 && name[0] == '.' && name[1] == '.'))
            return ZIP_NAME_DOTS;
        if (length > ZIP_PART_MAX)
            return ZIP_NAME_TOO_LONG;
        if (!slash)
            break;
        name = slash + 1;
    }
    return ZIP_OK;
}
