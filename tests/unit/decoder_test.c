/* What decoders cost and drive out, and what a damaged member leaves behind. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/clock.h"
#include "member/inflate.h"
#include "member/pieces.h"
#include "support/made_archive.h"
#include "support/watched_archive.h"
#include "test.h"

#define SIZE       (7u * ZIP_PIECE + 1234)
#define CACHE_SIZE (64u << 20)
#define MEMBER     1

static uint8_t content[64 * ZIP_PIECE];

static void make(struct made_archive *made, enum made_method method, size_t size, size_t room)
{
    made_content(content, sizeof(content));
    made_init(made, method, content, size, room);
    made->archive.stats = &made->stats;
}

static int read_piece(struct made_archive *made, struct zip_member *member, uint64_t piece)
{
    return made_read(made, member, piece * ZIP_PIECE, ZIP_PIECE, content);
}

TEST(decoder_is_freed_at_the_end)
{
    static struct made_archive made;
    struct zip_member *member;

    make(&made, MADE_DEFLATED, SIZE, CACHE_SIZE);
    member = made_open(&made);
    CHECK_EQ(read_piece(&made, member, 0), 0);
    CHECK_EQ(cache_charged(made.cache), inflater_cost());
    for (uint64_t i = 1; i < 8; i++)
        CHECK_EQ(read_piece(&made, member, i), 0);
    CHECK_EQ(cache_charged(made.cache), 0);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);

    make(&made, MADE_DEFLATED, 1000, CACHE_SIZE);
    member = made_open(&made);
    CHECK_EQ(read_piece(&made, member, 0), 0);
    CHECK_EQ(cache_charged(made.cache), 0);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

TEST(decoder_is_given_up_when_the_budget_is_short)
{
    static const size_t budgets[] = {CACHE_SIZE, 512 * 1024};

    for (int b = 0; b < 2; b++) {
        static struct made_archive made;
        struct zip_member *member;

        make(&made, MADE_DEFLATED, SIZE, budgets[b]);
        member = made_open(&made);
        CHECK_EQ(read_piece(&made, member, 6), 0);
        cache_discard_all(made.cache, made.archive.owner);
        CHECK_EQ(read_piece(&made, member, 0), 0);
        CHECK_EQ(cache_charged(made.cache), (b ? 1 : 2) * inflater_cost());
        zip_member_unref(member);
        CHECK_EQ(cache_charged(made.cache), 0);
        CHECK_EQ(made_free(&made), 0);
    }
}

struct one_read {
    struct watched_archive *watched;
    struct zip_member *member;
    int rc;
};

static void *read_first(void *arg)
{
    struct one_read *one = arg;

    one->rc = watched_read(one->watched, one->member, 0, 2 * ZIP_PIECE, content, 60000);
    return NULL;
}

TEST(decoder_charges_its_half_made_piece)
{
    static struct made_archive made;
    static struct watched_archive watched;
    struct one_read one = {&watched, NULL, -1};
    uint8_t *copy;
    pthread_t thread;

    make(&made, MADE_DEFLATED, SIZE, CACHE_SIZE);
    copy = malloc(made.n);
    CHECK(copy);
    memcpy(copy, made.bytes, made.n);
    watched_open(&watched, copy, made.n, CACHE_SIZE);
    watched_stall(&watched.source, WATCHED_BLOCK);
    one.member = watched_member(&watched, MEMBER);
    pthread_create(&thread, NULL, read_first, &one);
    for (int64_t end = clock_ms() + 10000; clock_ms() < end;) {
        if (watched_waiting(&watched.source) &&
            cache_charged(watched.cache) >= inflater_cost() + ZIP_PIECE)
            break;
        sched_yield();
    }
    CHECK_EQ(cache_charged(watched.cache), inflater_cost() + ZIP_PIECE);
    watched_go_on(&watched.source);
    pthread_join(thread, NULL);
    CHECK_EQ(one.rc, 0);
    CHECK_EQ(cache_charged(watched.cache), inflater_cost());
    zip_member_unref(one.member);
    CHECK_EQ(watched_close(&watched), 0);
    CHECK_EQ(made_free(&made), 0);
}

/* A far read without a checkpoint does not drive out what others have. */
TEST(decoder_keeps_little_of_what_it_passes)
{
    static struct made_archive made;
    struct zip_member *member;
    struct cache_owner owner;
    uint64_t left = 0;

    make(&made, MADE_DEFLATED, sizeof(content), 40 * ZIP_PIECE);
    cache_owner_init(&owner);
    for (uint64_t i = 0; i < 24; i++) {
        struct cache_entry *entry = cache_put(made.cache, &owner, i, calloc(1, ZIP_PIECE),
                                              ZIP_PIECE);

        CHECK(entry);
        cache_unpin(made.cache, entry, CACHE_KEEP);
    }
    member = made_open(&made);
    CHECK_EQ(read_piece(&made, member, 63), 0);
    for (uint64_t i = 0; i < 24; i++)
        left += (uint64_t)cache_has(made.cache, &owner, i);
    CHECK_EQ(left, 24);
    cache_discard_all(made.cache, &owner);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

static void *put_pieces(void *arg)
{
    struct zip_member *member = arg;

    for (int i = 0; i < 200; i++) {
        uint64_t piece = (uint64_t)i % 7;
        uint8_t *bytes = malloc(ZIP_PIECE);
        struct cache_entry *entry;

        if (!bytes)
            break;
        memcpy(bytes, content + piece * ZIP_PIECE, ZIP_PIECE);
        if (!member_put_piece(member, piece, bytes, &entry))
            cache_unpin(member->archive->cache, entry, CACHE_KEEP);
    }
    return NULL;
}

TEST(damaged_member_takes_no_piece)
{
    static struct made_archive made;
    struct zip_member *member;
    struct cache_entry *entry;
    pthread_t threads[2];

    make(&made, MADE_DEFLATED, SIZE, CACHE_SIZE);
    member = made_open(&made);
    member->has_reader = 1;
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, put_pieces, member);
    CHECK_EQ(member_mark_damaged(member, "of this test"), -EIO);
    CHECK_EQ(member_mark_damaged(member, "of this test"), -EIO);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (uint64_t i = 0; i < 8; i++)
        CHECK(!cache_has(made.cache, made.archive.owner, piece_key(member, i)));
    CHECK_EQ(member_put_piece(member, 0, calloc(1, ZIP_PIECE), &entry), -EIO);
    CHECK(!entry && !cache_has(made.cache, made.archive.owner, piece_key(member, 0)));
    CHECK_EQ(stats_get(&made.stats, STAT_CHECK_FAILURES), 1);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

TEST(empty_member_with_a_crc)
{
    for (int m = 0; m < 2; m++) {
        static struct made_archive made;
        struct zip_member *member;

        made_init(&made, m ? MADE_DEFLATED : MADE_STORED, "", 0, CACHE_SIZE);
        CHECK_EQ(zip_member_can_open(&made.archive, MEMBER), 0);
        made.dir.entries[MEMBER].crc32 = 7;
        CHECK_EQ(zip_member_can_open(&made.archive, MEMBER), -EIO);
        CHECK_EQ(zip_member_open(&made.archive, MEMBER, &member), -EIO);
        made.dir.entries[MEMBER].flags |= ZIP_ENTRY_ENCRYPTED;
        CHECK_EQ(zip_member_can_open(&made.archive, MEMBER), -EACCES);
        CHECK_EQ(made_free(&made), 0);
    }
}

/* Half-read members keep within a quarter of the budget, and go on from a checkpoint or the
 * start. */
TEST(decoders_of_many_members_are_evicted)
{
    static struct made_archive made;
    struct zip_member *members[16];

    make(&made, MADE_DEFLATED, 12 * ZIP_PIECE, 4 << 20);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 16; i++) {
            if (!round)
                members[i] = made_open(&made);
            CHECK_EQ(read_piece(&made, members[i], (uint64_t)round * 3 + (uint64_t)i % 3), 0);
            cache_discard_all(made.cache, made.archive.owner);
            CHECK(cache_charged(made.cache) <= 1 << 20);
            CHECK(round || i < 12 || cache_charged(made.cache) > (1 << 20) - 2 * inflater_cost());
        }
    for (int i = 0; i < 16; i++)
        zip_member_unref(members[i]);
    CHECK_EQ(cache_charged(made.cache), 0);
    CHECK_EQ(made_free(&made), 0);
}

/* While an op waits for input to go on with a decoder, the decoder stays. */
TEST(decoder_that_is_expected_stays)
{
    static struct made_archive made;
    struct zip_member *waiting, *others[20];
    unsigned views;

    make(&made, MADE_DEFLATED, 6 * ZIP_PIECE, 512 * 1024);
    waiting = made_open(&made);
    CHECK_EQ(read_piece(&made, waiting, 0), 0);
    CHECK_EQ(zip_member_make_ahead(waiting, 1, NULL), 0);
    made.source.fail_at = made.source.views + 1;
    made.source.fail_with = OP_PENDING;
    CHECK_EQ(zip_member_make_ahead(waiting, 2, NULL), OP_PENDING);
    for (int i = 0; i < 20; i++) {
        others[i] = made_open(&made);
        CHECK_EQ(read_piece(&made, others[i], 0), 0);
        cache_discard_all(made.cache, made.archive.owner);
    }
    views = made.source.views;
    CHECK_EQ(zip_member_make_ahead(waiting, 2, NULL), 0);
    CHECK_EQ(made.source.views - views, 1); /* not from the start */

    /* But not for longer than an op may take. */
    made.archive.timeout_ms = 1;
    made.source.fail_at = made.source.views + 1;
    CHECK_EQ(zip_member_make_ahead(waiting, 3, NULL), OP_PENDING);
    for (int64_t end = clock_ms() + 2; clock_ms() < end;)
        sched_yield();
    for (int i = 0; i < 20; i++) {
        cache_discard_all(made.cache, made.archive.owner);
        CHECK_EQ(read_piece(&made, others[i], 0), 0);
    }
    CHECK(cache_charged(made.cache) <= inflater_cost());
    for (int i = 0; i < 20; i++)
        zip_member_unref(others[i]);
    zip_member_unref(waiting);
    CHECK_EQ(made_free(&made), 0);
}
