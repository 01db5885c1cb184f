#include "made_archive.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

#include "base/log.h"
#include "fake_net.h"
#include "member_reading.h"
#include "zip_builder.h"

#define PATIENCE_MS 60000
#define MEMBER      1 /* its index */

static void require(int condition)
{
    if (!condition)
        abort();
}

void made_content(uint8_t *out, size_t n)
{
    uint64_t random = 12345;

    for (size_t i = 0; i < n; i++) {
        random = random * 48271 % 2147483647;
        out[i] = (uint8_t)("abcdefgh"[random % 8] + (i >> 16) % 11);
    }
}

static void take_builder(struct made_archive *made, struct zip_builder *builder)
{
    zip_builder_end(builder, NULL);
    made->bytes = builder->out.bytes;
    made->n = builder->out.n;
    builder->out.bytes = NULL;
    zip_builder_free(builder);
}

/* Only libzip makes other methods. */
static void make_with_libzip(struct made_archive *made, int method, const void *content, size_t n)
{
    zip_source_t *buffer = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *zip = zip_open_from_source(buffer, ZIP_TRUNCATE, NULL);
    zip_int64_t first, second;
    zip_stat_t stat;

    require(zip != NULL);
    zip_source_keep(buffer);
    first = zip_file_add(zip, "first", zip_source_buffer(zip, "1", 1, 0), 0);
    second = zip_file_add(zip, "m", zip_source_buffer(zip, content, n, 0), 0);
    require(first == 0 && second == MEMBER);
    require(!zip_set_file_compression(zip, MEMBER, method, 0));
    require(!zip_close(zip));
    require(!zip_source_stat(buffer, &stat) && !zip_source_open(buffer));
    made->n = (size_t)stat.size;
    made->bytes = malloc(made->n);
    require(made->bytes && zip_source_read(buffer, made->bytes, made->n) == (zip_int64_t)made->n);
    zip_source_close(buffer);
    zip_source_free(buffer);
}

static void set_up(struct made_archive *made, size_t cache_size)
{
    require(!zip_open_bytes(made->bytes, made->n, 0, &made->dir) && made->dir.count == 2);
    fake_source_init(&made->source, made->bytes, made->n);
    made->cache = cache_create(cache_size, &made->stats);
    made->executor = executor_create(2);
    made->blocking = executor_create(1);
    made->decoders = decoder_pool_create(made->cache);
    require(made->decoders && made->executor && made->blocking);
    cache_owner_init(&made->owner);
    made->archive = (struct zip_archive){.dir = &made->dir,
                                         .source = &made->source.source,
                                         .cache = made->cache,
                                         .decoders = made->decoders,
                                         .executor = made->executor,
                                         .blocking = made->blocking,
                                         .owner = &made->owner};
    made->patience_ms = PATIENCE_MS;
    made->log_level = (int)log_get_level();
    log_set_level(LOG_NOTHING);
}

static void make_archive(struct made_archive *made, enum made_method method, const void *content,
                         size_t n)
{
    struct zip_builder builder = {0};

    if (method == MADE_BZIP2) {
        make_with_libzip(made, method, content, n);
        return;
    }
    zip_builder_file(&builder, "first", "1", 1);
    if (method == MADE_STORED)
        zip_builder_file(&builder, "m", content, n);
    else
        zip_builder_deflated(&builder, "m", content, n, 1, 1);
    take_builder(made, &builder);
}

/* The last archive of each method, by its number: tests make the same one again and again, and
 * packing it takes longer than they do. */
static struct kept_archive {
    uint8_t *bytes;
    size_t n;
    size_t size; /* of the content */
    uint32_t crc;
} kept_archives[MADE_BZIP2 + 1];

void made_init(struct made_archive *made, enum made_method method, const void *content, size_t n,
               size_t cache_size)
{
    uint32_t crc = (uint32_t)crc32(0, content, (uInt)n);
    struct kept_archive *kept = &kept_archives[method];

    memset(made, 0, sizeof(*made));
    if (!kept->bytes || kept->size != n || kept->crc != crc) {
        make_archive(made, method, content, n);
        free(kept->bytes);
        *kept = (struct kept_archive){.bytes = made->bytes, .n = made->n, .size = n, .crc = crc};
    }
    made->n = kept->n;
    made->bytes = malloc(kept->n);
    require(made->bytes != NULL);
    memcpy(made->bytes, kept->bytes, kept->n);
    set_up(made, cache_size);
}

void made_init_raw(struct made_archive *made, const void *deflated, size_t n, uint64_t size,
                   uint32_t crc, size_t cache_size)
{
    struct zip_builder builder = {0};

    memset(made, 0, sizeof(*made));
    zip_builder_file(&builder, "first", "1", 1);
    zip_builder_file(&builder, "m", deflated, n);
    take_builder(made, &builder);
    set_up(made, cache_size);
    made->dir.entries[MEMBER].method = ZIP_METHOD_DEFLATED;
    made->dir.entries[MEMBER].size = size;
    made->dir.entries[MEMBER].crc32 = crc;
    made->bytes[made->dir.entries[MEMBER].header_offset + 8] = ZIP_METHOD_DEFLATED;
}

unsigned made_free(struct made_archive *made)
{
    unsigned pins;

    executor_destroy(made->blocking);
    executor_destroy(made->executor);
    pins = made->source.pins;
    cache_discard_all(made->cache, made->archive.owner);
    if (stats_get(&made->stats, STAT_CACHE_BYTES))
        pins++;
    decoder_pool_destroy(made->decoders);
    cache_destroy(made->cache);
    fake_source_free(&made->source);
    zip_directory_free(&made->dir);
    free(made->bytes);
    log_set_level((enum log_level)made->log_level);
    return pins;
}

struct zip_member *made_open(struct made_archive *made)
{
    struct zip_member *member;

    require(!zip_member_open(&made->archive, MEMBER, &member));
    return member;
}

int made_read(struct made_archive *made, struct zip_member *member, uint64_t offset, size_t len,
              const uint8_t *content)
{
    struct member_reading reading = {.archive = &made->archive,
                                     .member = member,
                                     .offset = offset,
                                     .len = len,
                                     .hint = SOURCE_SEQUENTIAL,
                                     .patience_ms = made->patience_ms};

    return member_reading_run(&reading, content);
}
