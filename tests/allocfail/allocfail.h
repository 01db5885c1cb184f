/*
 * Allocations that fail when a test wants them to. In the variant `allocfail` every object of src/
 * calls these functions in place of malloc(3) and its like (tests/allocfail/symbols says which), so
 * that exactly the program's own allocations fail, and those library calls that say when they had
 * no memory. What the libraries do within themselves, and the tests, is served as ever.
 */
#ifndef TASKFS_TESTS_ALLOCFAIL_H
#define TASKFS_TESTS_ALLOCFAIL_H

#include <stdint.h>

enum allocfail_mode {
    ALLOCFAIL_OFF,
    ALLOCFAIL_AT,     /* the `a`th from now */
    ALLOCFAIL_FROM,   /* the `a`th from now and all after it */
    ALLOCFAIL_EVERY,  /* each `a`th */
    ALLOCFAIL_CHANCE, /* `a` of 1000, by the seed `b` */
};

/*
 * The rule in force. It is a page in memory, or the file that TASKFS_ALLOCFAIL names when the
 * program starts: five integers of 64 bits in the machine's order, which another process may
 * write while it runs (the mode last).
 */
struct allocfail {
    _Atomic uint64_t mode;
    _Atomic uint64_t a, b;
    _Atomic uint64_t asked;  /* allocations since the rule was set */
    _Atomic uint64_t failed; /* of those, made to fail */
};

extern struct allocfail *allocfail;
/* When set, each failure prints where it was made. */
extern int allocfail_trace;

/* Puts a rule in force and counts from here. */
void allocfail_set(enum allocfail_mode mode, uint64_t a, uint64_t b);

#endif
