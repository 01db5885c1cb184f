#include "zip_builder.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define SENTINEL32 0xffffffffu

void zip_bytes_add(struct zip_bytes *to, const void *bytes, size_t n)
{
    if (n > to->capacity - to->n) {
        to->capacity = to->capacity * 2 + n + 256;
        to->bytes = realloc(to->bytes, to->capacity);
        if (!to->bytes)
            abort();
    }
    if (n > 0)
        memcpy(to->bytes + to->n, bytes, n);
    to->n += n;
}

void zip_bytes_fill(struct zip_bytes *to, int byte, size_t n)
{
    char block[256];

    memset(block, byte, sizeof(block));
    while (n > 0) {
        size_t piece = n < sizeof(block) ? n : sizeof(block);

        zip_bytes_add(to, block, piece);
        n -= piece;
    }
}

void zip_bytes_le(struct zip_bytes *to, uint64_t value, unsigned width)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < width; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
    zip_bytes_add(to, bytes, width);
}

void zip_builder_start(struct zip_builder *builder)
{
    builder->start = builder->out.n;
}

static size_t member_name_len(const struct zip_member *member)
{
    if (member->name_len == ZIP_NO_NAME)
        return 0;
    return member->name_len ? member->name_len : strlen(member->name);
}

/* The numbers of the central record, right ones or those that the member wants. */
static struct zip_member member_resolve(const struct zip_member *member, uint64_t offset)
{
    struct zip_member all = *member;

    if (member->descriptor)
        all.bits |= 1 << 3;
    if (!(member->set & ZIP_SET_CRC))
        all.crc32 = (uint32_t)crc32(0, member->data, (uInt)member->data_len);
    if (!(member->set & ZIP_SET_SIZE))
        all.size = member->data_len;
    if (!(member->set & ZIP_SET_COMPRESSED))
        all.compressed_size = member->data_len;
    if (!(member->set & ZIP_SET_OFFSET))
        all.offset = offset;
    if (!(member->set & ZIP_SET_LOCAL_METHOD))
        all.local_method = member->method;
    return all;
}

static void add_local(struct zip_bytes *out, const struct zip_member *all)
{
    const char *name = all->local_name ? all->local_name : all->name;
    size_t name_len = all->local_name ? strlen(all->local_name) : member_name_len(all);
    int is_known = !all->descriptor;

    zip_bytes_le(out, 0x04034b50, 4);
    zip_bytes_le(out, all->zip64 ? 45 : 20, 2);
    zip_bytes_le(out, all->bits, 2);
    zip_bytes_le(out, all->local_method, 2);
    zip_bytes_le(out, all->dos_time, 2);
    zip_bytes_le(out, all->dos_date, 2);
    zip_bytes_le(out, is_known ? all->crc32 : 0, 4);
    zip_bytes_le(out, is_known ? all->compressed_size : 0, 4);
    zip_bytes_le(out, is_known ? all->size : 0, 4);
    zip_bytes_le(out, name_len, 2);
    zip_bytes_le(out, all->local_extra_len, 2);
    zip_bytes_add(out, name, name_len);
    zip_bytes_add(out, all->local_extra, all->local_extra_len);
    zip_bytes_add(out, all->data, all->data_len);
    if (all->descriptor == 16 || all->descriptor == 24)
        zip_bytes_le(out, 0x08074b50, 4);
    if (all->descriptor) {
        unsigned width = all->descriptor >= 20 ? 8 : 4;

        zip_bytes_le(out, all->crc32, 4);
        zip_bytes_le(out, all->compressed_size, width);
        zip_bytes_le(out, all->size, width);
    }
}

static void add_central(struct zip_bytes *out, const struct zip_member *all)
{
    size_t name_len = member_name_len(all), comment_len = all->comment ? strlen(all->comment) : 0;

    zip_bytes_le(out, 0x02014b50, 4);
    zip_bytes_le(out, 63 | all->made_by << 8, 2);
    zip_bytes_le(out, all->zip64 ? 45 : 20, 2);
    zip_bytes_le(out, all->bits, 2);
    zip_bytes_le(out, all->method, 2);
    zip_bytes_le(out, all->dos_time, 2);
    zip_bytes_le(out, all->dos_date, 2);
    zip_bytes_le(out, all->crc32, 4);
    zip_bytes_le(out, all->zip64 ? SENTINEL32 : all->compressed_size, 4);
    zip_bytes_le(out, all->zip64 ? SENTINEL32 : all->size, 4);
    zip_bytes_le(out, name_len, 2);
    zip_bytes_le(out, all->central_extra_len + (all->zip64 ? 28u : 0u), 2);
    zip_bytes_le(out, comment_len, 2);
    zip_bytes_le(out, all->disk, 2);
    zip_bytes_le(out, 0, 2);
    zip_bytes_le(out, all->attributes, 4);
    zip_bytes_le(out, all->zip64 ? SENTINEL32 : all->offset, 4);
    zip_bytes_add(out, all->name, name_len);
    if (all->zip64) {
        zip_bytes_le(out, 1, 2);
        zip_bytes_le(out, 24, 2);
        zip_bytes_le(out, all->size, 8);
        zip_bytes_le(out, all->compressed_size, 8);
        zip_bytes_le(out, all->offset, 8);
    }
    zip_bytes_add(out, all->central_extra, all->central_extra_len);
    zip_bytes_add(out, all->comment, comment_len);
}

uint64_t zip_builder_add(struct zip_builder *builder, const struct zip_member *member)
{
    uint64_t at = builder->out.n;
    struct zip_member all = member_resolve(member, at - builder->start);

    add_local(&builder->out, &all);
    add_central(&builder->central, &all);
    builder->entries++;
    return at;
}

uint64_t zip_builder_file(struct zip_builder *builder, const char *name, const void *data, size_t n)
{
    size_t len = strlen(name);
    int is_directory = len > 0 && name[len - 1] == '/';
    struct zip_member member = {
        .name = name,
        .name_len = len ? len : ZIP_NO_NAME,
        .data = data,
        .data_len = n,
        .made_by = 3,
        .attributes = is_directory ? 040755u << 16 | 0x10 : 0100644u << 16,
        .dos_date = 0x5a21,
        .dos_time = 0x6000,
    };

    return zip_builder_add(builder, &member);
}

uint64_t zip_builder_deflated(struct zip_builder *builder, const char *name, const void *data,
                              size_t n, int level, int with_descriptor)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)n};
    struct zip_member member = {
        .name = name,
        .method = 8,
        .made_by = 3,
        .attributes = 0100644u << 16,
        .descriptor = with_descriptor ? 16 : 0,
        .set = ZIP_SET_CRC | ZIP_SET_SIZE,
        .crc32 = (uint32_t)crc32(0, data, (uInt)n),
        .size = n,
    };
    uint8_t *deflated;
    uint64_t at;

    if (deflateInit2(&stream, level, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    stream.avail_out = (uInt)deflateBound(&stream, (uLong)n);
    deflated = malloc(stream.avail_out);
    stream.next_out = deflated;
    if (!deflated || deflate(&stream, Z_FINISH) != Z_STREAM_END)
        abort();
    member.data = deflated;
    member.data_len = stream.total_out;
    deflateEnd(&stream);
    at = zip_builder_add(builder, &member);
    free(deflated);
    return at;
}

/* What the record that counts is to say. */
struct end_numbers {
    uint64_t entries, size, offset;
};

static void add_end64(struct zip_builder *builder, const struct zip_ending *ending,
                      const struct end_numbers *numbers)
{
    struct zip_bytes *out = &builder->out;
    uint64_t at = out->n - builder->start;

    zip_bytes_le(out, 0x06064b50, 4);
    zip_bytes_le(out, 44 + ending->extensible, 8);
    zip_bytes_le(out, 45, 2);
    zip_bytes_le(out, 45, 2);
    zip_bytes_le(out, ending->disk, 4);
    zip_bytes_le(out, ending->directory_disk, 4);
    zip_bytes_le(out, numbers->entries, 8);
    zip_bytes_le(out, numbers->entries, 8);
    zip_bytes_le(out, numbers->size, 8);
    zip_bytes_le(out, numbers->offset, 8);
    zip_bytes_fill(out, 'E', ending->extensible);
    zip_bytes_le(out, 0x07064b50, 4);
    zip_bytes_le(out, 0, 4);
    zip_bytes_le(out, ending->set_locator ? ending->locator : at, 8);
    zip_bytes_le(out, ending->disks ? ending->disks : 1, 4);
}

static void add_end(struct zip_builder *builder, const struct zip_ending *ending,
                    const struct end_numbers *numbers)
{
    struct zip_bytes *out = &builder->out;
    uint64_t mask = ending->zip64 == 1 ? UINT64_MAX : 0; /* makes a sentinel of any number */

    zip_bytes_le(out, 0x06054b50, 4);
    zip_bytes_le(out, ending->disk | mask, 2);
    zip_bytes_le(out, ending->directory_disk | mask, 2);
    zip_bytes_le(out, numbers->entries | mask, 2);
    zip_bytes_le(out, numbers->entries | mask, 2);
    zip_bytes_le(out, numbers->size | mask, 4);
    zip_bytes_le(out, numbers->offset | mask, 4);
    zip_bytes_le(out, ending->set_comment_len ? ending->recorded_comment_len : ending->comment_len,
                 2);
    zip_bytes_add(out, ending->comment, ending->comment_len);
}

void zip_builder_end(struct zip_builder *builder, const struct zip_ending *ending)
{
    static const struct zip_ending plain;
    struct zip_bytes *out = &builder->out;
    struct end_numbers numbers;

    if (!ending)
        ending = &plain;
    if (ending->signature) {
        zip_bytes_le(&builder->central, 0x05054b50, 4);
        zip_bytes_le(&builder->central, ending->signature_len, 2);
        zip_bytes_add(&builder->central, ending->signature, ending->signature_len);
    }
    numbers = (struct end_numbers){
        .entries = ending->set_entries ? ending->entries : builder->entries,
        .size = ending->set_size ? ending->size : builder->central.n,
        .offset = ending->set_offset ? ending->offset : out->n - builder->start,
    };
    zip_bytes_add(out, builder->central.bytes, builder->central.n);
    zip_bytes_fill(out, 'G', ending->gap);
    if (ending->zip64)
        add_end64(builder, ending, &numbers);
    add_end(builder, ending, &numbers);
    builder->central.n = 0;
    builder->entries = 0;
    zip_builder_start(builder);
}

void zip_builder_free(struct zip_builder *builder)
{
    free(builder->out.bytes);
    free(builder->central.bytes);
    memset(builder, 0, sizeof(*builder));
}

int zip_open_bytes(const void *bytes, size_t n, size_t piece, struct zip_directory *dir)
{
    const uint8_t *at = bytes;
    struct zip_end end = {0};
    uint64_t need;
    int rc = zip_end_find(bytes, n, n, &end, &need);

    zip_directory_init(dir, &end, n, ZIP_DOS_UTC);
    if (rc < 0)
        return rc;
    at += end.directory_offset;
    for (uint64_t left = end.directory_size; left > 0 && rc == 0;) {
        size_t now = piece && piece < left ? piece : (size_t)left;

        rc = zip_directory_feed(dir, at, now);
        at += now;
        left -= now;
    }
    return rc < 0 ? rc : zip_directory_finish(dir);
}

int zip_builder_open(struct zip_builder *builder, struct zip_directory *dir)
{
    zip_builder_end(builder, NULL);
    return zip_open_bytes(builder->out.bytes, builder->out.n, 0, dir);
}

struct zip_entry zip_entry_of(const struct zip_member *member)
{
    struct zip_builder builder = {0};
    struct zip_directory dir;
    struct zip_entry entry = {0};

    zip_builder_add(&builder, member);
    if (zip_builder_open(&builder, &dir) == 0 && dir.count == 1)
        entry = dir.entries[0];
    zip_directory_free(&dir);
    zip_builder_free(&builder);
    return entry;
}
