#include "member/decoder_pool.h"

#include <stdlib.h>

#include "base/lock.h"
#include "base/log.h"
#include "member/inflate.h"

#define SHARE    4   /* one kind may take this part of the budget */
#define SCAN_MAX 64u /* decoders that are looked at in one go */
#define SPARES   8u  /* inflaters that are kept for reuse */

/* Decoders of each kind that are never evicted. For those of libzip, going back is expensive: they
 * can only start again. */
static const unsigned kept[DECODER_KINDS] = {[DECODER_OF_DEFLATE] = 1, [DECODER_OF_LIBZIP] = 4};

struct decoders {
    struct list list; /* least recently used first */
    unsigned count;
    size_t bytes;
};

struct decoder_pool {
    struct cache *cache;
    pthread_mutex_t lock; /* guards what follows */
    struct decoders of[DECODER_KINDS];
    struct inflater *spares[SPARES];
    unsigned spare_count;
};

struct decoder_pool *decoder_pool_create(struct cache *cache)
{
    struct decoder_pool *pool = calloc(1, sizeof(*pool));

    if (!pool)
        return NULL;
    pool->cache = cache;
    pthread_mutex_init(&pool->lock, NULL);
    for (int kind = 0; kind < DECODER_KINDS; kind++)
        list_init(&pool->of[kind].list);
    return pool;
}

void decoder_pool_destroy(struct decoder_pool *pool)
{
    while (pool->spare_count)
        inflater_free(pool->spares[--pool->spare_count]);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void decoder_pool_add(struct decoder_pool *pool, struct pooled_decoder *decoder)
{
    struct decoders *decoders = &pool->of[decoder->type->kind];

    pthread_mutex_lock(&pool->lock);
    list_add(&decoders->list, &decoder->link);
    decoders->count++;
    decoders->bytes += decoder->cost;
    pthread_mutex_unlock(&pool->lock);
    cache_charge(pool->cache, decoder->cost);
}

void decoder_pool_touch(struct decoder_pool *pool, struct pooled_decoder *decoder)
{
    LOCKED(&pool->lock);
    list_del(&decoder->link);
    list_add(&pool->of[decoder->type->kind].list, &decoder->link);
}

/* With the pool's lock held. */
static void unlink_decoder(struct decoder_pool *pool, struct pooled_decoder *decoder)
{
    struct decoders *decoders = &pool->of[decoder->type->kind];

    list_del(&decoder->link);
    decoders->count--;
    decoders->bytes -= decoder->cost;
}

void decoder_pool_remove(struct decoder_pool *pool, struct pooled_decoder *decoder)
{
    pthread_mutex_lock(&pool->lock);
    unlink_decoder(pool, decoder);
    pthread_mutex_unlock(&pool->lock);
    cache_discharge(pool->cache, decoder->cost);
}

/* With the pool's lock held: bytes that the decoders of one kind may take. */
static size_t bytes_allowed(struct decoder_pool *pool)
{
    size_t budget = cache_budget(pool->cache), charged = cache_charged(pool->cache);

    for (int kind = 0; kind < DECODER_KINDS; kind++)
        charged -= pool->of[kind].bytes < charged ? pool->of[kind].bytes : charged;
    return charged < budget ? (budget - charged) / SHARE : 0;
}

/* With the pool's lock held: moves idle decoders of one kind to `evicted`. Those that are in use go
 * to the end, as if they had been used now: who uses them will say so soon. */
static void take_idle(struct decoder_pool *pool, enum decoder_kind kind, struct list *evicted)
{
    struct decoders *decoders = &pool->of[kind];
    size_t allowed = bytes_allowed(pool);

    for (unsigned i = 0; i < SCAN_MAX && decoders->count > kept[kind] && decoders->bytes > allowed;
         i++) {
        struct list *node = list_pop(&decoders->list);
        struct pooled_decoder *decoder = container_of(node, struct pooled_decoder, link);
        pthread_mutex_t *lock = decoder->lock;
        int is_taken = 0;

        list_add(&decoders->list, node);
        if (pthread_mutex_trylock(lock))
            continue;
        is_taken = decoder->type->take_idle(decoder);
        pthread_mutex_unlock(lock);
        if (!is_taken)
            continue;
        unlink_decoder(pool, decoder);
        list_add(evicted, node);
    }
}

void decoder_pool_shrink(struct decoder_pool *pool)
{
    struct list evicted, *node;
    unsigned count = 0;

    list_init(&evicted);
    pthread_mutex_lock(&pool->lock);
    for (enum decoder_kind kind = 0; kind < DECODER_KINDS; kind++)
        take_idle(pool, kind, &evicted);
    pthread_mutex_unlock(&pool->lock);
    for (; (node = list_pop(&evicted)); count++) {
        struct pooled_decoder *decoder = container_of(node, struct pooled_decoder, link);

        cache_discharge(pool->cache, decoder->cost);
        decoder->type->free(decoder);
    }
    if (count)
        log_debug(LOG_ZIP, "%u idle decoders evicted", count);
}

static struct inflater *take_spare(struct decoder_pool *pool)
{
    LOCKED(&pool->lock);
    return pool->spare_count ? pool->spares[--pool->spare_count] : NULL;
}

struct inflater *decoder_pool_new_inflater(struct decoder_pool *pool)
{
    struct inflater *inflater = take_spare(pool);

    if (!inflater)
        return inflater_new();
    inflater_reset(inflater);
    return inflater;
}

void decoder_pool_free_inflater(struct decoder_pool *pool, struct inflater *inflater)
{
    pthread_mutex_lock(&pool->lock);
    if (pool->spare_count < SPARES) {
        pool->spares[pool->spare_count++] = inflater;
        inflater = NULL;
    }
    pthread_mutex_unlock(&pool->lock);
    if (inflater)
        inflater_free(inflater);
}
