#include "kernel/interrupts.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>

#include "test.h"

struct signals {
    uint64_t own, shared, blocked, ignored, caught;
};

static uint64_t bit(int signal)
{
    return UINT64_C(1) << (signal - 1);
}

static enum interrupt_verdict judge(struct signals signals)
{
    char text[512];

    snprintf(text, sizeof(text),
             "Name:\tcat SigPnd: 1\nUmask:\t0022\nSigQ:\t0/1\nSigPnd:\t%016llx\nShdPnd:\t%016llx\n"
             "SigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\nCapInh:\t0\n",
             (unsigned long long)signals.own, (unsigned long long)signals.shared,
             (unsigned long long)signals.blocked, (unsigned long long)signals.ignored,
             (unsigned long long)signals.caught);
    return interrupt_judge(text);
}

TEST(interrupts_without_a_signal_go_on)
{
    struct signals none = {0};

    CHECK_EQ(judge(none), INTERRUPT_GOES_ON); /* a debugger, a suspended machine */
}

TEST(interrupts_of_signals_that_end_the_program)
{
    const int fatal[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGKILL,
                         SIGSEGV, SIGPIPE, SIGUSR1, 34,      64};

    for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++) {
        CHECK_EQ(judge((struct signals){.own = bit(fatal[i])}), INTERRUPT_ENDS);
        CHECK_EQ(judge((struct signals){.shared = bit(fatal[i])}), INTERRUPT_ENDS);
        CHECK_EQ(judge((struct signals){.shared = bit(fatal[i]), .blocked = bit(fatal[i])}),
                 INTERRUPT_GOES_ON);
        CHECK_EQ(judge((struct signals){.shared = bit(fatal[i]), .ignored = bit(fatal[i])}),
                 INTERRUPT_GOES_ON);
    }
}

TEST(interrupts_of_signals_that_stop_or_inform)
{
    const int harmless[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGWINCH, SIGURG};

    for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
        CHECK_EQ(judge((struct signals){.shared = bit(harmless[i])}), INTERRUPT_GOES_ON);
}

TEST(interrupts_of_signals_that_the_program_handles)
{
    CHECK_EQ(judge((struct signals){.shared = bit(SIGINT), .caught = bit(SIGINT)}), INTERRUPT_ENDS);
    CHECK_EQ(judge((struct signals){.shared = bit(SIGTSTP), .caught = bit(SIGTSTP)}),
             INTERRUPT_ENDS);
    /* A shell handles the end of its jobs, an editor the resizing of its window. */
    CHECK_EQ(judge((struct signals){.shared = bit(SIGCHLD), .caught = bit(SIGCHLD)}),
             INTERRUPT_GOES_ON);
    CHECK_EQ(judge((struct signals){.shared = bit(SIGWINCH), .caught = bit(SIGWINCH)}),
             INTERRUPT_GOES_ON);
}

TEST(interrupts_of_several_signals)
{
    struct signals both = {.own = bit(SIGCHLD), .shared = bit(SIGCONT) | bit(SIGINT)};

    CHECK_EQ(judge(both), INTERRUPT_ENDS);
}

TEST(interrupts_of_a_thread_that_proc_does_not_describe)
{
    CHECK_EQ(interrupt_judge(""), INTERRUPT_IS_UNKNOWN);
    CHECK_EQ(interrupt_judge("Name:\tcat\nSigPnd:\t0\n"), INTERRUPT_IS_UNKNOWN);
    CHECK_EQ(interrupt_judge("\nSigPnd:\tx\nShdPnd:\t0\nSigBlk:\t0\nSigIgn:\t0\nSigCgt:\t0\n"),
             INTERRUPT_IS_UNKNOWN);
}
