#include "base/refcount.h"

#include <pthread.h>
#include <stdlib.h>

#include "test.h"

#define THREADS 4
#define ROUNDS  10000

TEST(refcount_says_which_reference_was_the_last)
{
    struct refcount refcount;

    refcount_init(&refcount, 1);
    CHECK_EQ(refcount_put(&refcount), 1);

    refcount_init(&refcount, 2);
    refcount_get(&refcount);
    CHECK_EQ(refcount_put(&refcount), 0);
    CHECK_EQ(refcount_put(&refcount), 0);
    CHECK_EQ(refcount_put(&refcount), 1);
}

struct shared {
    struct refcount refcount;
    int written[THREADS]; /* each by one thread, without a lock; read by whoever was the last */
    int *frees;
    int *sum;
};

struct holder {
    struct shared *shared;
    int index;
};

static void shared_put(struct shared *shared)
{
    if (!refcount_put(&shared->refcount))
        return;
    for (int i = 0; i < THREADS; i++)
        *shared->sum += shared->written[i];
    (*shared->frees)++;
    free(shared);
}

static void *hold(void *arg)
{
    struct holder *holder = arg;

    for (int i = 0; i < ROUNDS; i++) {
        refcount_get(&holder->shared->refcount);
        holder->shared->written[holder->index]++;
        shared_put(holder->shared);
    }
    shared_put(holder->shared);
    return NULL;
}

/* Under TSan this also holds the orders of the atomic operations. */
TEST(refcount_the_last_of_many_threads_sees_what_all_wrote)
{
    struct shared *shared = calloc(1, sizeof(*shared));
    struct holder holders[THREADS];
    pthread_t threads[THREADS];
    int frees = 0, sum = 0;

    CHECK(shared);
    refcount_init(&shared->refcount, THREADS);
    shared->frees = &frees;
    shared->sum = &sum;
    for (int i = 0; i < THREADS; i++) {
        holders[i] = (struct holder){.shared = shared, .index = i};
        pthread_create(&threads[i], NULL, hold, &holders[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_EQ(frees, 1);
    CHECK_EQ(sum, THREADS * ROUNDS);
}
