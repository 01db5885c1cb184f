/*
 * An archive in memory, read through a fake source, with all that members want around them. What
 * the directory says can be falsified in dir.entries before a member is opened.
 */
#ifndef TASKFS_MADE_ARCHIVE_H
#define TASKFS_MADE_ARCHIVE_H

#include "base/stats.h"
#include "cache/cache.h"
#include "fake_source.h"
#include "member/member.h"
#include "zip/directory.h"

enum made_method { MADE_STORED = 0, MADE_DEFLATED = 8, MADE_BZIP2 = 12 };

struct made_archive {
    uint8_t *bytes;
    size_t n;
    struct zip_directory dir;
    struct fake_source source;
    struct stats stats;
    struct cache *cache;
    struct decoder_pool *decoders;
    struct cache_owner owner;
    struct executor *executor, *blocking;
    struct zip_archive archive;
    int64_t patience_ms; /* of a read; a minute at first */
    int log_level;
};

/* One member "m" of the content, after another small one. Nothing is logged until made_free. */
void made_init(struct made_archive *made, enum made_method method, const void *content, size_t n,
               size_t cache_size);
/* The same of deflate data as it is. */
void made_init_raw(struct made_archive *made, const void *deflated, size_t n, uint64_t size,
                   uint32_t crc, size_t cache_size);
/* Waits for what runs, and checks that nothing is left pinned: returns 0, or how many are. */
unsigned made_free(struct made_archive *made);

/* Opens the member; abort() when that fails. */
struct zip_member *made_open(struct made_archive *made);
/* Reads the member, blocking for at most patience_ms; as member_reading_run. */
int made_read(struct made_archive *made, struct zip_member *member, uint64_t offset, size_t len,
              const uint8_t *content);
/* Bytes that deflate to about half. */
void made_content(uint8_t *out, size_t n);

#endif
