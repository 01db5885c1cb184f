#include "op/single_flight.h"

void single_flight_init(struct single_flight *flight)
{
    wait_queue_init(&flight->waiters);
    flight->is_up = 0;
}

int single_flight_start(struct single_flight *flight, int (*start)(void *arg), void *arg)
{
    int rc = flight->is_up ? 0 : start(arg);

    if (!rc)
        flight->is_up = 1;
    return rc;
}

int single_flight_join(struct single_flight *flight, struct op *op, int (*start)(void *arg),
                       void *arg)
{
    int rc = single_flight_start(flight, start, arg);

    return rc ? rc : op_wait(op, &flight->waiters, 0);
}

void single_flight_land(struct single_flight *flight, int error)
{
    flight->is_up = 0;
    wait_queue_wake(&flight->waiters, error);
}

void single_flight_note_arrival(struct single_flight *flight)
{
    wait_queue_wake(&flight->waiters, 0);
}

int single_flight_is_up(const struct single_flight *flight)
{
    return flight->is_up;
}
