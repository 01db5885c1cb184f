#include "archive/push_ahead.h"

#include <string.h>

#include "member/piece.h"
#include "test.h"

/* A directory of files of one size, nodes 1 to FILES, node i of entry i - 1; and their reader, who
 * asks for what was not pushed. */
#define FILES 2000u

static struct zip_entry entries[FILES];
static struct zip_node nodes[FILES + 1];
static struct zip_directory dir;
static struct zip_tree tree;
static struct push_ahead ahead;
static char pushed[FILES + 1];
static unsigned pushes, reads;

static void start(uint64_t size)
{
    memset(entries, 0, sizeof(entries));
    memset(nodes, 0, sizeof(nodes));
    memset(pushed, 0, sizeof(pushed));
    for (uint32_t i = 0; i < FILES; i++) {
        entries[i] = (struct zip_entry){.size = size, .method = ZIP_METHOD_DEFLATED};
        nodes[i + 1].entry = i;
    }
    nodes[ZIP_ROOT].flags = ZIP_NODE_DIRECTORY;
    nodes[ZIP_ROOT].entry = ZIP_NONE;
    dir = (struct zip_directory){.entries = entries, .count = FILES};
    tree = (struct zip_tree){.dir = &dir, .nodes = nodes, .count = FILES + 1};
    push_ahead_init(&ahead);
    pushes = reads = 0;
}

/* Pushes all that may be pushed now. */
static unsigned push_all(void)
{
    unsigned count = 0;
    uint32_t node;

    for (unsigned i = 0; i < PUSH_AHEAD_STREAMS; i++)
        while (push_ahead_next(&ahead, &tree, i, &node)) {
            pushed[node] = 1;
            count++;
            push_ahead_done(&ahead, &tree, i, node);
        }
    pushes += count;
    return count;
}

static unsigned read_one(uint32_t node)
{
    if (pushed[node])
        return 0;
    reads++;
    push_ahead_read(&ahead, &tree, node);
    return push_all();
}

static unsigned read_range(uint32_t first, uint32_t last)
{
    unsigned count = 0;

    for (uint32_t node = first; node <= last; node++)
        count += read_one(node);
    return count;
}

/* Of what was pushed, how much lies behind this node. */
static unsigned pushed_behind(uint32_t node)
{
    unsigned count = 0;

    while (++node <= FILES)
        count += pushed[node] != 0;
    return count;
}

TEST(push_ahead_nothing_before_the_third_read_in_a_row)
{
    start(6000);
    CHECK_EQ(read_range(100, 101), 0);
    CHECK(read_one(102) > 0);
    CHECK(pushes < PUSH_AHEAD_FIRST);
    CHECK(!pushed[102]);
    CHECK(pushed[103]);
}

/* A file is read in parts, and by several readers. */
TEST(push_ahead_same_file_again_does_not_count)
{
    start(6000);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(read_one(7), 0);
    CHECK_EQ(read_one(8), 0);
    CHECK(read_one(9) > 0);
}

TEST(push_ahead_random_reads_push_nothing)
{
    uint32_t random = 7;

    start(6000);
    for (int i = 0; i < 6; i++)
        CHECK_EQ(read_one(1 + (uint32_t)i * (PUSH_AHEAD_SKIP + 2)), 0);
    start(6000);
    for (int i = 0; i < 20; i++) {
        random = (uint32_t)((uint64_t)random * 48271 % 2147483647);
        CHECK_EQ(read_one(FILES - 20 - (uint32_t)i * 95 + random % 20), 0); /* backward */
    }
}

TEST(push_ahead_reader_asks_for_few_files)
{
    start(6000);
    read_range(1, FILES);
    CHECK_EQ(reads + pushes, FILES);
    CHECK(reads <= FILES / PUSH_AHEAD_GAP + 10);
}

/* Whenever the reader gives up, at most a batch was pushed for nothing. */
TEST(push_ahead_wrong_guess_costs_a_batch)
{
    start(6000);
    for (uint32_t node = 1; node <= FILES; node++) {
        read_one(node);
        CHECK(pushed_behind(node) <= PUSH_AHEAD_MAX);
    }
    start(6000);
    read_range(1, 3);
    CHECK(pushed_behind(3) <= PUSH_AHEAD_FIRST);
}

TEST(push_ahead_batches_are_bounded_in_bytes)
{
    start(ZIP_PIECE);
    for (uint32_t node = 1; node <= FILES; node++) {
        read_one(node);
        CHECK((uint64_t)pushed_behind(node) * ZIP_PIECE <= PUSH_AHEAD_BYTES);
    }
    CHECK(pushes > FILES / 2);
}

TEST(push_ahead_only_what_can_be_pushed)
{
    start(6000);
    for (uint32_t i = 0; i < FILES; i += 7) {
        entries[i].size = ZIP_PIECE + 1;
        entries[i + 1].flags = ZIP_ENTRY_ENCRYPTED;
        entries[i + 2].method = 12; /* bzip2 */
        entries[i + 3].flags = ZIP_ENTRY_SYMLINK;
        entries[i + 4].size = 0;
        if (i + 5 < FILES)
            nodes[i + 5 + 1].flags = ZIP_NODE_DIRECTORY;
    }
    read_range(1, FILES - 10);
    for (uint32_t i = 0; i + 10 < FILES; i++)
        CHECK(!pushed[i + 1] || i % 7 == 6);
    CHECK(pushes > FILES / 14);
}

/* Without reads of their own, empty files do not keep the reader from being heard of. */
TEST(push_ahead_empty_files_are_not_left_out)
{
    start(6000);
    for (uint32_t i = 0; i < FILES; i += 2)
        entries[i].size = 0;
    for (uint32_t node = 2; node <= FILES; node += 2)
        read_one(node);
    CHECK(reads <= FILES / PUSH_AHEAD_GAP + 10);
}

/* The files of a folder that was not listed yet. */
TEST(push_ahead_waits_for_files_that_are_not_known)
{
    uint32_t node;

    start(6000);
    for (node = 1; node <= 3; node++)
        push_ahead_read(&ahead, &tree, node);
    CHECK(push_ahead_next(&ahead, &tree, 0, &node));
    CHECK_EQ(node, 4);
    push_ahead_hold(&ahead, 0, node);
    CHECK(!push_ahead_next(&ahead, &tree, 0, &node));
    push_ahead_listed(&ahead);
    CHECK(push_ahead_next(&ahead, &tree, 0, &node));
    CHECK_EQ(node, 4);
    push_ahead_hold(&ahead, 0, node);
    push_ahead_read(&ahead, &tree, 4); /* the reader has passed it */
    CHECK(push_ahead_next(&ahead, &tree, 0, &node));
    CHECK_EQ(node, 5);
}

/* The reader asks for a file that could have been pushed by now. What was not here is no sign that
 * it is faster. */
TEST(push_ahead_leaves_files_to_a_faster_reader)
{
    uint32_t node;

    start(6000);
    for (node = 1; node <= 4; node++)
        push_ahead_read(&ahead, &tree, node);
    CHECK(push_ahead_next(&ahead, &tree, 0, &node));
    CHECK_EQ(node, 5 + PUSH_AHEAD_LEAD);
    push_ahead_hold(&ahead, 0, node);
    push_ahead_read(&ahead, &tree, node);
    CHECK(push_ahead_next(&ahead, &tree, 0, &node));
    CHECK_EQ(node, 6 + PUSH_AHEAD_LEAD);
}

TEST(push_ahead_follows_several_readers)
{
    start(6000);
    for (uint32_t i = 1; i <= 400; i++)
        for (uint32_t stream = 0; stream < PUSH_AHEAD_STREAMS; stream++)
            read_one(stream * 500 + i);
    CHECK(reads <= PUSH_AHEAD_STREAMS * (400 / PUSH_AHEAD_GAP + 10));
}
