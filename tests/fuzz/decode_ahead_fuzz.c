/*
 * Pieces of a deflated member (deflated.h) that are made before anybody asks for them, between
 * readers, as a script in the input says: whatever was made ahead, readers get the oracle's bytes
 * or an error, a good member never fails, and making ahead fetches nothing. abort() is a finding.
 *
 * The input: size of a block, two bytes of what the directory says wrongly, the number of steps, a
 * byte for each of them, raw deflate data.
 */
#include "deflated.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD      4u
#define STEPS_MAX 32u

struct play {
    struct deflated deflated;
    struct zip_member *member;
    uint64_t count; /* of pieces */
};

struct making {
    struct op op;
    struct zip_member *member;
    uint64_t piece;
    int rc;
    int is_over;
};

static int making_step(struct op *op)
{
    struct making *making = container_of(op, struct making, op);

    making->rc = zip_member_make_ahead(making->member, making->piece, op);
    return making->rc;
}

static void making_fail(struct op *op, int error)
{
    container_of(op, struct making, op)->rc = error;
}

static void making_release(struct op *op)
{
    container_of(op, struct making, op)->is_over = 1;
}

static const struct op_type making_type = {
    .step = making_step, .fail = making_fail, .release = making_release};

static void judge(const struct play *play, int rc)
{
    if (rc)
        REQUIRE(rc == -EIO && !play->deflated.is_good && zip_member_is_damaged(play->member));
}

static void make(struct play *play, uint64_t piece)
{
    struct making making = {.op = {.type = &making_type, .deadline = CLOCK_NEVER},
                            .member = play->member,
                            .piece = piece};
    unsigned fetched = play->deflated.source.fetched;

    op_start(executor, &making.op);
    REQUIRE(making.is_over && play->deflated.source.fetched == fetched);
    if (making.rc == 0)
        REQUIRE(cache_has(cache, play->deflated.archive.owner, piece));
    if (making.rc != -EAGAIN)
        judge(play, making.rc);
}

/* Closed and opened anew, with what is remembered of it. */
static void open_again(struct play *play)
{
    struct zip_member_record record;
    int has_record = zip_member_take_record(play->member, &record);

    zip_member_unref(play->member);
    REQUIRE(zip_member_open(&play->deflated.archive, 0, &play->member) == 0);
    if (has_record)
        zip_member_give_record(play->member, &record);
}

static void step(struct play *play, uint8_t what)
{
    uint64_t piece = what / 8 % play->count;

    if (what % 8 < 4)
        make(play, piece);
    else if (what % 8 == 4)
        judge(play, deflated_read(&play->deflated, play->member, piece));
    else if (what % 8 == 5)
        pending_source_bring(&play->deflated.source, what / 8);
    else if (what % 8 == 6)
        open_again(play);
    else
        cache_discard(cache, play->deflated.archive.owner, piece, piece);
}

static int read_all(struct play *play)
{
    int rc = 0;

    for (uint64_t i = 0; i < play->count; i++) {
        int error = deflated_read(&play->deflated, play->member, i);

        judge(play, error);
        rc = rc ? rc : error;
    }
    return rc;
}

static void run(const uint8_t *head, const uint8_t *steps, size_t n, const uint8_t *data,
                size_t size)
{
    struct play play;

    if (!deflated_init(&play.deflated, data, size, head[0] + 1u, head[1], head[2]))
        return;
    play.deflated.source.may_decline = 1;
    if (zip_member_open(&play.deflated.archive, 0, &play.member)) {
        REQUIRE(!play.deflated.is_good);
    } else {
        play.count = zip_piece_count(zip_member_size(play.member));
        for (size_t i = 0; i < n; i++)
            step(&play, steps[i]);
        REQUIRE((read_all(&play) == 0) == play.deflated.is_good);
        zip_member_unref(play.member);
    }
    deflated_free(&play.deflated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t n;

    deflated_set_up();
    if (size <= HEAD)
        return 0;
    n = data[3] % STEPS_MAX;
    if (size > HEAD + n)
        run(data, data + HEAD, n, data + HEAD + n, size - HEAD - n);
    return 0;
}
