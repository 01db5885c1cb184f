#include "task/identity.h"

#include <stdlib.h>

#include "test.h"

#define COUNT 6000 /* more than there are buckets */

static struct nodes nodes;
static unsigned released;

static void release(struct group *group)
{
    /* It is found no more by then. */
    if (nodes_find(&nodes, node_id(group, 0)))
        abort();
    released++;
    free(group);
}

static struct group *add(enum group_kind kind)
{
    struct group *group = calloc(1, sizeof(*group));

    if (!group)
        abort();
    group_add(&nodes, group, kind, release);
    return group;
}

static void start(void)
{
    nodes_init(&nodes);
    released = 0;
}

TEST(nodes_are_found_by_their_ids)
{
    struct group *task, *archive;

    start();
    task = add(GROUP_TASK);
    archive = add(GROUP_ARCHIVE);
    CHECK(task->id && archive->id && task->id != archive->id);
    CHECK_EQ(archive->kind, GROUP_ARCHIVE);
    CHECK_EQ(node_index(node_id(archive, 77)), 77);
    CHECK_EQ(node_index(node_id(archive, UINT32_MAX)), UINT32_MAX);
    CHECK(nodes_find(&nodes, node_id(archive, 0)) == archive);
    CHECK(nodes_find(&nodes, node_id(archive, UINT32_MAX)) == archive);
    CHECK(!nodes_find(&nodes, NODE_ROOT));
    CHECK(!nodes_find(&nodes, NODE_DOT));
    CHECK(!nodes_find(&nodes, 0));
    CHECK(!nodes_find(&nodes, UINT64_MAX));
    group_unref(archive); /* what was found */
    group_unref(archive);
    CHECK_EQ(released, 0);
    group_unref(archive);
    CHECK_EQ(released, 1);
    group_unref(task);
    CHECK_EQ(released, 2);
}

TEST(nodes_live_while_the_kernel_knows_them)
{
    struct group *group;
    uint64_t node;

    start();
    group = add(GROUP_SNAPSHOT);
    node = node_id(group, 1);
    group_looked_up(group, 1);
    group_looked_up(group, 2);
    group_unref(group); /* ours: the kernel's three are left */
    CHECK_EQ(released, 0);
    CHECK(nodes_find(&nodes, node) == group);
    group_forget(group, 2);
    group_unref(group);
    CHECK_EQ(released, 0);
    group_forget(group, 1);
    CHECK_EQ(released, 1);
    CHECK(!nodes_find(&nodes, node));
}

/* The kernel can't take what is not its own. */
TEST(nodes_forget_too_many)
{
    struct group *group;

    start();
    group = add(GROUP_TASK);
    group_looked_up(group, 2);
    group_forget(group, 0);
    group_forget(group, UINT64_MAX);
    CHECK_EQ(released, 0);
    group_forget(group, 1);
    CHECK_EQ(released, 0);
    CHECK_EQ(group->refs, 1);
    group_unref(group);
    CHECK_EQ(released, 1);
}

TEST(nodes_references)
{
    struct group *group;

    start();
    group = add(GROUP_CTL);
    group_ref(group);
    group_unref(group);
    CHECK_EQ(released, 0);
    group_unref(group);
    CHECK_EQ(released, 1);
}

/* Chains of a bucket are left whole, in whatever order groups go. */
TEST(nodes_many)
{
    static struct group *groups[COUNT];

    start();
    for (int i = 0; i < COUNT; i++)
        groups[i] = add(GROUP_TASK);
    for (int step = 0; step < 3; step++) /* a third of them each time */
        for (int i = step; i < COUNT; i += 3) {
            uint64_t node = node_id(groups[i], 5);

            CHECK(nodes_find(&nodes, node) == groups[i]);
            group_unref(groups[i]);
            group_unref(groups[i]);
            CHECK(!nodes_find(&nodes, node));
        }
    CHECK_EQ(released, COUNT);
}

TEST(nodes_numbers_are_not_used_again)
{
    uint32_t last = 0;

    start();
    for (int i = 0; i < COUNT; i++) {
        struct group *group = add(GROUP_TASK);

        CHECK(group->id > last);
        last = group->id;
        group_unref(group);
    }
    /* but after all of them: 0 and those in use are passed over */
    nodes.next_id = UINT32_MAX;
    {
        struct group *a = add(GROUP_TASK), *b = add(GROUP_TASK), *c;

        CHECK_EQ(a->id, UINT32_MAX);
        CHECK_EQ(b->id, 1);
        nodes.next_id = 1;
        c = add(GROUP_TASK);
        CHECK_EQ(c->id, 2);
        group_unref(a);
        group_unref(b);
        group_unref(c);
    }
}

TEST(nodes_forget_all)
{
    struct group *held, *known, *mine;

    start();
    known = add(GROUP_TASK);
    group_looked_up(known, 1000);
    group_unref(known);
    held = add(GROUP_ARCHIVE);
    group_looked_up(held, 3);
    mine = add(GROUP_ARCHIVE);
    nodes_forget_all(&nodes);
    CHECK_EQ(released, 1);
    CHECK_EQ(held->lookups, 0);
    CHECK_EQ(held->refs, 1);
    group_unref(held);
    group_unref(mine);
    CHECK_EQ(released, 3);
    nodes_forget_all(&nodes);
}

TEST(nodes_tell_who_needs_a_group)
{
    struct group *group;
    struct group_use use;
    int64_t made_at;

    start();
    group = add(GROUP_ARCHIVE);
    use = group_use(group);
    CHECK_EQ(use.holders, 1);
    CHECK_EQ(use.lookups, 0);
    made_at = group->used_at = use.used_at - 1000;
    group_looked_up(group, 3);
    CHECK(nodes_find(&nodes, node_id(group, 0)) == group);
    use = group_use(group);
    CHECK_EQ(use.holders, 2);
    CHECK_EQ(use.lookups, 3);
    CHECK_EQ(use.used_at, made_at); /* a lookup or a forget is no use */
    CHECK(nodes_use(&nodes, node_id(group, 0)) == group);
    use = group_use(group);
    CHECK_EQ(use.holders, 3);
    CHECK(use.used_at > made_at);
    group->used_at = made_at;
    group_touch(group);
    CHECK(group_use(group).used_at > made_at);
    group_unref(group);
    group_unref(group);
    group_forget(group, 3);
    group_unref(group);
    CHECK_EQ(released, 1);
}
