/*
 * An arbitrary directory, and a plan of some of its entries: what is fetched ahead keeps the
 * promises of the header while files are taken and done in any order. abort() is a finding, and so
 * is an unsigned number that wraps around.
 */
#include <stdlib.h>
#include <string.h>

#include "download/ahead.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILES_MAX 64

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

struct input {
    const uint8_t *data;
    size_t size;
};

static uint8_t take_byte(struct input *input)
{
    if (!input->size)
        return 0;
    input->size--;
    return *input->data++;
}

/* A number of any size: a byte of how far to shift, and two of what. */
static uint64_t take_number(struct input *input)
{
    unsigned shift = take_byte(input) % 56;
    uint64_t low = take_byte(input), high = take_byte(input);

    return shift == 55 ? UINT64_MAX - low : (high << 8 | low) << shift;
}

struct plan {
    struct zip_directory dir;
    struct zip_entry entries[FILES_MAX];
    uint32_t todo[FILES_MAX];
    uint8_t is_fetched[FILES_MAX];
    uint32_t count;
};

static int compare_offsets(const void *a, const void *b)
{
    const struct zip_entry *first = a, *second = b;

    return first->header_offset < second->header_offset
               ? -1
               : first->header_offset > second->header_offset;
}

static void make_plan(struct plan *plan, struct input *input)
{
    uint32_t count = take_byte(input) % (FILES_MAX + 1);

    memset(plan, 0, sizeof(*plan));
    plan->dir.entries = plan->entries;
    plan->dir.object_size = take_number(input) / 2 + 22;
    plan->dir.end.directory_offset = take_number(input) % plan->dir.object_size;
    for (uint32_t i = 0; i < count; i++)
        plan->entries[i] = (struct zip_entry){.header_offset = take_number(input),
                                              .compressed_size = take_number(input),
                                              .local_name_len = take_byte(input)};
    qsort(plan->entries, count, sizeof(*plan->entries), compare_offsets);
    plan->dir.count = count;
    for (uint32_t i = 0; i < count; i++)
        if (take_byte(input) & 1)
            plan->todo[plan->count++] = i;
}

static uint32_t entry_at(const void *arg, uint32_t at)
{
    const struct plan *plan = arg;

    REQUIRE(at < plan->count);
    return plan->todo[at];
}

static void check_span(const struct plan *plan, const struct ahead_span *span)
{
    REQUIRE(span->from < span->to && span->to <= plan->dir.object_size);
}

/* The files of the plan from `from` on have been fetched just now, by this span. */
static void check_fetched(struct plan *plan, const struct ahead *ahead, uint32_t from,
                          const struct ahead_span *span)
{
    struct ahead_span first;

    REQUIRE(ahead->next > from && ahead->next <= plan->count);
    first = ahead_span_of(&plan->dir, plan->todo[from]);
    check_span(plan, span);
    for (uint32_t i = from; i < ahead->next; i++) {
        struct ahead_span own = ahead_span_of(&plan->dir, plan->todo[i]);

        check_span(plan, &own);
        REQUIRE(!plan->is_fetched[i]++);
        REQUIRE(own.from >= span->from && own.to <= span->to);
    }
    REQUIRE(span->to == first.to || span->to - span->from <= AHEAD_STEP);
}

/* The bytes that were fetched of files that are not done, counted anew. */
static uint64_t unused_of(const struct plan *plan, const uint8_t *is_done)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < plan->count; i++) {
        struct ahead_span span = ahead_span_of(&plan->dir, plan->todo[i]);

        if (plan->is_fetched[i] && !is_done[i])
            sum += span.to - span.from;
    }
    return sum;
}

static void fetch(struct plan *plan, struct ahead *ahead)
{
    struct ahead_span span;

    for (;;) {
        uint32_t from = ahead->next;
        uint64_t unused = ahead->unused;
        int rc = ahead_next(ahead, plan->count, entry_at, plan, &span);

        if (!rc) {
            REQUIRE(ahead->next == from && ahead->unused == unused);
            REQUIRE(from == plan->count || (unused && unused + AHEAD_STEP > ahead->window));
            return;
        }
        REQUIRE(!unused || unused + AHEAD_STEP <= ahead->window);
        check_fetched(plan, ahead, from, &span);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    uint8_t is_done[FILES_MAX] = {0};
    struct plan plan;
    struct ahead ahead = {.dir = &plan.dir};
    uint32_t taken = 0;

    make_plan(&plan, &input);
    for (uint32_t done = 0; done < plan.count;) {
        uint32_t at = take_byte(&input);
        struct ahead_span span;

        ahead.window = take_number(&input);
        fetch(&plan, &ahead);
        if (taken < plan.count && (at & 1 || taken == done)) {
            uint32_t from = ahead.next;
            int rc = ahead_take(&ahead, taken, entry_at, &plan, &span);

            REQUIRE(rc == (from <= taken));
            if (rc)
                check_fetched(&plan, &ahead, from, &span);
            taken++;
        }
        for (at = at % taken; is_done[at]; at = (at + 1) % taken)
            if (done == taken)
                break;
        if (done < taken) {
            is_done[at] = 1;
            done++;
            ahead_done(&ahead, plan.todo[at]);
        }
        REQUIRE(ahead.unused == unused_of(&plan, is_done));
    }
    REQUIRE(!ahead.unused);
    return 0;
}
