#include "zip/directory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "zip/central_record.h"
#include "zip/directory_order.h"
#include "zip/names.h"

#define SENTINEL16  0xffffu
#define ENTRIES_MAX 0x7fffffffu
#define NAMES_MAX   UINT32_MAX

void zip_directory_init(struct zip_directory *dir, const struct zip_end *end, uint64_t object_size,
                        enum zip_dos_zone zone)
{
    *dir = (struct zip_directory){.end = *end, .object_size = object_size};
    zip_dos_clock_init(&dir->clock, zone);
}

void zip_directory_free(struct zip_directory *dir)
{
    free(dir->entries);
    free(dir->names);
    free(dir->listed);
    free(dir->partial);
    *dir = (struct zip_directory){.ascending = 0};
}

void zip_directory_drop_order(struct zip_directory *dir)
{
    free(dir->listed);
    dir->listed = NULL;
}

/* Grows by half. realloc moves a large block by remapping it, so there is never a second copy. */
static int entries_reserve(struct zip_directory *dir)
{
    uint64_t capacity;
    struct zip_entry *entries;

    if (dir->count < dir->capacity)
        return 0;
    if (dir->count >= ENTRIES_MAX)
        return -EIO;
    capacity = dir->capacity + dir->capacity / 2 + 64;
    entries = realloc(dir->entries, capacity * sizeof(*entries));
    if (!entries)
        return -ENOMEM;
    dir->entries = entries;
    dir->capacity = (uint32_t)capacity;
    return 0;
}

static int names_reserve(struct zip_directory *dir, uint32_t n)
{
    uint64_t wanted = (uint64_t)dir->names_len + n, capacity;
    char *names;

    if (wanted <= dir->names_capacity)
        return 0;
    if (wanted > NAMES_MAX)
        return -EIO;
    capacity = (uint64_t)dir->names_capacity + dir->names_capacity / 2 + n;
    if (capacity > NAMES_MAX)
        capacity = NAMES_MAX;
    names = realloc(dir->names, capacity);
    if (!names)
        return -ENOMEM;
    dir->names = names;
    dir->names_capacity = (uint32_t)capacity;
    return 0;
}

/* Adds the entry of a whole record. */
static int add_entry(struct zip_directory *dir, const uint8_t *record)
{
    struct zip_entry *entry;
    int rc = entries_reserve(dir);

    if (rc == 0)
        rc = names_reserve(dir, ZIP_NAME_MAX);
    if (rc < 0)
        return rc;
    entry = &dir->entries[dir->count++];
    zip_central_record_parse(record, &dir->end, &dir->clock, dir->names + dir->names_len, entry);
    entry->name = dir->names_len;
    dir->names_len += entry->name_len;
    if (entry->flags & ZIP_ENTRY_BACKSLASHES)
        dir->has_backslashes = 1;
    else if (memchr(zip_entry_name(dir, entry), '/', entry->name_len))
        dir->has_slashes = 1;
    return 0;
}

/* Parses a whole record of any kind. */
static int record_dispatch(struct zip_directory *dir, const uint8_t *record)
{
    return zip_central_record_is_entry(record) ? add_entry(dir, record) : 0;
}

static int partial_append(struct zip_directory *dir, const uint8_t *bytes, uint32_t n)
{
    uint32_t wanted = dir->partial_len + n;

    if (wanted > dir->partial_capacity) {
        uint32_t capacity = wanted + wanted / 2 + ZIP_CENTRAL_RECORD_SIZE;
        uint8_t *partial = realloc(dir->partial, capacity);

        if (!partial)
            return -ENOMEM;
        dir->partial = partial;
        dir->partial_capacity = capacity;
    }
    memcpy(dir->partial + dir->partial_len, bytes, n);
    dir->partial_len = wanted;
    return 0;
}

/* Completes the record that the last piece left unfinished. Returns how many bytes it consumed, or
 * a negative errno; the record is complete when partial_len is 0 again. */
static int64_t partial_feed(struct zip_directory *dir, const uint8_t *bytes, size_t n,
                            uint64_t left)
{
    size_t taken = 0;
    int rc;

    for (;;) {
        uint32_t length, missing;

        rc = zip_central_record_length(dir->partial, dir->partial_len, left, &length);
        if (rc < 0)
            return rc;
        if (length == dir->partial_len)
            break;
        if (taken == n)
            return (int64_t)taken;
        missing = length - dir->partial_len;
        if (missing > n - taken)
            missing = (uint32_t)(n - taken);
        rc = partial_append(dir, bytes + taken, missing);
        if (rc < 0)
            return rc;
        taken += missing;
    }
    dir->partial_len = 0;
    rc = record_dispatch(dir, dir->partial);
    return rc < 0 ? rc : (int64_t)taken;
}

int zip_directory_feed(struct zip_directory *dir, const uint8_t *bytes, size_t n)
{
    /* Bytes of the directory from the first byte of the unfinished record on. */
    uint64_t left = dir->end.directory_size - dir->fed + dir->partial_len;

    if (n > dir->end.directory_size - dir->fed)
        return -EIO;
    dir->fed += n;
    if (dir->partial_len > 0) {
        uint32_t before = dir->partial_len;
        int64_t taken = partial_feed(dir, bytes, n, left);

        if (taken < 0)
            return (int)taken;
        left -= before + (uint64_t)taken;
        bytes += taken;
        n -= (size_t)taken;
    }
    while (n > 0) {
        uint32_t length;
        int rc = zip_central_record_length(bytes, n, left, &length);

        if (rc < 0)
            return rc;
        if (length > n)
            return partial_append(dir, bytes, (uint32_t)n);
        rc = record_dispatch(dir, bytes);
        if (rc < 0)
            return rc;
        bytes += length;
        n -= length;
        left -= length;
    }
    return 0;
}

static int count_is_right(const struct zip_directory *dir)
{
    if (dir->end.is_zip64)
        return dir->count == dir->end.entries;
    return (dir->count & SENTINEL16) == (dir->end.entries & SENTINEL16);
}

/*
 * Decides what '\\' means in names that were made on FAT or NTFS and have no '/': if no name of the
 * archive has one, it separates folders, as for unzip and bsdtar; else it is an ordinary character.
 */
static void settle_backslashes(struct zip_directory *dir)
{
    for (uint32_t i = 0; i < dir->count; i++) {
        struct zip_entry *entry = &dir->entries[i];
        char *name = dir->names + entry->name;

        if (!(entry->flags & ZIP_ENTRY_BACKSLASHES))
            continue;
        for (uint16_t at = 0; !dir->has_slashes && at < entry->name_len; at++)
            if (name[at] == '\\')
                name[at] = '/';
        zip_entry_set_name(entry, name);
    }
}

/* memory_fit for any size: an empty block is freed. */
static void *fit_block(void *block, size_t size)
{
    if (size)
        return memory_fit(block, size);
    free(block);
    return NULL;
}

int zip_directory_finish(struct zip_directory *dir)
{
    if (dir->fed != dir->end.directory_size || dir->partial_len != 0 || !count_is_right(dir))
        return -EIO;
    free(dir->partial);
    dir->partial = NULL;
    dir->partial_capacity = 0;
    if (dir->has_backslashes)
        settle_backslashes(dir);
    dir->entries = fit_block(dir->entries, dir->count * sizeof(*dir->entries));
    dir->capacity = dir->count;
    /* While there are entries the arena is not freed: empty names point into it too. */
    dir->names = fit_block(dir->names, dir->names_len > 0 ? dir->names_len : dir->count > 0);
    dir->names_capacity = dir->names_len;
    return zip_directory_sort(dir);
}
