#include "member/member.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "member/piece.h"
#include "support/made_archive.h"
#include "test.h"

#define MEMBER     1
#define SIZE       (7u * ZIP_PIECE + 1234)
#define PIECES     8
#define CACHE_SIZE (64u << 20)
#define MIB        (1024u * 1024)

static uint8_t content[SIZE];

static const enum made_method methods[] = {MADE_STORED, MADE_DEFLATED, MADE_BZIP2};
#define METHODS 3

static void make(struct made_archive *made, enum made_method method)
{
    made_content(content, SIZE);
    made_init(made, method, content, SIZE, CACHE_SIZE);
}

static int read_piece(struct made_archive *made, struct zip_member *member, uint64_t piece)
{
    return made_read(made, member, piece * ZIP_PIECE, ZIP_PIECE, content);
}

TEST(member_whole)
{
    for (int m = 0; m < METHODS; m++) {
        static struct made_archive made;
        struct zip_member *member;

        make(&made, methods[m]);
        member = made_open(&made);
        CHECK_EQ(zip_member_size(member), SIZE);
        CHECK_EQ(zip_member_index(member), MEMBER);
        CHECK_EQ(made_read(&made, member, 0, MIB, content), 0);
        CHECK_EQ(made_read(&made, member, SIZE - 1, 1, content), 0);
        CHECK_EQ(made_read(&made, member, SIZE - 1, MIB, content), 0);
        CHECK_EQ(made_read(&made, member, SIZE, 10, content), 0);
        CHECK_EQ(made_read(&made, member, UINT64_MAX, 10, content), 0);
        CHECK_EQ(made_read(&made, member, 5, 0, content), 0);
        CHECK(!zip_member_is_damaged(member));
        zip_member_unref(member);
        CHECK_EQ(made_free(&made), 0);
    }
}

/* Through a source that lacks every block at first, and loses them again. */
TEST(member_through_a_source_that_pends)
{
    static const size_t blocks[] = {65536, 65536 + 4096, 4096, 1000, 97};

    for (int m = 0; m < METHODS; m++)
        for (size_t b = 0; b < sizeof(blocks) / sizeof(blocks[0]); b++) {
            static struct made_archive made;
            struct zip_member *member;

            if (methods[m] == MADE_STORED && blocks[b] < 65536)
                continue; /* a source's blocks are not so small */
            make(&made, methods[m]);
            fake_source_pend(&made.source, blocks[b]);
            made.source.keeps = 8;
            member = made_open(&made);
            for (uint64_t at = 0; at < SIZE; at += 100000)
                CHECK_EQ(made_read(&made, member, at, 100000, content), 0);
            CHECK(made.source.pended >= 4);
            zip_member_unref(member);
            CHECK_EQ(made_free(&made), 0);
        }
}

TEST(member_random_reads)
{
    for (int m = 0; m < METHODS; m++) {
        static struct made_archive made;
        struct zip_member *member;
        uint64_t random = 99;

        make(&made, methods[m]);
        fake_source_pend(&made.source, 65536);
        made.source.keeps = 5;
        member = made_open(&made);
        for (int i = 0; i < (methods[m] == MADE_BZIP2 ? 15 : 200); i++) {
            size_t len;
            uint64_t at;

            random = random * 48271 % 2147483647;
            at = random % SIZE;
            random = random * 48271 % 2147483647;
            len = random % 3 ? random % 5000 : random % (3 * ZIP_PIECE);
            CHECK_EQ(made_read(&made, member, at, len, content), 0);
        }
        zip_member_unref(member);
        CHECK_EQ(made_free(&made), 0);
    }
}

/* With room for next to nothing, pieces are made again and again; still the same bytes. */
static int read_without_room(enum made_method method)
{
    static struct made_archive made;
    struct zip_member *member;
    int rc = 0;

    made_content(content, SIZE);
    made_init(&made, method, content, SIZE, 1000);
    made.patience_ms = 2000;
    member = made_open(&made);
    for (uint64_t i = 0; i < 3 * PIECES && !rc; i++)
        rc = read_piece(&made, member, i * 5 % PIECES);
    zip_member_unref(member);
    return made_free(&made) ? -EBUSY : rc;
}

TEST(member_stored_without_room)
{
    CHECK_EQ(read_without_room(MADE_STORED), 0);
}

TEST(member_deflated_without_room)
{
    CHECK_EQ(read_without_room(MADE_DEFLATED), 0);
}

TEST(member_bzip2_without_room)
{
    CHECK_EQ(read_without_room(MADE_BZIP2), 0);
}

static const uint64_t orders[][PIECES] = {
    {0, 1, 2, 3, 4, 5, 6, 7}, {7, 6, 5, 4, 3, 2, 1, 0}, {3, 6, 1, 4, 7, 2, 5, 0}};

/* A wrong CRC is found no later than with the last piece, whatever the order; then nothing more is
 * read of it, and nothing kept. */
TEST(member_wrong_crc)
{
    for (int m = 0; m < METHODS; m++)
        for (int o = 0; o < 3; o++) {
            static struct made_archive made;
            struct zip_member *member;
            int rc = 0;

            make(&made, methods[m]);
            made.dir.entries[MEMBER].crc32 ^= 0x100;
            member = made_open(&made);
            for (int i = 0; i < PIECES; i++) {
                rc = read_piece(&made, member, orders[o][i]);
                CHECK(rc == 0 || rc == -EIO);
                if (rc)
                    break;
            }
            CHECK_EQ(rc, -EIO);
            CHECK(zip_member_is_damaged(member));
            for (uint64_t i = 0; i < PIECES; i++) {
                CHECK_EQ(read_piece(&made, member, i), -EIO);
                CHECK(!cache_has(made.cache, made.archive.owner, (uint64_t)MEMBER << 32 | i));
            }
            CHECK(made.source.discards >= 1);
            zip_member_unref(member);
            /* opened anew, it is tried anew */
            member = made_open(&made);
            CHECK(!zip_member_is_damaged(member));
            zip_member_unref(member);
            CHECK_EQ(made_free(&made), 0);
        }
}

TEST(member_damaged_data)
{
    for (int m = 0; m < METHODS; m++)
        for (int o = 0; o < 3; o++) {
            static struct made_archive made;
            struct zip_member *member;
            int rc = 0;

            make(&made, methods[m]);
            made.bytes[made.n / 2] ^= 0x10;
            member = made_open(&made);
            for (int i = 0; i < PIECES && !rc; i++)
                rc = made_read(&made, member, orders[o][i] * ZIP_PIECE, ZIP_PIECE, NULL);
            CHECK_EQ(rc, -EIO);
            CHECK(zip_member_is_damaged(member));
            zip_member_unref(member);
            CHECK_EQ(made_free(&made), 0);
        }
}

TEST(member_longer_or_shorter_than_the_directory_says)
{
    static const int64_t lies[] = {-1, 1, -(int64_t)ZIP_PIECE, ZIP_PIECE, -1234, -1233};

    for (int m = 1; m < METHODS; m++)
        for (size_t l = 0; l < sizeof(lies) / sizeof(lies[0]); l++) {
            static struct made_archive made;
            struct zip_member *member;
            int rc = 0;

            make(&made, methods[m]);
            made.dir.entries[MEMBER].size += (uint64_t)lies[l];
            member = made_open(&made);
            for (uint64_t i = 0; i < PIECES + 1 && !rc; i++)
                rc = made_read(&made, member, i * ZIP_PIECE, ZIP_PIECE, NULL);
            CHECK_EQ(rc, -EIO);
            CHECK(zip_member_is_damaged(member));
            zip_member_unref(member);
            CHECK_EQ(made_free(&made), 0);
        }
}

TEST(member_data_cut_short)
{
    static struct made_archive made;
    struct zip_member *member;
    int rc = 0;

    make(&made, MADE_DEFLATED);
    made.dir.entries[MEMBER].compressed_size /= 2;
    member = made_open(&made);
    for (uint64_t i = 0; i < PIECES && !rc; i++)
        rc = read_piece(&made, member, i);
    CHECK_EQ(rc, -EIO);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}

TEST(member_wrong_local_header)
{
    for (int m = 0; m < METHODS; m++)
        for (unsigned byte = 0; byte < 10; byte += 8) { /* signature, method */
            static struct made_archive made;
            struct zip_member *member;

            make(&made, methods[m]);
            made.bytes[made.dir.entries[MEMBER].header_offset + byte] ^= 0x20;
            member = made_open(&made);
            CHECK_EQ(read_piece(&made, member, 0), -EIO);
            CHECK(zip_member_is_damaged(member));
            zip_member_unref(member);
            CHECK_EQ(made_free(&made), 0);
        }
}

TEST(member_that_cannot_be_opened)
{
    static struct made_archive made;
    struct zip_member *member;
    struct zip_entry *entry;

    make(&made, MADE_DEFLATED);
    entry = &made.dir.entries[MEMBER];
    entry->flags |= ZIP_ENTRY_ENCRYPTED;
    CHECK_EQ(zip_member_open(&made.archive, MEMBER, &member), -EACCES);
    CHECK_EQ(zip_member_can_open(&made.archive, MEMBER), -EACCES);
    entry->flags = 0;
    entry->method = 97;
    CHECK_EQ(zip_member_open(&made.archive, MEMBER, &member), -EOPNOTSUPP);
    entry->method = ZIP_METHOD_DEFLATED;
    entry->problem = ZIP_BAD_OFFSET;
    CHECK_EQ(zip_member_open(&made.archive, MEMBER, &member), -EIO);
    entry->problem = ZIP_OK;
    entry->size = (entry->compressed_size + 1) * 1032; /* more than deflate can make of it */
    CHECK_EQ(zip_member_open(&made.archive, MEMBER, &member), -EIO);
    entry->size = UINT64_MAX / 2;
    CHECK_EQ(zip_member_open(&made.archive, MEMBER, &member), -EIO);
    CHECK_EQ(made.source.views, 0);
    CHECK_EQ(made_free(&made), 0);
}

TEST(member_that_is_empty)
{
    for (int m = 0; m < METHODS; m++) {
        static struct made_archive made;
        struct zip_member *member;

        made_init(&made, methods[m], "", 0, CACHE_SIZE);
        member = made_open(&made);
        CHECK_EQ(made_read(&made, member, 0, 100, NULL), 0);
        zip_member_unref(member);
        CHECK_EQ(made_free(&made), 0);
    }
}

/* A source that fails is no damage: the next read is right. */
TEST(member_when_the_source_fails)
{
    for (int m = 0; m < METHODS; m++)
        for (int how = 0; how < 2; how++)
            for (unsigned view = 1; view < 12; view += 2) {
                static struct made_archive made;
                struct zip_member *member;
                int rc = 0;

                make(&made, methods[m]);
                fake_source_pend(&made.source, 65536);
                made.source.fail_at = view;
                made.source.fail_with = -ETIMEDOUT;
                made.source.fails_waiters = how;
                member = made_open(&made);
                for (uint64_t i = 0; i < PIECES && !rc; i++)
                    rc = read_piece(&made, member, i);
                /* a view that was asked for in advance may fail in silence */
                CHECK(rc == 0 || (rc == -ETIMEDOUT && made.source.views >= view));
                CHECK(!zip_member_is_damaged(member));
                for (uint64_t i = 0; i < PIECES; i++)
                    CHECK_EQ(read_piece(&made, member, i), 0);
                zip_member_unref(member);
                CHECK_EQ(made_free(&made), 0);
            }
}

/* More readers at different places than there are decoders. */
struct place {
    struct made_archive *made;
    struct zip_member *member;
    uint64_t start;
    int rc;
};

#define PLACES 7

static void *read_from(void *arg)
{
    struct place *place = arg;

    for (uint64_t i = 0; i < 2 * PIECES && !place->rc; i++)
        place->rc = read_piece(place->made, place->member, (place->start + i) % PIECES);
    return NULL;
}

TEST(member_read_at_several_places)
{
    for (int m = 0; m < METHODS; m++) {
        static struct made_archive made;
        struct zip_member *member;
        struct place places[PLACES];
        pthread_t threads[PLACES];

        made_content(content, SIZE);
        made_init(&made, methods[m], content, SIZE, 3 * ZIP_PIECE);
        fake_source_pend(&made.source, 65536);
        made.source.keeps = 20;
        member = made_open(&made);
        for (int i = 0; i < PLACES; i++) {
            places[i] = (struct place){&made, member, (uint64_t)i * 3, 0};
            pthread_create(&threads[i], NULL, read_from, &places[i]);
        }
        for (int i = 0; i < PLACES; i++)
            pthread_join(threads[i], NULL);
        for (int i = 0; i < PLACES; i++)
            CHECK_EQ(places[i].rc, 0);
        zip_member_unref(member);
        CHECK_EQ(made_free(&made), 0);
    }
}

TEST(member_references)
{
    static struct made_archive made;
    struct zip_member *member;

    make(&made, MADE_DEFLATED);
    member = made_open(&made);
    CHECK(zip_member_ref(member) == member);
    CHECK_EQ(read_piece(&made, member, 0), 0);
    zip_member_unref(member);
    CHECK_EQ(read_piece(&made, member, 1), 0);
    zip_member_unref(member);
    CHECK_EQ(made_free(&made), 0);
}
