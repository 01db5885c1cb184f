/* HTTP range and entity-tag headers (RFC 9110, sections 8.8.3, 13.1 and 14). */
#ifndef EMULATOR_RANGE_H
#define EMULATOR_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum range_kind {
    RANGE_WHOLE, /* no header, or one that is ignored: malformed, another unit, many ranges */
    RANGE_PART,  /* one satisfiable range */
    RANGE_UNSATISFIABLE, /* 416 */
};

struct range {
    enum range_kind kind;
    bool suffix;     /* the header was bytes=-N */
    uint64_t start;  /* offset of the first byte; 0 for other kinds than RANGE_PART */
    uint64_t length; /* bytes; the size of the object for other kinds than RANGE_PART */
    uint64_t count;  /* N of bytes=-N */
};

/* Resolves a Range header (or NULL) against an object of size bytes. */
struct range range_resolve(const char *header, uint64_t size);

/* Returns true when a comma-separated list of entity tags has `*` or the tag (with its quotes). */
bool etag_list_has(const char *list, const char *etag);

#endif
