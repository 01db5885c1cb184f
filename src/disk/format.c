#include "disk/format.h"

#include <endian.h>
#include <isa-l/crc64.h>
#include <stdlib.h>
#include <string.h>

static const char segment_magic[8] = {'t', 's', 'k', 'f', 's', 'S', 'E', 'G'};
static const char record_magic[8] = {'t', 's', 'k', 'f', 's', 'R', 'E', 'C'};

#define SEGMENT_SUMMED 40u /* bytes of the head before its own checksum */
#define RECORD_SUMMED  24u

static void put32(uint8_t *at, uint32_t value)
{
    value = htole32(value);
    memcpy(at, &value, sizeof(value));
}

static void put64(uint8_t *at, uint64_t value)
{
    value = htole64(value);
    memcpy(at, &value, sizeof(value));
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return le32toh(value);
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof(value));
    return le64toh(value);
}

static uint64_t sum_of(uint64_t seed, const void *bytes, size_t len)
{
    return crc64_ecma_refl(seed, bytes, len);
}

uint64_t disk_hash(uint64_t seed, const char *text)
{
    return sum_of(seed, text, strlen(text) + 1); /* the NUL ends a part */
}

/* ---- segments ---- */

uint64_t disk_slot_sum(const struct disk_segment_id *id, unsigned slot, const void *bytes,
                       uint32_t len)
{
    uint8_t what[24];

    put64(what, id->version);
    put32(what + 8, id->stream);
    put32(what + 12, id->index);
    put32(what + 16, slot);
    put32(what + 20, len);
    return sum_of(sum_of(0, what, sizeof(what)), bytes, len);
}

void disk_segment_head(const struct disk_segment_id *id, uint8_t *head)
{
    memset(head, 0, DISK_TABLE_AT);
    memcpy(head, segment_magic, sizeof(segment_magic));
    put32(head + 8, DISK_FORMAT);
    put32(head + 12, DISK_SLOTS);
    put64(head + 16, id->version);
    put64(head + 24, id->stream);
    put64(head + 32, id->index);
    put64(head + SEGMENT_SUMMED, sum_of(0, head, SEGMENT_SUMMED));
}

int disk_segment_read(const struct disk_segment_id *id, const uint8_t *front,
                      struct disk_slot *slots)
{
    uint8_t head[DISK_TABLE_AT];

    disk_segment_head(id, head);
    if (memcmp(front, head, sizeof(head)) != 0)
        return 0;
    for (unsigned i = 0; i < DISK_SLOTS; i++) {
        const uint8_t *entry = front + DISK_TABLE_AT + (size_t)i * DISK_TABLE_ENTRY;

        slots[i] = (struct disk_slot){.len = get32(entry), .sum = get64(entry + 8)};
        if (slots[i].len > DISK_BLOCK)
            slots[i].len = 0;
    }
    return 1;
}

void disk_slot_write(const struct disk_slot *slot, uint8_t *entry)
{
    put32(entry, slot->len);
    put32(entry + 4, 0);
    put64(entry + 8, slot->sum);
}

/* ---- records ---- */

void disk_record_head(enum disk_record_kind kind, uint64_t seed, const void *payload, size_t len,
                      uint8_t *head)
{
    memcpy(head, record_magic, sizeof(record_magic));
    put32(head + 8, DISK_FORMAT);
    put32(head + 12, (uint32_t)kind);
    put64(head + 16, len);
    put64(head + RECORD_SUMMED, sum_of(sum_of(seed, head, RECORD_SUMMED), payload, len));
}

const uint8_t *disk_record_read(enum disk_record_kind kind, uint64_t seed, const uint8_t *bytes,
                                size_t size, size_t *len)
{
    uint8_t head[DISK_RECORD_HEAD];

    if (size < DISK_RECORD_HEAD || get64(bytes + 16) != size - DISK_RECORD_HEAD)
        return NULL;
    *len = size - DISK_RECORD_HEAD;
    disk_record_head(kind, seed, bytes + DISK_RECORD_HEAD, *len, head);
    return memcmp(bytes, head, sizeof(head)) == 0 ? bytes + DISK_RECORD_HEAD : NULL;
}

void disk_put_number(struct buf *out, uint64_t number)
{
    uint8_t bytes[8];

    put64(bytes, number);
    buf_append(out, bytes, sizeof(bytes));
}

void disk_put_string(struct buf *out, const char *text)
{
    size_t len = strlen(text);

    disk_put_number(out, len);
    buf_append(out, text, len);
}

static const uint8_t *reader_take(struct disk_reader *reader, uint64_t len)
{
    const uint8_t *at = reader->at;

    if (reader->is_bad || len > (uint64_t)(reader->end - at)) {
        reader->is_bad = 1;
        return NULL;
    }
    reader->at += len;
    return at;
}

uint64_t disk_get_number(struct disk_reader *reader)
{
    const uint8_t *at = reader_take(reader, 8);

    return at ? get64(at) : 0;
}

char *disk_get_string(struct disk_reader *reader, size_t longest)
{
    uint64_t len = disk_get_number(reader);
    const uint8_t *at = len <= longest ? reader_take(reader, len) : NULL;
    char *text = at && !memchr(at, 0, (size_t)len) ? malloc((size_t)len + 1) : NULL;

    if (!text) {
        reader->is_bad = 1;
        return NULL;
    }
    memcpy(text, at, (size_t)len);
    text[len] = '\0';
    return text;
}
