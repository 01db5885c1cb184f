/* Reading members of archives in memory. */
#ifndef TASKFS_MEMBER_READING_H
#define TASKFS_MEMBER_READING_H

#include "member/member.h"

/* A read of [offset, offset + len). */
struct member_reading {
    const struct zip_archive *archive;
    struct zip_member *member;
    uint64_t offset;
    size_t len;
    enum source_hint hint;
    int64_t patience_ms;
    struct zip_read read; /* zeroed at first */
};

/* Reads once, blocking for at most its patience, and compares with `content`, the member's (NULL:
 * not). 0; an error of the read; or -EBADMSG when other bytes or fewer came than there are. */
int member_reading_run(struct member_reading *reading, const uint8_t *content);

#endif
