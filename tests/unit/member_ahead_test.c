/* Members that are decoded before a reader asks, and given to him at once. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "member/piece.h"
#include "op/sync.h"
#include "support/fake_net.h"
#include "support/made_archive.h"
#include "test.h"

#define MEMBER     1
#define SIZE       (20u * ZIP_PIECE + 1234)
#define PIECES     21
#define SMALL      5000u
#define CACHE_SIZE (64u << 20)
#define MIB        (1024u * 1024)

static uint8_t content[SIZE];
static struct made_archive made;

static struct zip_member *start(enum made_method method, size_t n, size_t cache_size)
{
    made_content(content, n);
    made_init(&made, method, content, n, cache_size);
    made.archive.stats = &made.stats;
    return made_open(&made);
}

struct making {
    struct zip_member *member;
    uint64_t piece;
};

static int make_step(struct op *op, void *arg)
{
    struct making *making = arg;

    return zip_member_make_ahead(making->member, making->piece, op);
}

static int make(struct zip_member *member, uint64_t piece)
{
    struct making making = {.member = member, .piece = piece};

    return op_run_sync(made.executor, made.patience_ms, make_step, &making);
}

static int read_piece(struct zip_member *member, uint64_t piece)
{
    return made_read(&made, member, piece * ZIP_PIECE, ZIP_PIECE, content);
}

static int is_made(uint64_t piece)
{
    return cache_has(made.cache, made.archive.owner, (uint64_t)MEMBER << 32 | piece);
}

/* ---- making ---- */

TEST(member_made_ahead_in_order)
{
    struct zip_member *member = start(MADE_DEFLATED, SIZE, CACHE_SIZE);
    unsigned views;

    for (uint64_t i = 0; i < PIECES; i++) {
        CHECK(!is_made(i));
        CHECK_EQ(make(member, i), 0);
        CHECK(is_made(i));
    }
    views = made.source.views;
    CHECK_EQ(make(member, 3), 0); /* is there */
    for (uint64_t i = 0; i < PIECES; i++)
        CHECK_EQ(read_piece(member, i), 0);
    CHECK_EQ(made.source.views, views); /* all was done */
    CHECK(!zip_member_is_damaged(member));
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

TEST(member_made_ahead_out_of_order)
{
    static const uint64_t order[] = {5, 2, 20, 0, 19, 6, 1};
    struct zip_member *member = start(MADE_DEFLATED, SIZE, CACHE_SIZE);

    for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        CHECK_EQ(make(member, order[i]), 0);
        CHECK(is_made(order[i]));
        CHECK_EQ(read_piece(member, order[i]), 0);
    }
    CHECK_EQ(made_read(&made, member, 0, MIB, content), 0);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

/* Nothing is fetched for it, not even a local header; it takes up where what is here ends. */
TEST(member_made_ahead_of_what_is_here)
{
    static const size_t blocks[] = {4096, 65536, 100000};

    for (size_t b = 0; b < sizeof(blocks) / sizeof(blocks[0]); b++) {
        struct zip_member *member = start(MADE_DEFLATED, SIZE, CACHE_SIZE);
        unsigned declined = 0;

        fake_source_pend(&made.source, blocks[b]);
        for (uint64_t i = 0; i < PIECES; i++)
            CHECK_EQ(make(member, i), -EAGAIN);
        CHECK_EQ(made.source.pended, 0);
        for (uint64_t i = 0; i < PIECES; i++) {
            unsigned pended;

            CHECK_EQ(read_piece(member, i), 0);
            pended = made.source.pended;
            for (uint64_t k = i + 1; k < PIECES && k < i + 4; k++) {
                int rc = make(member, k);

                CHECK(rc == 0 || rc == -EAGAIN);
                CHECK_EQ(is_made(k), !rc);
                declined += rc != 0;
            }
            CHECK_EQ(made.source.pended, pended);
        }
        CHECK(declined > 0);
        CHECK(!zip_member_is_damaged(member));
        zip_member_unref(member);
        CHECK_EQ(made_free(&made), 0);
    }
}

/* The store's failure is no damage. */
TEST(member_made_ahead_when_the_source_fails)
{
    for (int waits = 0; waits < 2; waits++) {
        struct zip_member *member = start(MADE_DEFLATED, SIZE, CACHE_SIZE);

        CHECK_EQ(make(member, 0), 0);
        made.source.fail_at = made.source.views + 1;
        made.source.fail_with = -EHOSTUNREACH;
        made.source.fails_waiters = waits;
        CHECK_EQ(make(member, 1), -EHOSTUNREACH);
        CHECK(!zip_member_is_damaged(member));
        CHECK_EQ(make(member, 1), 0);
        CHECK_EQ(made_read(&made, member, 0, MIB, content), 0);
        zip_member_unref(member);
        CHECK_EQ(made_free(&made), 0);
    }
}

TEST(member_made_ahead_without_room)
{
    struct zip_member *member = start(MADE_DEFLATED, SIZE, 1000);

    for (uint64_t i = 0; i < PIECES; i++) {
        CHECK_EQ(make(member, i), 0);
        CHECK(!is_made(i)); /* given up at once */
        CHECK_EQ(read_piece(member, i), 0);
    }
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

struct worker {
    struct zip_member *member;
    int reads;
    int rc;
};

static void *work(void *arg)
{
    struct worker *worker = arg;

    for (uint64_t i = 0; i < PIECES && !worker->rc; i++)
        worker->rc = worker->reads ? read_piece(worker->member, i) : make(worker->member, i);
    return NULL;
}

TEST(member_made_ahead_beside_readers)
{
    for (int run = 0; run < 5; run++) {
        struct zip_member *member = start(MADE_DEFLATED, SIZE, run % 2 ? CACHE_SIZE : 4 * MIB);
        struct worker workers[4];
        pthread_t threads[4];

        for (int i = 0; i < 4; i++) {
            workers[i] = (struct worker){.member = member, .reads = i % 2};
            pthread_create(&threads[i], NULL, work, &workers[i]);
        }
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        for (int i = 0; i < 4; i++)
            CHECK_EQ(workers[i].rc, 0);
        zip_member_unref(member);
        CHECK_EQ(made_free(&made), 0);
    }
}

/* ---- damage ---- */

/* How often the log has spoken of the member, since the process began. */
static unsigned said(void)
{
    struct buf log = BUF_INIT(1024 * 1024);
    unsigned count = 0;

    log_newest(&log);
    if (buf_append(&log, "", 1))
        abort();
    for (const char *at = log.data; (at = strstr(at, "member 'm' is damaged")); at++)
        count++;
    buf_free(&log);
    return count;
}

static void spoil(enum made_method method, size_t n, struct zip_member **member)
{
    zip_member_unref(start(method, n, CACHE_SIZE));
    made.dir.entries[MEMBER].crc32 ^= 1;
    *member = made_open(&made);
    log_set_level(LOG_LEVEL_ERROR);
}

#define FAILURES stats_get(&made.stats, STAT_CHECK_FAILURES)

/* Nobody asked for it: it is said when somebody does, once. */
TEST(member_damage_found_ahead_is_said_to_a_reader)
{
    int saved = hush_stderr();
    struct zip_member *member;
    unsigned before;

    spoil(MADE_DEFLATED, SMALL, &member);
    before = said();
    CHECK_EQ(make(member, 0), -EIO);
    CHECK_EQ(make(member, 0), -EIO);
    CHECK(zip_member_is_damaged(member));
    CHECK(!is_made(0));
    CHECK_EQ(made.source.discards > 0, 1);
    CHECK_EQ(said() - before, 0);
    CHECK_EQ(FAILURES, 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(read_piece(member, 0), -EIO);
        CHECK_EQ(said() - before, 1);
        CHECK_EQ(FAILURES, 1);
    }
    zip_member_unref(member);
    member = made_open(&made); /* opened anew, it is tried anew, and said again */
    CHECK_EQ(read_piece(member, 0), -EIO);
    CHECK_EQ(said() - before, 2);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
    speak_stderr(saved);
}

TEST(member_damage_that_nobody_reads_is_not_said)
{
    int saved = hush_stderr();
    struct zip_member *member;
    unsigned before;

    spoil(MADE_DEFLATED, SMALL, &member);
    before = said();
    CHECK_EQ(make(member, 0), -EIO);
    zip_member_unref(member);
    CHECK_EQ(said() - before, 0);
    CHECK_EQ(FAILURES, 0);
    CHECK_EQ(made_free(&made), 0);
    speak_stderr(saved);
}

/* Found before a reader who is in it already: he gets no byte more of it, and it is said once. */
TEST(member_damage_found_ahead_of_a_reader)
{
    int saved = hush_stderr();
    struct zip_member *member;
    unsigned before;
    uint64_t piece = 1;
    int rc = 0;

    spoil(MADE_DEFLATED, SIZE, &member);
    before = said();
    CHECK_EQ(read_piece(member, 0), 0);
    while (!rc && piece < PIECES)
        rc = make(member, piece++);
    CHECK_EQ(rc, -EIO);
    CHECK_EQ(piece, PIECES); /* the CRC shows at the end */
    CHECK_EQ(said() - before, 1);
    for (uint64_t i = 0; i < PIECES; i++) {
        CHECK(!is_made(i));
        CHECK_EQ(read_piece(member, i), -EIO);
    }
    CHECK_EQ(said() - before, 1);
    CHECK_EQ(FAILURES, 1);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
    speak_stderr(saved);
}

TEST(member_wrong_data_found_ahead)
{
    int saved = hush_stderr();
    struct zip_member *member = start(MADE_DEFLATED, SIZE, CACHE_SIZE);
    unsigned before = said();
    int rc = 0;

    log_set_level(LOG_LEVEL_ERROR);
    made.bytes[made.n / 2] ^= 0x10;
    for (uint64_t i = 0; i < PIECES && !rc; i++)
        rc = make(member, i);
    CHECK_EQ(rc, -EIO);
    CHECK_EQ(said() - before, 0);
    CHECK_EQ(made_read(&made, member, 0, 10, NULL), -EIO);
    CHECK_EQ(said() - before, 1);
    zip_member_unref(member);
    made.bytes[made.n / 2] ^= 0x10; /* it was wrong on the way: opened anew, it is right */
    member = made_open(&made);
    CHECK_EQ(made_read(&made, member, 0, MIB, content), 0);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
    speak_stderr(saved);
}

/* ---- given at once ---- */

/* Whether the parts are the first n bytes of the content. */
static int is_content(const struct zip_read *read, size_t n)
{
    size_t at = 0;

    for (unsigned i = 0; i < read->count; i++) {
        if (at + read->parts[i].len > n ||
            memcmp(read->parts[i].data, content + at, read->parts[i].len) != 0)
            return 0;
        at += read->parts[i].len;
    }
    return at == n && read->len == n;
}

static int peek(struct zip_member *member, size_t n)
{
    struct zip_read read = {.count = 0};
    int rc = zip_member_peek(member, &read);

    if (!is_content(&read, rc ? n : 0))
        rc = -1;
    zip_read_release(&made.archive, &read);
    return rc;
}

TEST(member_peek_of_what_was_made_ahead)
{
    static const size_t sizes[] = {1, SMALL, ZIP_PIECE - 1, ZIP_PIECE};

    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        struct zip_member *member = start(MADE_DEFLATED, sizes[s], CACHE_SIZE);
        unsigned views = made.source.views;

        CHECK_EQ(peek(member, 0), 0); /* not decoded: nothing is done for it */
        CHECK_EQ(made.source.views, views);
        CHECK(!is_made(0));
        CHECK_EQ(make(member, 0), 0);
        CHECK_EQ(peek(member, sizes[s]), 1);
        CHECK_EQ(peek(member, sizes[s]), 1); /* it is there still */
        CHECK_EQ(read_piece(member, 0), 0);
        zip_member_unref(member);
        member = made_open(&made); /* nor does it matter who made it */
        CHECK_EQ(peek(member, sizes[s]), 1);
        zip_member_unref(member);
        CHECK_EQ(made_free(&made), 0);
    }
}

TEST(member_peek_of_what_is_large)
{
    static const size_t sizes[] = {ZIP_PIECE + 1, SIZE};

    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        struct zip_member *member = start(MADE_DEFLATED, sizes[s], CACHE_SIZE);

        for (uint64_t i = 0; i < zip_piece_count(sizes[s]); i++)
            CHECK_EQ(make(member, i), 0);
        CHECK_EQ(peek(member, 0), 0);
        zip_member_unref(member);
        CHECK_EQ(made_free(&made), 0);
    }
}

TEST(member_peek_of_other_methods)
{
    struct zip_member *member = start(MADE_BZIP2, SMALL, CACHE_SIZE);

    CHECK_EQ(read_piece(member, 0), 0);
    CHECK_EQ(peek(member, 0), 0);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

TEST(member_peek_of_what_is_stored)
{
    struct zip_member *member = start(MADE_STORED, SMALL, CACHE_SIZE);

    made.source.pends = 1;
    CHECK_EQ(peek(member, 0), 0); /* nothing is fetched for it */
    CHECK_EQ(made.source.pended, 0);
    CHECK_EQ(read_piece(member, 0), 0);
    CHECK_EQ(peek(member, SMALL), 1);
    zip_member_unref(member);
    member = made_open(&made);
    CHECK_EQ(peek(member, SMALL), 1);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

TEST(member_peek_of_what_is_stored_and_wrong)
{
    int saved = hush_stderr();
    struct zip_member *member = start(MADE_STORED, SMALL, CACHE_SIZE);
    unsigned before = said();

    log_set_level(LOG_LEVEL_ERROR);
    made.bytes[made.n / 2] ^= 0x10;
    CHECK_EQ(peek(member, 0), 0);
    CHECK_EQ(said() - before, 0); /* nobody has read it */
    CHECK(zip_member_is_damaged(member));
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
    speak_stderr(saved);
}

TEST(member_peek_of_what_is_empty)
{
    struct zip_member *member = start(MADE_DEFLATED, 0, CACHE_SIZE);

    CHECK_EQ(peek(member, 0), 0);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

TEST(member_peek_of_what_is_damaged)
{
    int saved = hush_stderr();
    struct zip_member *member;
    unsigned before;

    spoil(MADE_DEFLATED, SMALL, &member);
    before = said();
    CHECK_EQ(make(member, 0), -EIO);
    CHECK_EQ(peek(member, 0), 0);
    CHECK(said() - before <= 1);
    CHECK_EQ(read_piece(member, 0), -EIO);
    CHECK_EQ(said() - before, 1);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
    speak_stderr(saved);
}

/* A piece that an earlier opener has left is looked at before it is given. */
TEST(member_peek_checks_what_it_finds)
{
    int saved = hush_stderr();
    struct zip_member *member = start(MADE_DEFLATED, SMALL, CACHE_SIZE);
    unsigned before = said();

    CHECK_EQ(make(member, 0), 0);
    zip_member_unref(member);
    made.dir.entries[MEMBER].crc32 ^= 1;
    member = made_open(&made);
    log_set_level(LOG_LEVEL_ERROR);
    CHECK(is_made(0));
    CHECK_EQ(peek(member, 0), 0);
    CHECK(zip_member_is_damaged(member));
    CHECK(!is_made(0));
    CHECK_EQ(read_piece(member, 0), -EIO);
    CHECK_EQ(said() - before, 1);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
    speak_stderr(saved);
}
