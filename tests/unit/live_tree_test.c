#include "task/live_tree.h"

#include <errno.h>

#include "api/tracker.h"
#include "test.h"

static int decode(const char *names, struct live_tree **tree)
{
    BUF_SCOPED json = BUF_INIT(100000);
    char why[TRACKER_WHY_MAX];
    size_t skipped;

    buf_printf(&json, "{\"status\": \"success\", \"message\": %s}", names);
    return live_tree_decode(json.data, json.len, tree, &skipped, why);
}

TEST(live_tree_is_sorted_and_found)
{
    struct live_tree *tree;
    uint32_t at;

    CHECK_EQ(decode("[\"z\", {\"d\": [\"b\", {\"e\": [\"in\"]}, \"a\"]}, \"m\"]", &tree), 0);
    at = tree->entries[LIVE_ROOT].first;
    CHECK_STR(live_tree_name(tree, at), "d");
    CHECK_EQ(tree->entries[at].is_directory, 1);
    at = tree->entries[at].next;
    CHECK_STR(live_tree_name(tree, at), "m");
    at = tree->entries[at].next;
    CHECK_STR(live_tree_name(tree, at), "z");
    CHECK_EQ(tree->entries[at].next, LIVE_NONE);
    CHECK_EQ(live_tree_resolve(tree, ""), LIVE_ROOT);
    at = live_tree_resolve(tree, "d/e/in");
    CHECK(at != LIVE_NONE);
    CHECK_STR(live_tree_name(tree, at), "in");
    CHECK_EQ(live_tree_resolve(tree, "d/e/in/more"), LIVE_NONE);
    CHECK_EQ(live_tree_resolve(tree, "z/x"), LIVE_NONE);
    CHECK_EQ(live_tree_resolve(tree, "d/x"), LIVE_NONE);
    CHECK_EQ(live_tree_find(tree, LIVE_ROOT, "d/e"), LIVE_NONE);
    live_tree_unref(live_tree_ref(tree));
    live_tree_unref(tree);
}

TEST(live_tree_keeps_one_of_a_name)
{
    struct live_tree *tree;
    uint32_t at;

    CHECK_EQ(decode("[\"x\", {\"x\": [\"in\"]}, \"x\", {\"x\": []}, \"y\"]", &tree), 0);
    at = tree->entries[LIVE_ROOT].first;
    CHECK_EQ(tree->entries[at].is_directory, 1);
    CHECK(live_tree_resolve(tree, "x/in") != LIVE_NONE);
    at = tree->entries[at].next;
    CHECK_STR(live_tree_name(tree, at), "y");
    CHECK_EQ(tree->entries[at].next, LIVE_NONE);
    live_tree_unref(tree);
    live_tree_unref(NULL);
}

TEST(live_tree_refuses)
{
    struct live_tree *tree;

    CHECK_EQ(decode("[{\"d\": [\"a\", 1]}]", &tree), -EPROTO);
    CHECK(!tree);
    CHECK_EQ(decode("[]", &tree), 0);
    CHECK_EQ(tree->entries[LIVE_ROOT].first, LIVE_NONE);
    live_tree_unref(tree);
}
