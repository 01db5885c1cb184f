#include "base/identity.h"

#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/lock.h"

void identities_init(struct identities *table)
{
    memset(table, 0, sizeof(*table));
    pthread_mutex_init(&table->lock, NULL);
    table->next_number = 1;
}

static struct identity **identity_slot(struct identities *table, uint32_t number)
{
    struct identity **at = &table->buckets[number % IDENTITY_BUCKETS];

    while (*at && (*at)->number != number)
        at = &(*at)->chain;
    return at;
}

void identity_add(struct identities *table, struct identity *identity, enum identity_kind kind,
                  void (*release)(struct identity *identity))
{
    struct identity **slot;

    identity->kind = kind;
    identity->table = table;
    identity->release = release;
    identity->refs = 1;
    identity->lookups = 0;
    identity->used_at = clock_ms();
    LOCKED(&table->lock);
    do {
        identity->number = table->next_number;
        table->next_number = table->next_number == UINT32_MAX ? 1 : table->next_number + 1;
        slot = identity_slot(table, identity->number);
    } while (*slot); /* after 2^32 objects, numbers that are still in use are skipped */
    identity->chain = NULL;
    *slot = identity;
}

void identity_ref(struct identity *identity)
{
    LOCKED(&identity->table->lock);
    identity->refs++;
}

/* With the lock held, which this releases. */
static void drop_refs_and_unlock(struct identity *identity, uint64_t n)
{
    struct identities *table = identity->table;

    identity->refs -= n;
    if (identity->refs) {
        pthread_mutex_unlock(&table->lock);
        return;
    }
    *identity_slot(table, identity->number) = identity->chain;
    pthread_mutex_unlock(&table->lock);
    identity->release(identity);
}

void identity_unref(struct identity *identity)
{
    pthread_mutex_lock(&identity->table->lock);
    drop_refs_and_unlock(identity, 1);
}

void identity_add_lookups(struct identity *identity, uint64_t n)
{
    LOCKED(&identity->table->lock);
    identity->refs += n;
    identity->lookups += n;
}

void identity_forget(struct identity *identity, uint64_t n)
{
    pthread_mutex_lock(&identity->table->lock);
    if (n > identity->lookups)
        n = identity->lookups;
    identity->lookups -= n;
    drop_refs_and_unlock(identity, n);
}

static struct identity *identities_get(struct identities *table, uint32_t number, int is_use)
{
    struct identity *identity;

    LOCKED(&table->lock);
    identity = *identity_slot(table, number);
    if (identity)
        identity->refs++;
    if (identity && is_use)
        identity->used_at = clock_ms();
    return identity;
}

struct identity *identities_find(struct identities *table, uint32_t number)
{
    return identities_get(table, number, 0);
}

struct identity *identities_use(struct identities *table, uint32_t number)
{
    return identities_get(table, number, 1);
}

void identity_touch(struct identity *identity)
{
    LOCKED(&identity->table->lock);
    identity->used_at = clock_ms();
}

struct identity_usage identity_usage(struct identity *identity)
{
    LOCKED(&identity->table->lock);
    return (struct identity_usage){identity->refs - identity->lookups, identity->lookups,
                                   identity->used_at};
}

/* Returns an identity of the bucket that has lookups, with a reference; NULL when there is none. */
static struct identity *find_looked_up(struct identities *table, unsigned bucket)
{
    LOCKED(&table->lock);
    for (struct identity *identity = table->buckets[bucket]; identity; identity = identity->chain)
        if (identity->lookups) {
            identity->refs++;
            return identity;
        }
    return NULL;
}

void identities_forget_all(struct identities *table)
{
    struct identity *identity;

    for (unsigned bucket = 0; bucket < IDENTITY_BUCKETS; bucket++)
        while ((identity = find_looked_up(table, bucket))) {
            identity_forget(identity, UINT64_MAX);
            identity_unref(identity);
        }
}
