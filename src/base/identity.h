/*
 * Objects that can be found again by a number.
 *
 * A task, one version of a small file, one version of an archive and one opener's control of a task
 * are objects with an identity: a number that no other object has while this one lives, and a count
 * of references. Content never changes behind a number: when a small file has a new text, or an
 * archive a new version, there is a new object with a new number.
 *
 * References are counted in two classes. Holders use the object. Lookups belong to a layer above
 * that has handed the number to somebody who may come back with it (a FUSE kernel, which remembers
 * names), and drops them when told that they are forgotten. An object without holders but its owner
 * can be evicted once its lookups are gone.
 */
#ifndef TASKFS_BASE_IDENTITY_H
#define TASKFS_BASE_IDENTITY_H

#include <pthread.h>
#include <stdint.h>

#define IDENTITY_BUCKETS 4096u

enum identity_kind {
    IDENTITY_TASK,
    IDENTITY_CONTROL,
    IDENTITY_SNAPSHOT,
    IDENTITY_ARCHIVE,
    IDENTITY_LIVE
};

struct identities;

/* Embedded in the object. */
struct identity {
    enum identity_kind kind;
    uint32_t number; /* never 0 */
    struct identities *table;
    /* Frees the object. It is called without a lock when the last reference has gone. */
    void (*release)(struct identity *identity);
    /* Guarded by table->lock: */
    uint64_t refs;    /* holders and lookups */
    uint64_t lookups; /* of these, the lookups */
    int64_t used_at;  /* clock_ms() of the last use; see identities_use and identity_touch */
    struct identity *chain;
};

/* All identities of the program. */
struct identities {
    pthread_mutex_t lock; /* a leaf: nothing is called with it held */
    uint32_t next_number;
    struct identity *buckets[IDENTITY_BUCKETS];
};

void identities_init(struct identities *table);

/* Gives the object a number and enters it into the table, with one reference, the caller's. */
void identity_add(struct identities *table, struct identity *identity, enum identity_kind kind,
                  void (*release)(struct identity *identity));
void identity_ref(struct identity *identity);
/* May call `release`: no lock that `release` takes may be held. */
void identity_unref(struct identity *identity);

/* Adds `n` lookups. */
void identity_add_lookups(struct identity *identity, uint64_t n);
/* Drops `n` lookups, or all there are if they are fewer. May call `release`. */
void identity_forget(struct identity *identity, uint64_t n);
/* Drops all lookups of all identities. No other thread may use the table any more. */
void identities_forget_all(struct identities *table);

/* Returns the identity with this number and a reference for the caller, or NULL. */
struct identity *identities_find(struct identities *table, uint32_t number);
/* The same, and counts as a use. */
struct identity *identities_use(struct identities *table, uint32_t number);
/* Counts as a use of the object. */
void identity_touch(struct identity *identity);

/* Who holds an object, as of one moment. */
struct identity_usage {
    uint64_t holders;
    uint64_t lookups;
    int64_t used_at; /* clock_ms() */
};
struct identity_usage identity_usage(struct identity *identity);

#endif
