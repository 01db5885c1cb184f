#include "op_probe.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"

static int probe_step(struct op *op)
{
    struct probe *probe = container_of(op, struct probe, op);

    probe->steps++;
    return probe->act(probe);
}

void probe_fail(struct op *op, int error)
{
    container_of(op, struct probe, op)->failed_with = error;
}

static void probe_parking(struct op *op)
{
    container_of(op, struct probe, op)->parkings++;
}

static void probe_release(struct op *op)
{
    container_of(op, struct probe, op)->releases++;
}

static const struct op_type probe_type = {
    .step = probe_step, .fail = probe_fail, .parking = probe_parking, .release = probe_release};

void probe_init(struct probe *probe, int (*act)(struct probe *))
{
    memset(probe, 0, sizeof(*probe));
    probe->op.type = &probe_type;
    probe->op.deadline = CLOCK_NEVER;
    probe->act = act;
    pthread_mutex_init(&probe->lock, NULL);
    wait_queue_init(&probe->queue);
}

int probe_act_done(struct probe *probe)
{
    (void)probe;
    return 0;
}

int probe_act_wait(struct probe *probe)
{
    LOCKED(&probe->lock);
    return probe->open ? 0 : op_wait(&probe->op, &probe->queue, 7);
}

void probe_open_gate(struct probe *probe)
{
    LOCKED(&probe->lock);
    probe->open = 1;
    wait_queue_wake(&probe->queue, 0);
}

void probe_wake(struct probe *probe, int error)
{
    LOCKED(&probe->lock);
    wait_queue_wake(&probe->queue, error);
}

int probe_reaches(_Atomic int *counter, int value)
{
    int64_t end = clock_ms() + PATIENCE_MS;

    while (atomic_load(counter) < value)
        if (clock_ms() > end)
            return 0;
        else
            sched_yield();
    return 1;
}
