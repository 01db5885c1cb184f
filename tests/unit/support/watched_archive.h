/* An archive in memory over a watched source, with what its members want around them. */
#ifndef TASKFS_WATCHED_ARCHIVE_H
#define TASKFS_WATCHED_ARCHIVE_H

#include "base/stats.h"
#include "cache/cache.h"
#include "member/member.h"
#include "watched_source.h"
#include "zip/directory.h"

struct watched_archive {
    uint8_t *bytes; /* from malloc, owned */
    size_t n;
    struct zip_directory dir;
    struct watched_source source;
    struct stats stats;
    struct cache *cache;
    struct decoder_pool *decoders;
    struct cache_owner owner;
    struct executor *executor, *blocking;
    struct zip_archive archive;
    enum source_hint hint; /* of reads; SOURCE_SEQUENTIAL at first */
    int log_level;
};

/* Takes over `bytes`. Nothing is logged until watched_close. Aborts when it can't be read. */
void watched_open(struct watched_archive *watched, uint8_t *bytes, size_t n, size_t cache_size);
/* Members of bzip2 data, `count` of the same content. */
void watched_open_bzip2(struct watched_archive *watched, unsigned count, const void *content,
                        size_t n, size_t cache_size);
/* Waits for what runs; returns the bytes that the cache holds then beyond those of its pieces. */
uint64_t watched_close(struct watched_archive *watched);

struct zip_member *watched_member(struct watched_archive *watched, uint32_t index);
/* Reads, blocking for at most `patience_ms`; as member_reading_run. */
int watched_read(struct watched_archive *watched, struct zip_member *member, uint64_t offset,
                 size_t len, const uint8_t *content, int64_t patience_ms);

#endif
