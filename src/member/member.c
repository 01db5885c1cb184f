/* The life of a member: opening, references, and what is remembered after its closing. */
#include "member/member.h"

#include <errno.h>
#include <stdlib.h>

#include "base/lock.h"
#include "member/decoder.h"
#include "member/libzip_decoder.h"
#include "member/libzip_pass.h"

#define DEFLATE_RATIO_MAX 1032u /* bytes of output for a byte of input (zlib's FAQ) */

int zip_member_can_open(const struct zip_archive *archive, uint32_t index)
{
    const struct zip_entry *entry = &archive->dir->entries[index];
    int is_deflated = entry->method == ZIP_METHOD_DEFLATED;

    if (entry->flags & ZIP_ENTRY_ENCRYPTED)
        return -EACCES;
    if (entry->method != ZIP_METHOD_STORED && !is_deflated && !libzip_has_method(entry->method))
        return -EOPNOTSUPP;
    if (entry->problem != ZIP_OK)
        return -EIO;
    if (is_deflated && entry->size / DEFLATE_RATIO_MAX > entry->compressed_size)
        return -EIO;
    if (zip_piece_count(entry->size) > INT32_MAX)
        return -EIO;
    if (!entry->size && entry->crc32)
        return -EIO;
    return 0;
}

static void member_free(struct zip_member *member)
{
    decoder_free_all(member);
    libzip_free_all(member);
    piece_crcs_free(&member->crcs);
    checkpoint_marks_free(&member->checkpoints);
    pthread_mutex_destroy(&member->lock);
    free(member);
}

int zip_member_open(const struct zip_archive *archive, uint32_t index, struct zip_member **out)
{
    const struct zip_entry *entry = &archive->dir->entries[index];
    int rc = zip_member_can_open(archive, index);
    struct zip_member *member;

    if (rc)
        return rc;
    member = calloc(1, sizeof(*member));
    if (!member)
        return -ENOMEM;
    member->archive = archive;
    member->entry = entry;
    member->index = index;
    member->destroy = member_free;
    member->refs = 1;
    pthread_mutex_init(&member->lock, NULL);
    piece_crcs_init(&member->crcs, entry->size, entry->crc32);
    wait_queue_init(&member->turn);
    *out = member;
    return 0;
}

struct zip_member *zip_member_ref(struct zip_member *member)
{
    LOCKED(&member->lock);
    member->refs++;
    return member;
}

void zip_member_unref(struct zip_member *member)
{
    member_put(member);
}

int zip_member_take_record(struct zip_member *member, struct zip_member_record *record)
{
    LOCKED(&member->lock);
    if (member->is_damaged || !member->crcs.known || member->crcs.pieces < 2)
        return 0;
    *record = (struct zip_member_record){member->crcs, member->checkpoints, member->data_offset};
    member->checkpoints = (struct checkpoint_marks){.words = NULL};
    piece_crcs_init(&member->crcs, member->entry->size, member->entry->crc32);
    return 1;
}

void zip_member_give_record(struct zip_member *member, struct zip_member_record *record)
{
    LOCKED(&member->lock);
    piece_crcs_free(&member->crcs);
    checkpoint_marks_free(&member->checkpoints);
    member->crcs = record->crcs;
    member->checkpoints = record->checkpoints;
    member->data_offset = record->data_offset;
    *record = (struct zip_member_record){.crcs = {.size = 0}};
}

int zip_member_record_is_empty(const struct zip_member_record *record)
{
    return !record->crcs.known;
}

size_t zip_member_record_memory(const struct zip_member_record *record)
{
    return piece_crcs_memory(&record->crcs) + checkpoint_marks_memory(&record->checkpoints);
}

void zip_member_record_free(struct zip_member_record *record)
{
    piece_crcs_free(&record->crcs);
    checkpoint_marks_free(&record->checkpoints);
}

int zip_member_is_damaged(struct zip_member *member)
{
    LOCKED(&member->lock);
    return member->is_damaged;
}

uint32_t zip_member_index(const struct zip_member *member)
{
    return member->index;
}

uint64_t zip_member_size(const struct zip_member *member)
{
    return member->entry->size;
}
