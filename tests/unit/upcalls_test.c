#include "kernel/upcalls.h"

#include <linux/fuse.h>
#include <string.h>

#include "test.h"

static struct upcalls upcalls;

static void note(uint32_t opcode, size_t len)
{
    struct fuse_in_header head = {.len = (uint32_t)len, .opcode = opcode};

    upcalls_note(&upcalls, &head, len);
}

TEST(upcalls_are_counted_by_kind)
{
    memset(&upcalls, 0, sizeof(upcalls));
    for (int i = 0; i < 3; i++)
        note(FUSE_READ, sizeof(struct fuse_in_header));
    note(FUSE_FORGET, sizeof(struct fuse_in_header));
    CHECK_EQ(upcalls_get(&upcalls, FUSE_READ), 3);
    CHECK_EQ(upcalls_get(&upcalls, FUSE_FORGET), 1);
    CHECK_EQ(upcalls_get(&upcalls, FUSE_OPEN), 0);
}

/* Of kernels to come: each is counted, under a name for all. */
TEST(upcalls_of_unknown_kinds_are_counted)
{
    memset(&upcalls, 0, sizeof(upcalls));
    note(UPCALL_KINDS - 1, sizeof(struct fuse_in_header));
    note(UPCALL_KINDS, sizeof(struct fuse_in_header));
    note(UINT32_MAX, sizeof(struct fuse_in_header));
    CHECK_EQ(upcalls_get(&upcalls, 0), 3);
    CHECK_STR(upcall_name(0), "OTHER");
    CHECK(!upcall_name(UPCALL_KINDS));
    CHECK(!upcall_name(UINT32_MAX));
}

TEST(upcalls_that_are_cut_off_are_none)
{
    memset(&upcalls, 0, sizeof(upcalls));
    note(FUSE_READ, sizeof(struct fuse_in_header) - 1);
    note(FUSE_READ, 0);
    for (unsigned kind = 0; kind < UPCALL_KINDS; kind++)
        CHECK_EQ(upcalls_get(&upcalls, kind), 0);
}
