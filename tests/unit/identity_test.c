#include "base/identity.h"

#include <stdlib.h>

#include "fs/nodes.h"
#include "test.h"

#define COUNT 6000 /* more than there are buckets */

static struct identities table;
static unsigned released;

static void release(struct identity *identity)
{
    /* It is found no more by then. */
    if (identities_find(&table, node_number(node_id(identity, 0))))
        abort();
    released++;
    free(identity);
}

static struct identity *add(enum identity_kind kind)
{
    struct identity *identity = calloc(1, sizeof(*identity));

    if (!identity)
        abort();
    identity_add(&table, identity, kind, release);
    return identity;
}

static void start(void)
{
    identities_init(&table);
    released = 0;
}

TEST(identities_are_found_by_their_ids)
{
    struct identity *task, *archive;

    start();
    task = add(IDENTITY_TASK);
    archive = add(IDENTITY_ARCHIVE);
    CHECK(task->number && archive->number && task->number != archive->number);
    CHECK_EQ(archive->kind, IDENTITY_ARCHIVE);
    CHECK_EQ(node_index(node_id(archive, 77)), 77);
    CHECK_EQ(node_index(node_id(archive, UINT32_MAX)), UINT32_MAX);
    CHECK(identities_find(&table, node_number(node_id(archive, 0))) == archive);
    CHECK(identities_find(&table, node_number(node_id(archive, UINT32_MAX))) == archive);
    CHECK(!identities_find(&table, node_number(NODE_ROOT)));
    CHECK(!identities_find(&table, node_number(NODE_DOT)));
    CHECK(!identities_find(&table, node_number(0)));
    CHECK(!identities_find(&table, node_number(UINT64_MAX)));
    identity_unref(archive); /* what was found */
    identity_unref(archive);
    CHECK_EQ(released, 0);
    identity_unref(archive);
    CHECK_EQ(released, 1);
    identity_unref(task);
    CHECK_EQ(released, 2);
}

TEST(identities_live_while_the_kernel_knows_them)
{
    struct identity *identity;
    uint64_t node;

    start();
    identity = add(IDENTITY_SNAPSHOT);
    node = node_id(identity, 1);
    identity_add_lookups(identity, 1);
    identity_add_lookups(identity, 2);
    identity_unref(identity); /* ours: the kernel's three are left */
    CHECK_EQ(released, 0);
    CHECK(identities_find(&table, node_number(node)) == identity);
    identity_forget(identity, 2);
    identity_unref(identity);
    CHECK_EQ(released, 0);
    identity_forget(identity, 1);
    CHECK_EQ(released, 1);
    CHECK(!identities_find(&table, node_number(node)));
}

/* The kernel can't take what is not its own. */
TEST(identities_forget_too_many)
{
    struct identity *identity;

    start();
    identity = add(IDENTITY_TASK);
    identity_add_lookups(identity, 2);
    identity_forget(identity, 0);
    identity_forget(identity, UINT64_MAX);
    CHECK_EQ(released, 0);
    identity_forget(identity, 1);
    CHECK_EQ(released, 0);
    CHECK_EQ(identity->refs, 1);
    identity_unref(identity);
    CHECK_EQ(released, 1);
}

TEST(identities_references)
{
    struct identity *identity;

    start();
    identity = add(IDENTITY_CONTROL);
    identity_ref(identity);
    identity_unref(identity);
    CHECK_EQ(released, 0);
    identity_unref(identity);
    CHECK_EQ(released, 1);
}

/* Chains of a bucket are left whole, in whatever order groups go. */
TEST(identities_many)
{
    static struct identity *identities[COUNT];

    start();
    for (int i = 0; i < COUNT; i++)
        identities[i] = add(IDENTITY_TASK);
    for (int step = 0; step < 3; step++) /* a third of them each time */
        for (int i = step; i < COUNT; i += 3) {
            uint64_t node = node_id(identities[i], 5);

            CHECK(identities_find(&table, node_number(node)) == identities[i]);
            identity_unref(identities[i]);
            identity_unref(identities[i]);
            CHECK(!identities_find(&table, node_number(node)));
        }
    CHECK_EQ(released, COUNT);
}

TEST(identities_numbers_are_not_used_again)
{
    uint32_t last = 0;

    start();
    for (int i = 0; i < COUNT; i++) {
        struct identity *identity = add(IDENTITY_TASK);

        CHECK(identity->number > last);
        last = identity->number;
        identity_unref(identity);
    }
    /* but after all of them: 0 and those in use are passed over */
    table.next_number = UINT32_MAX;
    {
        struct identity *a = add(IDENTITY_TASK), *b = add(IDENTITY_TASK), *c;

        CHECK_EQ(a->number, UINT32_MAX);
        CHECK_EQ(b->number, 1);
        table.next_number = 1;
        c = add(IDENTITY_TASK);
        CHECK_EQ(c->number, 2);
        identity_unref(a);
        identity_unref(b);
        identity_unref(c);
    }
}

TEST(identities_forget_all)
{
    struct identity *held, *known, *mine;

    start();
    known = add(IDENTITY_TASK);
    identity_add_lookups(known, 1000);
    identity_unref(known);
    held = add(IDENTITY_ARCHIVE);
    identity_add_lookups(held, 3);
    mine = add(IDENTITY_ARCHIVE);
    identities_forget_all(&table);
    CHECK_EQ(released, 1);
    CHECK_EQ(held->lookups, 0);
    CHECK_EQ(held->refs, 1);
    identity_unref(held);
    identity_unref(mine);
    CHECK_EQ(released, 3);
    identities_forget_all(&table);
}

TEST(identities_tell_who_holds_an_object)
{
    struct identity *identity;
    struct identity_usage use;
    int64_t made_at;

    start();
    identity = add(IDENTITY_ARCHIVE);
    use = identity_usage(identity);
    CHECK_EQ(use.holders, 1);
    CHECK_EQ(use.lookups, 0);
    made_at = identity->used_at = use.used_at - 1000;
    identity_add_lookups(identity, 3);
    CHECK(identities_find(&table, node_number(node_id(identity, 0))) == identity);
    use = identity_usage(identity);
    CHECK_EQ(use.holders, 2);
    CHECK_EQ(use.lookups, 3);
    CHECK_EQ(use.used_at, made_at); /* a lookup or a forget is no use */
    CHECK(identities_use(&table, node_number(node_id(identity, 0))) == identity);
    use = identity_usage(identity);
    CHECK_EQ(use.holders, 3);
    CHECK(use.used_at > made_at);
    identity->used_at = made_at;
    identity_touch(identity);
    CHECK(identity_usage(identity).used_at > made_at);
    identity_unref(identity);
    identity_unref(identity);
    identity_forget(identity, 3);
    identity_unref(identity);
    CHECK_EQ(released, 1);
}
