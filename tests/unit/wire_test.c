#include "kernel/wire.h"

#include <fuse_lowlevel.h>
#include <linux/fuse.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

/* A session whose kernel is a socket: requests are handed over, answers are read at its other
 * end. */
static struct wire wire;
static struct fuse_session *session;
static int kernel;

static int begin(void)
{
    static const struct fuse_lowlevel_ops no_ops;
    char name[] = "test", *argv[] = {name};
    struct fuse_args args = FUSE_ARGS_INIT(1, argv);
    char where[32];
    int fds[2];

    memset(&wire, 0, sizeof(wire));
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds))
        return -1;
    kernel = fds[0];
    snprintf(where, sizeof(where), "/dev/fd/%d", fds[1]);
    session = fuse_session_new(&args, &no_ops, sizeof(no_ops), &wire);
    fuse_opt_free_args(&args);
    return !session || fuse_session_mount(session, where) || wire_install(session) ? -1 : 0;
}

static void end(void)
{
    fuse_session_destroy(session);
    close(kernel);
}

static void ask(uint32_t opcode, uint64_t unique, const void *arg, size_t len)
{
    char bytes[256];
    struct fuse_in_header head = {
        .len = (uint32_t)(sizeof(head) + len), .opcode = opcode, .unique = unique};
    struct fuse_buf buf = {.mem = bytes, .size = head.len};

    memcpy(bytes, &head, sizeof(head));
    memcpy(bytes + sizeof(head), arg, len);
    fuse_session_process_buf(session, &buf);
}

static void ask_init(void)
{
    struct fuse_init_in init = {.major = FUSE_KERNEL_VERSION, .minor = FUSE_KERNEL_MINOR_VERSION};

    ask(FUSE_INIT, 2, &init, sizeof(init));
}

static void ask_interrupt(uint64_t unique)
{
    struct fuse_interrupt_in interrupt = {.unique = unique};

    ask(FUSE_INTERRUPT, unique | 1, &interrupt, sizeof(interrupt));
}

TEST(lookups_go_side_by_side)
{
    struct {
        struct fuse_out_header head;
        struct fuse_init_out init;
    } answer;

    CHECK(!begin());
    ask_init();
    CHECK_EQ(read(kernel, &answer, sizeof(answer)), sizeof(answer));
    CHECK_EQ(answer.head.error, 0);
    CHECK(answer.init.flags & FUSE_PARALLEL_DIROPS);
    wire_collect_interrupts(&wire, session);
    end();
}

/* A leak checker sees those that are not collected. */
TEST(interrupts_of_answered_requests_are_collected)
{
    char answer[256];

    CHECK(!begin());
    ask_init();
    CHECK(read(kernel, answer, sizeof(answer)) > 0);
    for (uint64_t unique = 4; unique < 10; unique += 2)
        ask_interrupt(unique);
    wire_collect_interrupts(&wire, session);
    CHECK_EQ(wire.discarded_answers, 1);
    CHECK(read(kernel, answer, sizeof(answer)) < 0); /* nothing more was said */
    end();
}

TEST(nothing_to_collect_before_init)
{
    char answer[256];

    CHECK(!begin());
    wire_collect_interrupts(&wire, session);
    CHECK(read(kernel, answer, sizeof(answer)) < 0);
    end();
}
