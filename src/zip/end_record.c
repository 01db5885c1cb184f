/*
 * Which end record counts. Every place in the last WINDOW bytes that has the signature is a
 * candidate. They are tried from the end of the object backwards, in two rounds:
 *
 * 1. Candidates whose comment ends exactly at the object's end. A false record inside a real
 *    comment is nearly always rejected here, or because there is no directory where it points.
 * 2. Only if round 1 found nothing good: candidates with bytes after their comment (a trailer that
 *    some tool has appended), and those whose comment would end after the object (it is cut off).
 *    The last candidate counts. An earlier one is accepted only if the later ones lie in its
 *    comment or its numbers need no prefix: otherwise the end of an archive that is stored as a
 *    member could be taken for the end of the outer archive, whose own end is damaged.
 *
 * Disk numbers do not count: where the directory is found, the archive is read as a single one. A
 * member that lies in another part has no local header at its offset.
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
/* How far before its locator a Zip64 end record may begin, which bounds its extensible data. */
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
    WEAK, /* possible; used only when there is no better candidate */
    GOOD,
    UNSEEN, /* more of the tail is needed to tell */
};

/* The numbers of an end record, and where the directory that they describe has to end. */
struct numbers {
    uint32_t disk;
    uint32_t directory_disk;
    uint64_t entries_here;
    uint64_t entries;
    uint64_t size;
    uint64_t offset;
    uint64_t directory_end;
    int is_zip64;
    unsigned oddities;
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

/* Whether a 16- or 32-bit field equals its Zip64 companion, or defers to it. */
static int agrees(uint64_t field, uint64_t wide, uint64_t sentinel)
{
    return field == sentinel || field == (wide & sentinel);
}

static int count_is_possible(uint64_t entries, uint64_t directory_size)
{
    return entries <= ENTRIES_MAX && entries <= directory_size / CENTRAL_SIZE;
}

static void note_disks(struct numbers *numbers)
{
    if (numbers->disk || numbers->directory_disk || numbers->entries_here != numbers->entries)
        numbers->oddities |= 1u << ZIP_ODD_DISKS;
}

/*
 * Takes the numbers of the Zip64 record at `at`, behind which no directory can lie. The plain
 * record's numbers stand, as for unzip, when the Zip64 record contradicts them, or when its count
 * is impossible and the plain record does not defer to it.
 */
static void numbers_take_zip64(struct numbers *numbers, const uint8_t *record, uint64_t at)
{
    struct numbers wide = {
        .disk = zip_le32(record + 16),
        .directory_disk = zip_le32(record + 20),
        .entries_here = zip_le64(record + 24),
        .entries = zip_le64(record + 32),
        .size = zip_le64(record + 40),
        .offset = zip_le64(record + 48),
        .directory_end = at,
        .is_zip64 = 1,
        .oddities = numbers->oddities,
    };

    numbers->directory_end = at;
    if (!agrees(numbers->entries, wide.entries, SENTINEL16) ||
        !agrees(numbers->size, wide.size, SENTINEL32) ||
        !agrees(numbers->offset, wide.offset, SENTINEL32))
        return;
    if (numbers->entries != SENTINEL16 && !count_is_possible(wide.entries, wide.size)) {
        numbers->oddities |= 1u << ZIP_ODD_COUNT;
        return;
    }
    *numbers = wide;
}

/*
 * Finds the Zip64 end record (APPNOTE 4.3.14) that ends where its locator begins. The offset in the
 * locator does not count a prefix, so the record is expected right before the locator, and at the
 * offset only if it has extensible data. Returns 0 with *at = 0 when there is none, -EAGAIN when
 * more of the tail is needed.
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
        numbers->oddities |= 1u << ZIP_ODD_DISKS;
    if (end64_find(tail, at - LOCATOR_SIZE, zip_le64(locator + 8), &record) < 0)
        return UNSEEN;
    if (record)
        numbers_take_zip64(numbers, tail->bytes + (record - tail->start), record);
    return GOOD;
}

static int numbers_are_possible(const struct numbers *numbers)
{
    if (!count_is_possible(numbers->entries, numbers->size))
        return 0;
    return numbers->size <= numbers->directory_end &&
           numbers->offset <= numbers->directory_end - numbers->size;
}

/*
 * Finds the directory: right before the end records, in which case the difference to the recorded
 * offset is a prefix; or else at the recorded offset, with a gap behind it.
 */
static enum verdict find_directory(const struct numbers *numbers, struct tail *tail,
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
        .oddities = numbers->oddities,
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
    note_disks(&numbers);
    return find_directory(&numbers, tail, end);
}

/* Finds the last place before absolute offset `before` that has the signature and room for an end
 * record. Returns 1 with *at, or 0. */
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

/* Judges a candidate of round 2. A comment that is cut off is accepted only where the directory is
 * found: otherwise any signature in random bytes would do. */
static enum verdict judge_loosely(struct tail *tail, uint64_t at, struct zip_end *end)
{
    int is_cut = comment_end(tail, at) > tail->size;
    enum verdict verdict = candidate_judge(tail, at, end);

    if (!is_cut)
        return verdict;
    end->oddities |= 1u << ZIP_ODD_COMMENT;
    return verdict == WEAK || end->directory_size == 0 ? IMPOSSIBLE : verdict;
}

/* Round 2. Returns GOOD, UNSEEN or IMPOSSIBLE. */
static enum verdict search_loosely(struct tail *tail, struct zip_end *end)
{
    uint64_t at = tail->size - END_SIZE + 1;
    uint64_t rejected = 0; /* the last candidate that was rejected; 0 for none */

    while (candidate_previous(tail, at, &at)) {
        uint64_t stop = comment_end(tail, at);
        enum verdict verdict = stop == tail->size ? IMPOSSIBLE : judge_loosely(tail, at, end);

        if (verdict == UNSEEN)
            return UNSEEN;
        if (verdict != IMPOSSIBLE && rejected == 0)
            return GOOD;
        if (verdict == GOOD && ((stop > rejected && stop < tail->size) || end->prefix == 0))
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
        verdict = search_loosely(&tail, end);
    if (verdict == UNSEEN) {
        *need = tail.need;
        return -EAGAIN;
    }
    return verdict == IMPOSSIBLE ? -EIO : 0;
}

const char *zip_oddity_text(enum zip_oddity oddity)
{
    switch (oddity) {
    case ZIP_ODD_COMMENT:
        return "its comment is cut off";
    case ZIP_ODD_DISKS:
        return "its disk numbers are those of an archive in several parts";
    case ZIP_ODD_COUNT:
        return "the count of entries in its Zip64 end record is impossible";
    case ZIP_ODDITIES:
        break;
    }
    return "nothing";
}
