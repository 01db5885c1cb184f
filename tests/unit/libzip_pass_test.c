/* Passes of libzip: how many at a time, when they end, and that readers behind each other do not
 * send them back to the start. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/lock.h"
#include "member/piece.h"
#include "support/made_archive.h"
#include "support/watched_archive.h"
#include "test.h"

#define PIECES     40u
#define SIZE       (PIECES * ZIP_PIECE)
#define SMALL      (3u * ZIP_PIECE)
#define MEMBERS    5
#define CACHE_SIZE (64u << 20)
#define MINUTE     60000

static uint8_t content[SIZE];

struct reader {
    struct watched_archive *watched;
    struct zip_member *member;
    int64_t patience;
    int rc;
};

static void *read_one(void *arg)
{
    struct reader *reader = arg;

    reader->rc = watched_read(reader->watched, reader->member, 0, ZIP_PIECE, content,
                              reader->patience);
    return NULL;
}

static unsigned running(struct watched_archive *watched)
{
    LOCKED(&watched->archive.gate.lock);
    return watched->archive.gate.running;
}

static int wait_for(struct watched_archive *watched, unsigned passes)
{
    int64_t end = clock_ms() + 20000;

    while (running(watched) != passes)
        if (clock_ms() > end)
            return -ETIMEDOUT;
        else
            sched_yield();
    return 0;
}

static void start_readers(struct watched_archive *watched, struct reader *readers,
                          pthread_t *threads, int64_t patience)
{
    for (unsigned i = 0; i < MEMBERS; i++) {
        readers[i] = (struct reader){watched, watched_member(watched, i), patience, 0};
        pthread_create(&threads[i], NULL, read_one, &readers[i]);
    }
}

/* A stalled archive holds two threads, and none once its members are closed. */
TEST(libzip_passes_are_few)
{
    static struct watched_archive stalled, other;
    struct reader readers[MEMBERS];
    pthread_t threads[MEMBERS];
    struct executor *own;
    struct zip_member *member;

    made_content(content, SIZE);
    watched_open_bzip2(&stalled, MEMBERS, content, SMALL, CACHE_SIZE);
    watched_open_bzip2(&other, 1, content, SMALL, CACHE_SIZE);
    own = other.archive.blocking;
    other.archive.blocking = stalled.blocking;

    start_readers(&stalled, readers, threads, MINUTE);
    for (unsigned i = 0; i < MEMBERS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(readers[i].rc, 0);
        zip_member_unref(readers[i].member);
    }
    CHECK_EQ(wait_for(&stalled, 0), 0);

    cache_discard_all(stalled.cache, stalled.archive.owner);
    start_readers(&stalled, readers, threads, 1);
    for (unsigned i = 0; i < MEMBERS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < MEMBERS; i++)
        zip_member_unref(readers[i].member);
    CHECK_EQ(wait_for(&stalled, 0), 0);

    cache_discard_all(stalled.cache, stalled.archive.owner);
    for (unsigned i = 0; i < MEMBERS; i++) { /* the header is here; what libzip reads is not */
        readers[i].member = watched_member(&stalled, i);
        CHECK_EQ(watched_read(&stalled, readers[i].member, 0, 1, content, MINUTE), 0);
    }
    cache_discard_all(stalled.cache, stalled.archive.owner);
    watched_stall(&stalled.source, 0);
    for (unsigned i = 0; i < MEMBERS; i++) {
        readers[i].patience = 300;
        pthread_create(&threads[i], NULL, read_one, &readers[i]);
    }
    for (unsigned i = 0; i < MEMBERS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(running(&stalled), 2);
    member = watched_member(&other, 0);
    CHECK_EQ(watched_read(&other, member, 0, ZIP_PIECE, content, MINUTE), 0);
    zip_member_unref(member);
    for (unsigned i = 0; i < MEMBERS; i++) {
        CHECK_EQ(readers[i].rc, -ETIMEDOUT);
        zip_member_unref(readers[i].member);
    }
    CHECK_EQ(wait_for(&stalled, 0), 0);
    watched_go_on(&stalled.source);

    member = watched_member(&stalled, 3);
    CHECK_EQ(watched_read(&stalled, member, 0, ZIP_PIECE, content, MINUTE), 0);
    zip_member_unref(member);
    CHECK_EQ(wait_for(&stalled, 0), 0);
    CHECK_EQ(wait_for(&other, 0), 0);
    other.archive.blocking = own;
    CHECK_EQ(watched_close(&stalled), 0);
    CHECK_EQ(watched_close(&other), 0);
}

/* libzip waits for the source no longer than the archive says. */
TEST(libzip_pass_times_out)
{
    static struct watched_archive watched;
    struct zip_member *member;

    made_content(content, SIZE);
    watched_open_bzip2(&watched, 1, content, SIZE, CACHE_SIZE);
    watched.archive.timeout_ms = 700;
    member = watched_member(&watched, 0);
    CHECK_EQ(watched_read(&watched, member, 0, 1, content, MINUTE), 0);
    watched_stall(&watched.source, WATCHED_BLOCK);
    CHECK_EQ(watched_read(&watched, member, SIZE - 1, 1, content, 1500), -ETIMEDOUT);
    CHECK_EQ(wait_for(&watched, 0), 0); /* though it is still open, and still stalled */
    CHECK(!zip_member_is_damaged(member));
    watched_go_on(&watched.source);
    CHECK_EQ(watched_read(&watched, member, SIZE - 1, 1, content, MINUTE), 0);
    zip_member_unref(member);
    CHECK_EQ(wait_for(&watched, 0), 0);
    CHECK_EQ(watched_close(&watched), 0);
}

/* Two readers that go forward, far apart, and nothing stays in the cache. */
TEST(libzip_readers_at_two_places)
{
    static struct watched_archive watched;
    struct zip_member *member;
    unsigned once;

    made_content(content, SIZE);
    watched_open_bzip2(&watched, 1, content, SIZE, CACHE_SIZE);
    member = watched_member(&watched, 0);
    CHECK_EQ(watched_read(&watched, member, SIZE - 1, 1, content, MINUTE), 0);
    once = watched.source.views;
    CHECK_EQ(wait_for(&watched, 0), 0);
    CHECK_EQ(cache_charged(watched.cache), 0); /* at the end it is let go of */
    watched_reset(&watched.source);
    for (uint64_t i = 0; i < PIECES / 2; i++)
        for (uint64_t place = 0; place < PIECES; place += PIECES / 2) {
            cache_discard_all(watched.cache, watched.archive.owner);
            CHECK_EQ(
                watched_read(&watched, member, (place + i) * ZIP_PIECE, ZIP_PIECE, content, MINUTE),
                0);
        }
    CHECK(watched.source.views <= 3 * once);
    zip_member_unref(member);
    CHECK_EQ(watched_close(&watched), 0);
}

/* Room for nothing, more readers than pieces are kept for: all come to their end. */
static void *read_all(void *arg)
{
    struct reader *reader = arg;

    for (uint64_t at = 0; at < SMALL && !reader->rc; at += ZIP_PIECE)
        reader->rc = watched_read(reader->watched, reader->member, (at + ZIP_PIECE) % SMALL,
                                  ZIP_PIECE, content, MINUTE);
    return NULL;
}

TEST(libzip_readers_without_room)
{
    static struct watched_archive watched;
    struct reader readers[8];
    pthread_t threads[8];
    struct zip_member *member;

    made_content(content, SIZE);
    watched_open_bzip2(&watched, 1, content, SMALL, 1000);
    member = watched_member(&watched, 0);
    for (int i = 0; i < 8; i++) {
        readers[i] = (struct reader){&watched, member, MINUTE, 0};
        pthread_create(&threads[i], NULL, read_all, &readers[i]);
    }
    for (int i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(readers[i].rc, 0);
    zip_member_unref(member);
    CHECK_EQ(wait_for(&watched, 0), 0);
    CHECK_EQ(watched_close(&watched), 0);
}

/* 50 bytes that claim to be 2^47: what is made of them is told apart, and costs little. */
TEST(libzip_member_that_claims_much)
{
    static struct watched_archive watched;
    struct zip_member *member;

    made_content(content, SIZE);
    watched_open_bzip2(&watched, 1, content, 100, CACHE_SIZE);
    watched.dir.entries[0].size = UINT64_C(1) << 47;
    member = watched_member(&watched, 0);
    CHECK_EQ(watched_read(&watched, member, 0, 100, NULL, MINUTE), -EIO);
    CHECK(zip_member_is_damaged(member));
    zip_member_unref(member);
    CHECK_EQ(wait_for(&watched, 0), 0);
    CHECK_EQ(watched_close(&watched), 0);
}
