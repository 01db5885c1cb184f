/* Which decoders the pool evicts. */
#include "member/decoder_pool.h"

#include <stdlib.h>

#include "base/stats.h"
#include "member/inflate.h"
#include "test.h"

#define BUDGET 4000u /* bytes: decoders of a kind may take 1000 */
#define MANY   100

static struct stats stats;
static struct cache *cache;
static struct decoder_pool *pool;

struct fake {
    struct pooled_decoder pooled;
    pthread_mutex_t lock;
    int is_busy, is_taken, is_freed;
};

static struct fake fakes[MANY];

static int on_take_idle(struct pooled_decoder *pooled)
{
    struct fake *fake = container_of(pooled, struct fake, pooled);

    if (fake->is_busy)
        return 0;
    fake->is_taken = 1;
    return 1;
}

static void on_free(struct pooled_decoder *pooled)
{
    container_of(pooled, struct fake, pooled)->is_freed = 1;
}

static const struct pooled_decoder_type types[DECODER_KINDS] = {
    {DECODER_OF_DEFLATE, on_take_idle, on_free}, {DECODER_OF_LIBZIP, on_take_idle, on_free}};

static void start(void)
{
    cache = cache_create(BUDGET, &stats);
    pool = decoder_pool_create(cache);
    if (!cache || !pool)
        abort();
    for (int i = 0; i < MANY; i++) {
        fakes[i] = (struct fake){.is_busy = 0};
        pthread_mutex_init(&fakes[i].lock, NULL);
    }
}

static void add(int i, enum decoder_kind kind, size_t cost)
{
    fakes[i].pooled = (struct pooled_decoder){
        .type = &types[kind], .lock = &fakes[i].lock, .cost = cost};
    decoder_pool_add(pool, &fakes[i].pooled);
}

/* Removes those that are left, and frees the pool; how many there were. */
static int finish(void)
{
    int left = 0;

    for (int i = 0; i < MANY; i++) {
        if (fakes[i].pooled.type && !fakes[i].is_taken) {
            decoder_pool_remove(pool, &fakes[i].pooled);
            left++;
        }
        pthread_mutex_destroy(&fakes[i].lock);
    }
    if (cache_charged(cache))
        abort();
    decoder_pool_destroy(pool);
    cache_destroy(cache);
    return left;
}

static int is_evicted(int i)
{
    return fakes[i].is_taken && fakes[i].is_freed;
}

TEST(decoder_pool_keeps_what_it_may)
{
    start();
    for (int i = 0; i < 10; i++)
        add(i, DECODER_OF_DEFLATE, 100);
    CHECK_EQ(cache_charged(cache), 1000);
    decoder_pool_shrink(pool);
    CHECK_EQ(finish(), 10);
}

TEST(decoder_pool_evicts_the_least_recently_used)
{
    start();
    for (int i = 0; i < 10; i++)
        add(i, DECODER_OF_DEFLATE, 100);
    decoder_pool_touch(pool, &fakes[0].pooled);
    decoder_pool_touch(pool, &fakes[2].pooled);
    for (int i = 10; i < 13; i++)
        add(i, DECODER_OF_DEFLATE, 100);
    decoder_pool_shrink(pool);
    CHECK(is_evicted(1) && is_evicted(3) && is_evicted(4));
    CHECK_EQ(cache_charged(cache), 1000);
    CHECK_EQ(finish(), 10);
}

/* What is in use is passed over; it does not stand in the way of others. */
TEST(decoder_pool_leaves_those_in_use)
{
    start();
    for (int i = 0; i < MANY; i++) {
        add(i, DECODER_OF_DEFLATE, 100);
        fakes[i].is_busy = i < 85;
    }
    for (int i = 0; i < 5; i++)
        decoder_pool_shrink(pool);
    for (int i = 0; i < MANY; i++)
        CHECK_EQ(is_evicted(i), i >= 85);
    for (int i = 0; i < MANY; i++)
        fakes[i].is_busy = 0;
    for (int i = 0; i < 5; i++)
        decoder_pool_shrink(pool);
    CHECK_EQ(finish(), 10);
}

/* A member whose lock is held is not waited for. */
TEST(decoder_pool_waits_for_no_member)
{
    start();
    for (int i = 0; i < 12; i++)
        add(i, DECODER_OF_DEFLATE, 100);
    pthread_mutex_lock(&fakes[0].lock);
    decoder_pool_shrink(pool);
    pthread_mutex_unlock(&fakes[0].lock);
    CHECK(!is_evicted(0) && is_evicted(1) && is_evicted(2));
    CHECK_EQ(finish(), 10);
}

/* Each kind has a share of its own, and keeps a few in any case. */
TEST(decoder_pool_keeps_a_few_of_each_kind)
{
    start();
    for (int i = 0; i < 10; i++)
        add(i, DECODER_OF_DEFLATE, 100);
    for (int i = 10; i < 16; i++)
        add(i, DECODER_OF_LIBZIP, 5000);
    decoder_pool_shrink(pool);
    for (int i = 0; i < 16; i++)
        CHECK_EQ(is_evicted(i), i == 10 || i == 11);
    for (int i = 16; i < 19; i++)
        add(i, DECODER_OF_DEFLATE, 2000);
    decoder_pool_shrink(pool);
    CHECK(!is_evicted(18));
    CHECK_EQ(finish(), 4 + 1);
}

/* What others hold leaves less to decoders. */
TEST(decoder_pool_shares_with_other_charges)
{
    start();
    for (int i = 0; i < 10; i++)
        add(i, DECODER_OF_DEFLATE, 100);
    cache_charge(cache, 2000);
    decoder_pool_shrink(pool);
    CHECK(is_evicted(4) && !is_evicted(5));
    cache_charge(cache, 5000);
    decoder_pool_shrink(pool);
    CHECK(is_evicted(8) && !is_evicted(9));
    cache_discharge(cache, 7000);
    CHECK_EQ(finish(), 1);
}

TEST(decoder_pool_reuses_inflaters)
{
    struct inflater *inflaters[12];

    start();
    for (int i = 0; i < 12; i++) {
        inflaters[i] = decoder_pool_new_inflater(pool);
        CHECK(inflaters[i]);
    }
    for (int i = 0; i < 12; i++)
        decoder_pool_free_inflater(pool, inflaters[i]);
    CHECK(decoder_pool_new_inflater(pool) == inflaters[7]);
    decoder_pool_free_inflater(pool, inflaters[7]);
    CHECK_EQ(finish(), 0);
}
