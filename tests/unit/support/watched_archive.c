#include "watched_archive.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/log.h"
#include "fake_net.h"
#include "member_reading.h"

int zip_open_bytes(const void *bytes, size_t n, size_t piece, struct zip_directory *dir);

static void require(int condition)
{
    if (!condition)
        abort();
}

void watched_open(struct watched_archive *watched, uint8_t *bytes, size_t n, size_t cache_size)
{
    memset(watched, 0, sizeof(*watched));
    watched->bytes = bytes;
    watched->n = n;
    require(!zip_open_bytes(bytes, n, 0, &watched->dir));
    watched_init(&watched->source, bytes, n);
    watched->cache = cache_create(cache_size, &watched->stats);
    watched->executor = executor_create(2);
    watched->blocking = executor_create(4);
    watched->decoders = decoder_pool_create(watched->cache);
    require(watched->decoders && watched->executor && watched->blocking);
    watched->archive.dir = &watched->dir;
    watched->archive.source = &watched->source.source;
    watched->archive.cache = watched->cache;
    watched->archive.decoders = watched->decoders;
    watched->archive.executor = watched->executor;
    watched->archive.blocking = watched->blocking;
    cache_owner_init(&watched->owner);
    watched->archive.owner = &watched->owner;
    watched->archive.stats = &watched->stats;
    watched->log_level = (int)log_get_level();
    log_set_level(LOG_NOTHING);
}

void watched_open_bzip2(struct watched_archive *watched, unsigned count, const void *content,
                        size_t n, size_t cache_size)
{
    zip_source_t *buffer = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *zip = zip_open_from_source(buffer, ZIP_TRUNCATE, NULL);
    zip_stat_t stat;
    uint8_t *bytes;

    require(zip != NULL);
    zip_source_keep(buffer);
    for (unsigned i = 0; i < count; i++) {
        char name[16];
        zip_int64_t index;

        snprintf(name, sizeof(name), "m%u", i);
        index = zip_file_add(zip, name, zip_source_buffer(zip, content, n, 0), 0);
        require(index == i && !zip_set_file_compression(zip, i, ZIP_CM_BZIP2, 1));
    }
    require(!zip_close(zip));
    require(!zip_source_stat(buffer, &stat) && !zip_source_open(buffer));
    bytes = malloc((size_t)stat.size);
    require(bytes && zip_source_read(buffer, bytes, stat.size) == (zip_int64_t)stat.size);
    zip_source_close(buffer);
    zip_source_free(buffer);
    watched_open(watched, bytes, (size_t)stat.size, cache_size);
}

uint64_t watched_close(struct watched_archive *watched)
{
    uint64_t left;

    executor_destroy(watched->blocking);
    executor_destroy(watched->executor);
    watched_free(&watched->source);
    cache_discard_all(watched->cache, watched->archive.owner);
    left = stats_get(&watched->stats, STAT_CACHE_BYTES);
    decoder_pool_destroy(watched->decoders);
    cache_destroy(watched->cache);
    zip_directory_free(&watched->dir);
    free(watched->bytes);
    log_set_level((enum log_level)watched->log_level);
    return left;
}

struct zip_member *watched_member(struct watched_archive *watched, uint32_t index)
{
    struct zip_member *member;

    require(!zip_member_open(&watched->archive, index, &member));
    return member;
}

int watched_read(struct watched_archive *watched, struct zip_member *member, uint64_t offset,
                 size_t len, const uint8_t *content, int64_t patience_ms)
{
    struct member_reading reading = {.archive = &watched->archive,
                                     .member = member,
                                     .offset = offset,
                                     .len = len,
                                     .hint = watched->hint,
                                     .patience_ms = patience_ms};

    return member_reading_run(&reading, content);
}
