/*
 * A remote object with the service and the store that it comes from, and ops that read it. Runs out
 * of anything by abort().
 */
#ifndef TASKFS_OBJECT_WORLD_H
#define TASKFS_OBJECT_WORLD_H

#include "client_world.h"
#include "store/object.h"

/* The service and the store in one. */
struct world {
    struct client_world api;
    struct cache *cache;
    struct store_hosts hosts;
    struct object_context context;
    struct object *object;
    uint8_t *bytes;
    size_t n;
    _Atomic int etag;    /* the version */
    _Atomic int valid;   /* least signature that the store takes */
    _Atomic int refusal; /* the status that others get; 0: 403 */
    _Atomic int is_shut; /* the store waits before it answers */
    _Atomic int is_gone; /* no such object */
    /* What the store answers to a suffix range: a status, 0 for the range. */
    _Atomic int no_suffix;
    _Atomic int only_longer; /* that, when it is longer than the object */
    _Atomic int no_total;    /* a 416 does not tell the size */
    _Atomic int signatures;  /* given so far */
    char url[200];
};

/* An object of n bytes, not yet open, at a store that holds it. Nothing is logged until
 * world_stop. */
void world_start(struct world *world, size_t n);
void world_stop(struct world *world);
/* Opens the object, blocking. */
int world_open(struct world *world);

/* A read of [offset, offset + len), as an op of its own. */
struct reader {
    struct op op;
    struct world *world;
    uint64_t offset;
    size_t len;
    uint8_t *out;
    int opens; /* the object, in place of reading */
    enum source_hint hint;
    int rc;
    _Atomic int parked, is_over;
};

/* Begins it; what is not said here is set by the caller before. */
void reader_start(struct reader *reader, struct world *world, uint64_t offset, size_t len);
/* Waits for its end. 0 and the right bytes; else an error. */
int reader_end(struct reader *reader);
/* Reads, blocking; as reader_end. */
int read_at(struct world *world, uint64_t offset, size_t len);

/* Whether the request of this number, from 0, was for this Range, without a key. */
int asked(struct world *world, unsigned number, const char *range);

/* Requests that were heard. */
#define COUNT(world) tiny_http_count((world)->api.http)

#endif
