#include "member/kept_states.h"

#include <string.h>

#include "base/lock.h"
#include "member/checkpoint.h"
#include "member/decoder.h"

#define KEPT_EVERY 16u                       /* checkpoints: 8 MiB of output */
#define KEPT_LEAST (16u * 1024 * 1024)       /* bytes of a member of which states are kept */
#define WORTH      (2u * CHECKPOINT_SPACING) /* bytes that must be saved by reading one */

static struct state_keeper *keeper_of(const struct zip_member *member)
{
    return member->entry->size >= KEPT_LEAST ? member->archive->keeper : NULL;
}

void kept_states_save(struct zip_member *member, uint64_t number, const struct inflater *inflater,
                      const void *head, size_t head_len)
{
    struct state_keeper *keeper = keeper_of(member);
    uint8_t *bytes;
    size_t len;

    if (!keeper || number % KEPT_EVERY || keeper->before(keeper, member->index, number) == number)
        return;
    bytes = inflater_save(inflater, 1, head_len, &len);
    if (!bytes)
        return;
    memcpy(bytes, head, head_len);
    keeper->save(keeper, member->index, number, bytes, len);
}

/* The nearest place before the offset from which a decoder here can go on. */
static uint64_t nearest_here(struct zip_member *member, uint64_t offset)
{
    uint64_t nearest = checkpoint_before(member, offset),
             place = decoder_place_before(member, offset);

    return place > nearest ? place : nearest;
}

int kept_states_recall(struct zip_member *member, uint64_t offset, struct op *op)
{
    struct state_keeper *keeper = keeper_of(member);
    uint64_t number, nearest;

    if (!keeper || offset < WORTH)
        return 0;
    nearest = nearest_here(member, offset);
    number = keeper->before(keeper, member->index, offset / CHECKPOINT_SPACING);
    if (number * CHECKPOINT_SPACING < nearest + WORTH)
        return 0;
    if (checkpoint_find(member, number))
        return 0;
    return keeper->load(keeper, member->index, number, op);
}
