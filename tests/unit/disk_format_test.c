/* The format of the cache on disk: what is written is read, and nothing that differs from it. */
#include "disk/format.h"

#include <stdlib.h>

#include "test.h"

static const struct disk_segment_id id = {0x1122334455667788, 3, 9};

static void make_front(const struct disk_segment_id *of, uint8_t *front)
{
    memset(front, 0, DISK_SEGMENT_FRONT);
    disk_segment_head(of, front);
}

/* ---- segments ---- */

TEST(disk_format_segment_of_no_slots)
{
    uint8_t front[DISK_SEGMENT_FRONT];
    struct disk_slot slots[DISK_SLOTS];

    make_front(&id, front);
    CHECK_EQ(memcmp(front, "tskfsSEG\1\0\0\0\100\0\0\0", 16), 0); /* format 1, 64 slots */
    CHECK_EQ(memcmp(front + 16, "\x88\x77\x66\x55\x44\x33\x22\x11\3\0", 10), 0);
    CHECK_EQ(front[32], 9);
    CHECK_EQ(disk_segment_read(&id, front, slots), 1);
    for (unsigned i = 0; i < DISK_SLOTS; i++)
        CHECK_EQ(slots[i].len, 0);
}

TEST(disk_format_segment_with_each_bit_of_its_head_flipped)
{
    uint8_t front[DISK_SEGMENT_FRONT];
    struct disk_slot slots[DISK_SLOTS];

    make_front(&id, front);
    for (unsigned bit = 0; bit < DISK_TABLE_AT * 8; bit++) {
        front[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK_EQ(disk_segment_read(&id, front, slots), 0);
        front[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK_EQ(disk_segment_read(&id, front, slots), 1);
}

TEST(disk_format_segment_under_the_name_of_another)
{
    static const struct disk_segment_id others[] = {
        {0x1122334455667789, 3, 9}, {0x1122334455667788, 2, 9}, {0x1122334455667788, 3, 8}};
    uint8_t front[DISK_SEGMENT_FRONT];
    struct disk_slot slots[DISK_SLOTS];

    make_front(&id, front);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(disk_segment_read(&others[i], front, slots), 0);
}

TEST(disk_format_table_of_slots)
{
    static const uint32_t lens[] = {1, DISK_BLOCK - 1, DISK_BLOCK, DISK_BLOCK + 1, UINT32_MAX};
    static const uint32_t expected[] = {1, DISK_BLOCK - 1, DISK_BLOCK, 0, 0};
    uint8_t front[DISK_SEGMENT_FRONT];
    struct disk_slot slots[DISK_SLOTS];

    make_front(&id, front);
    for (unsigned i = 0; i < 5; i++) {
        struct disk_slot slot = {lens[i], 0xfedcba9876543210u + i};

        disk_slot_write(&slot, front + DISK_TABLE_AT + i * DISK_TABLE_ENTRY);
    }
    CHECK_EQ(disk_segment_read(&id, front, slots), 1);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQ(slots[i].len, expected[i]);
        CHECK(slots[i].sum == 0xfedcba9876543210u + i);
    }
    CHECK_EQ(slots[5].len, 0);
    CHECK_EQ(disk_slot_offset(0), 4096);
    CHECK_EQ(disk_slot_offset(63), 4096 + 63 * 65536);
}

TEST(disk_format_sum_of_a_slot_covers_where_it_is)
{
    static const struct disk_segment_id others[] = {
        {0x1122334455667789, 3, 9}, {0x1122334455667788, 2, 9}, {0x1122334455667788, 3, 8}};
    uint8_t bytes[100];
    uint64_t sum;

    memset(bytes, 'x', sizeof(bytes));
    sum = disk_slot_sum(&id, 5, bytes, 99);
    CHECK(sum == disk_slot_sum(&id, 5, bytes, 99));
    CHECK(sum != disk_slot_sum(&id, 6, bytes, 99));
    CHECK(sum != disk_slot_sum(&id, 5, bytes, 98));
    CHECK(sum != disk_slot_sum(&id, 5, bytes, 100));
    for (unsigned i = 0; i < 3; i++)
        CHECK(sum != disk_slot_sum(&others[i], 5, bytes, 99));
    for (unsigned bit = 0; bit < 99 * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(sum != disk_slot_sum(&id, 5, bytes, 99));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

TEST(disk_format_zeros_are_no_slot)
{
    static const uint8_t zeros[DISK_BLOCK];

    CHECK(disk_slot_sum(&id, 0, zeros, DISK_BLOCK) != 0);
    CHECK(disk_slot_sum(&(struct disk_segment_id){0, 0, 0}, 0, zeros, DISK_BLOCK) != 0);
}

/* ---- records ---- */

TEST(disk_format_record_is_read_as_it_was_written)
{
    uint8_t record[DISK_RECORD_HEAD + 5] = {0};
    const uint8_t *payload;
    size_t len = 99;

    memcpy(record + DISK_RECORD_HEAD, "hello", 5);
    disk_record_head(DISK_RECORD_TASK, 77, "hello", 5, record);
    CHECK_EQ(memcmp(record, "tskfsREC\1\0\0\0\2\0\0\0\5\0\0\0\0\0\0\0", 24), 0);
    payload = disk_record_read(DISK_RECORD_TASK, 77, record, sizeof(record), &len);
    CHECK(payload == record + DISK_RECORD_HEAD);
    CHECK_EQ(len, 5);
    CHECK(!disk_record_read(DISK_RECORD_TASK, 78, record, sizeof(record), &len));
    CHECK(!disk_record_read(DISK_RECORD_OBJECT, 77, record, sizeof(record), &len));
    for (size_t size = 0; size < sizeof(record); size++)
        CHECK(!disk_record_read(DISK_RECORD_TASK, 77, record, size, &len));
    for (unsigned bit = 0; bit < sizeof(record) * 8; bit++) {
        record[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(!disk_record_read(DISK_RECORD_TASK, 77, record, sizeof(record), &len));
        record[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

TEST(disk_format_record_with_bytes_behind_it)
{
    uint8_t record[DISK_RECORD_HEAD + 1] = {0};
    size_t len;

    disk_record_head(DISK_RECORD_TAIL, 0, "", 0, record);
    CHECK(disk_record_read(DISK_RECORD_TAIL, 0, record, DISK_RECORD_HEAD, &len));
    CHECK_EQ(len, 0);
    CHECK(!disk_record_read(DISK_RECORD_TAIL, 0, record, sizeof(record), &len));
}

/* ---- payloads ---- */

TEST(disk_format_payload_of_numbers_and_strings)
{
    BUF_SCOPED out = BUF_INIT(1000);
    struct disk_reader reader;
    char *text, *empty;

    disk_put_number(&out, 0x0102030405060708);
    disk_put_string(&out, "text");
    disk_put_string(&out, "");
    disk_put_number(&out, UINT64_MAX);
    CHECK_EQ(out.error, 0);
    CHECK_EQ(out.len, 8 + 12 + 8 + 8);
    reader = (struct disk_reader){(uint8_t *)out.data, (uint8_t *)out.data + out.len, 0};
    CHECK_EQ(disk_get_number(&reader), 0x0102030405060708);
    text = disk_get_string(&reader, 4);
    empty = disk_get_string(&reader, 0);
    if (text && empty) {
        CHECK_STR(text, "text");
        CHECK_STR(empty, "");
        CHECK(disk_get_number(&reader) == UINT64_MAX);
        CHECK(!reader.is_bad && reader.at == reader.end);
        CHECK_EQ(disk_get_number(&reader), 0);
    }
    free(text);
    free(empty);
    CHECK(reader.is_bad);
    CHECK(!disk_get_string(&reader, 100)); /* it stays bad */
}

/* Whether a payload begins with a string of at most `longest` bytes. */
static int has_string(const void *payload, size_t len, size_t longest)
{
    struct disk_reader reader = {payload, (const uint8_t *)payload + len, 0};
    char *text = disk_get_string(&reader, longest);

    free(text);
    return text != NULL && !reader.is_bad;
}

TEST(disk_format_strings_that_are_wrong)
{
    static const uint8_t huge[12] = {255, 255, 255, 255, 255, 255, 255, 255, 'a', 'b', 'c', 'd'};

    CHECK(has_string("\4\0\0\0\0\0\0\0abcd", 12, 4));
    CHECK(!has_string("\4\0\0\0\0\0\0\0abcd", 12, 3));
    CHECK(!has_string("\4\0\0\0\0\0\0\0abcd", 11, 4));
    CHECK(!has_string("\4\0\0\0\0\0\0\0abcd", 7, 4));
    CHECK(!has_string("\4\0\0\0\0\0\0\0a\0cd", 12, 4));
    CHECK(!has_string(huge, sizeof(huge), 4));
    CHECK(!has_string(huge, sizeof(huge), SIZE_MAX));
}

TEST(disk_format_hash_tells_parts_apart)
{
    CHECK(disk_hash(0, "a") == disk_hash(0, "a"));
    CHECK(disk_hash(0, "a") != disk_hash(0, "b"));
    CHECK(disk_hash(0, "a") != disk_hash(1, "a"));
    CHECK(disk_hash(disk_hash(0, "a"), "bc") != disk_hash(disk_hash(0, "ab"), "c"));
    CHECK(disk_hash(disk_hash(0, ""), "a") != disk_hash(0, "a"));
}
