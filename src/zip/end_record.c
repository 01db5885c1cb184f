/*
 * Which end record counts. Every place in the last WINDOW bytes where the signature stands is a
 * candidate; they are tried from the end of the object backwards, in two rounds:
 *
 * 1. Candidates whose comment ends exactly at the object's end. A fake record inside a real comment
 *    nearly always drops out here, or because no directory lies where it points.
 * 2. Only if none was good: candidates with bytes after their comment (a download with a trailer).
 *    Here the last one counts. An earlier one is believed only if the later ones lie in its comment
 *    or its numbers fit without a prefix: else the end of an archive stored as a member could stand
 *    in for the damaged end of the outer one.
 */
#include "zip/end_record.h"

#include <errno.h>
#include <string.h>

#include "zip/bytes.h"

#define END_SIZE     22u
#define LOCATOR_SIZE 20u
#define END64_SIZE   56u
#define END64_HEAD   12u /* signature and size field, which the size does not count */
#define CENTRAL_SIZE 46u

/* The longest comment and 64 KiB of bytes after it. */
#define WINDOW (END_SIZE + 65535u + 65536u)
/* How far before its locator a Zip64 end record is looked for: its extensible data's ceiling. */
#define END64_REACH (1u << 20)
#define ENTRIES_MAX 0x7fffffffu

#define SENTINEL16  0xffffu
#define SENTINEL32  0xffffffffu

struct tail {
    const uint8_t *bytes;
    uint64_t start; /* absolute offset of bytes[0] */
    uint64_t size;  /* of the object */
    uint64_t need;  /* set with UNSEEN: bytes from the end */
};

enum verdict {
    IMPOSSIBLE,
    WEAK, /* could be; taken only when there is no better candidate */
    GOOD,
    UNSEEN, /* more of the tail decides it */
};

/* The numbers of an end record, and where the directory that they describe must end. */
struct numbers {
    uint32_t disk;
    uint32_t directory_disk;
    uint64_t entries_here;
    uint64_t entries;
    uint64_t size;
    uint64_t offset;
    uint64_t directory_end;
    int is_zip64;
};

/* The bytes from absolute offset `at` to the object's end, or NULL when they are not in the tail.
 */
static const uint8_t *tail_at(struct tail *tail, uint64_t at)
{
    if (at < tail->start) {
        tail->need = tail->size - at;
        return NULL;
    }
    return tail->bytes + (at - tail->start);
}

static int has_signature(const uint8_t *at, uint8_t third, uint8_t fourth)
{
    return at[0] == 'P' && at[1] == 'K' && at[2] == third && at[3] == fourth;
}

static void numbers_read(struct numbers *numbers, const uint8_t *record, uint64_t at)
{
    *numbers = (struct numbers){
        .disk = zip_le16(record + 4),
        .directory_disk = zip_le16(record + 6),
        .entries_here = zip_le16(record + 8),
        .entries = zip_le16(record + 10),
        .size = zip_le32(record + 12),
        .offset = zip_le32(record + 16),
        .directory_end = at,
    };
}

static int numbers_want_zip64(const struct numbers *numbers)
{
    return numbers->disk == SENTINEL16 || numbers->directory_disk == SENTINEL16 ||
           numbers->entries_here == SENTINEL16 || numbers->entries == SENTINEL16 ||
           numbers->size == SENTINEL32 || numbers->offset == SENTINEL32;
}

/* Whether a 16- or 32-bit field says the same as its Zip64 companion, or defers to it. */
static int agrees(uint64_t field, uint64_t wide, uint64_t sentinel)
{
    return field == sentinel || field == (wide & sentinel);
}

/* Takes the Zip64 record's numbers, unless they contradict the plain record's: then the plain ones
 * stand, as for unzip. */
static void numbers_take_zip64(struct numbers *numbers, const uint8_t *record, uint64_t at)
{
    uint32_t disk = zip_le32(record + 16), directory_disk = zip_le32(record + 20);
    uint64_t entries_here = zip_le64(record + 24), entries = zip_le64(record + 32);
    uint64_t size = zip_le64(record + 40), offset = zip_le64(record + 48);

    if (!agrees(numbers->disk, disk, SENTINEL16) ||
        !agrees(numbers->directory_disk, directory_disk, SENTINEL16) ||
        !agrees(numbers->entries_here, entries_here, SENTINEL16) ||
        !agrees(numbers->entries, entries, SENTINEL16) ||
        !agrees(numbers->size, size, SENTINEL32) || !agrees(numbers->offset, offset, SENTINEL32))
        return;
    *numbers = (struct numbers){
        .disk = disk,
        .directory_disk = directory_disk,
        .entries_here = entries_here,
        .entries = entries,
        .size = size,
        .offset = offset,
        .directory_end = at,
        .is_zip64 = 1,
    };
}

/*
 * Finds the Zip64 end record (APPNOTE 4.3.14) that ends where its locator begins. The locator's
 * offset does not know of a prefix, so the record is looked for right before the locator first, and
 * where the offset says only if it has extensible data. Returns 0 with *at = 0 when there is none,
 * -EAGAIN when more of the tail is needed.
 */
static int end64_find(struct tail *tail, uint64_t locator, uint64_t recorded, uint64_t *at)
{
    const uint8_t *record;
    uint64_t near;

    *at = 0;
    if (locator < END64_SIZE || recorded > locator - END64_SIZE)
        return 0;
    near = locator - END64_SIZE;
    record = tail_at(tail, near);
    if (!record)
        return -EAGAIN;
    if (has_signature(record, 6, 6) && zip_le64(record + 4) == END64_SIZE - END64_HEAD) {
        *at = near;
        return 0;
    }
    if (near - recorded > END64_REACH)
        return 0;
    record = tail_at(tail, recorded);
    if (!record)
        return -EAGAIN;
    if (has_signature(record, 6, 6) && zip_le64(record + 4) == locator - recorded - END64_HEAD)
        *at = recorded;
    return 0;
}

/* Looks for Zip64 records before the end record at `at`, and takes their numbers. */
static enum verdict numbers_widen(struct numbers *numbers, struct tail *tail, uint64_t at)
{
    const uint8_t *locator;
    uint64_t record;

    if (!numbers_want_zip64(numbers) && numbers->offset + numbers->size == at)
        return GOOD;
    if (at < LOCATOR_SIZE)
        return GOOD;
    locator = tail_at(tail, at - LOCATOR_SIZE);
    if (!locator)
        return UNSEEN;
    if (!has_signature(locator, 6, 7))
        return GOOD;
    if (zip_le32(locator + 4) != 0 || zip_le32(locator + 16) > 1)
        return IMPOSSIBLE; /* on several disks */
    if (end64_find(tail, at - LOCATOR_SIZE, zip_le64(locator + 8), &record) < 0)
        return UNSEEN;
    if (record)
        numbers_take_zip64(numbers, tail->bytes + (record - tail->start), record);
    return GOOD;
}

static int numbers_are_possible(const struct numbers *numbers)
{
    if (numbers->disk != 0 || numbers->directory_disk != 0 ||
        numbers->entries_here != numbers->entries)
        return 0;
    if (numbers->entries > ENTRIES_MAX || numbers->entries > numbers->size / CENTRAL_SIZE)
        return 0;
    return numbers->size <= numbers->directory_end &&
           numbers->offset <= numbers->directory_end - numbers->size;
}

/*
 * Where the directory lies: right before the end records, the difference to the recorded offset
 * being a prefix; or, when it does not begin there, at the recorded offset, with a gap after it.
 */
static enum verdict directory_place(const struct numbers *numbers, struct tail *tail,
                                    struct zip_end *end)
{
    uint64_t adjusted = numbers->directory_end - numbers->size;
    const uint8_t *bytes;

    *end = (struct zip_end){
        .directory_offset = adjusted,
        .directory_size = numbers->size,
        .entries = numbers->entries,
        .prefix = adjusted - numbers->offset,
        .is_zip64 = numbers->is_zip64,
    };
    if (numbers->size == 0)
        return end->prefix == 0 ? GOOD : WEAK;
    bytes = tail_at(tail, adjusted);
    if (!bytes)
        return end->prefix == 0 ? GOOD : UNSEEN;
    if (has_signature(bytes, 1, 2))
        return GOOD;
    if (end->prefix == 0)
        return IMPOSSIBLE;
    end->directory_offset = numbers->offset;
    end->prefix = 0;
    bytes = tail_at(tail, numbers->offset);
    if (!bytes)
        return WEAK;
    return has_signature(bytes, 1, 2) ? GOOD : IMPOSSIBLE;
}

static enum verdict candidate_judge(struct tail *tail, uint64_t at, struct zip_end *end)
{
    struct numbers numbers;
    enum verdict verdict;

    numbers_read(&numbers, tail->bytes + (at - tail->start), at);
    verdict = numbers_widen(&numbers, tail, at);
    if (verdict != GOOD)
        return verdict;
    if (!numbers_are_possible(&numbers))
        return IMPOSSIBLE;
    return directory_place(&numbers, tail, end);
}

/* The last place before absolute offset `before` with an end record's signature and room for the
 * record; 1 and *at, or 0. */
static int candidate_previous(const struct tail *tail, uint64_t before, uint64_t *at)
{
    uint64_t first = tail->size > WINDOW ? tail->size - WINDOW : 0;

    if (first < tail->start)
        first = tail->start;
    while (before > first) {
        before--;
        if (has_signature(tail->bytes + (before - tail->start), 5, 6)) {
            *at = before;
            return 1;
        }
    }
    return 0;
}

static uint64_t comment_end(const struct tail *tail, uint64_t at)
{
    return at + END_SIZE + zip_le16(tail->bytes + (at - tail->start) + 20);
}

/* Round 1. Returns the verdict on what *end describes: GOOD, WEAK, UNSEEN, or IMPOSSIBLE. */
static enum verdict search_exact(struct tail *tail, struct zip_end *end)
{
    uint64_t at = tail->size - END_SIZE + 1;
    enum verdict best = IMPOSSIBLE;
    struct zip_end found;

    while (candidate_previous(tail, at, &at)) {
        enum verdict verdict;

        if (comment_end(tail, at) != tail->size)
            continue;
        verdict = candidate_judge(tail, at, &found);
        if (verdict == UNSEEN)
            return UNSEEN;
        if (verdict == GOOD || (verdict == WEAK && best == IMPOSSIBLE)) {
            *end = found;
            best = verdict;
        }
        if (verdict == GOOD)
            break;
    }
    return best;
}

/* Round 2; as search_exact, but never WEAK. */
static enum verdict search_trailing(struct tail *tail, struct zip_end *end)
{
    uint64_t at = tail->size - END_SIZE + 1;
    uint64_t rejected = 0; /* the last candidate that was no good; 0 for none */

    while (candidate_previous(tail, at, &at)) {
        enum verdict verdict = IMPOSSIBLE;
        uint64_t stop = comment_end(tail, at);

        if (stop < tail->size)
            verdict = candidate_judge(tail, at, end);
        if (verdict == UNSEEN)
            return UNSEEN;
        if (verdict != IMPOSSIBLE && rejected == 0)
            return GOOD;
        if (verdict == GOOD && (stop > rejected || end->prefix == 0))
            return GOOD;
        if (rejected == 0)
            rejected = at;
    }
    return IMPOSSIBLE;
}

int zip_end_find(const uint8_t *tail_bytes, size_t n, uint64_t object_size, struct zip_end *end,
                 uint64_t *need)
{
    struct tail tail = {tail_bytes, 0, object_size, 0};
    enum verdict verdict;

    memset(end, 0, sizeof(*end));
    *need = 0;
    if (object_size < END_SIZE || n > object_size)
        return -EIO;
    tail.start = object_size - n;
    verdict = n >= END_SIZE ? search_exact(&tail, end) : IMPOSSIBLE;
    if (verdict != GOOD && verdict != UNSEEN && n < object_size && n < WINDOW) {
        verdict = UNSEEN;
        tail.need = object_size < WINDOW ? object_size : WINDOW;
    }
    if (verdict == IMPOSSIBLE)
        verdict = search_trailing(&tail, end);
    if (verdict == UNSEEN) {
        *need = tail.need;
        return -EAGAIN;
    }
    return verdict == IMPOSSIBLE ? -EIO : 0;
}
