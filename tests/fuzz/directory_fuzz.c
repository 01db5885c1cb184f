/*
 * The input is a whole object: its end is looked for with tails of several sizes, the directory fed
 * in pieces, the tree built and every promise of its header checked. abort() is a finding.
 *
 * An input that begins with "names:" is a list of names instead, a byte of kind and a line each, of
 * which an archive is made: mutations of whole archives seldom come as far as the tree.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tree/tree.h"
#include "zip/local_header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

/* Looks for the end as a caller does: with a tail of `n` bytes first, then with what is asked for.
 * The tail is a block of its own, so that a byte before it is out of bounds. */
static int find_end(const uint8_t *data, size_t size, size_t n, struct zip_end *end)
{
    for (;;) {
        uint8_t *tail = malloc(n ? n : 1);
        uint64_t need;
        int rc;

        REQUIRE(tail);
        memcpy(tail, data + (size - n), n);
        rc = zip_end_find(tail, n, size, end, &need);
        free(tail);
        if (rc != -EAGAIN) {
            REQUIRE(rc == 0 || rc == -EIO);
            return rc;
        }
        REQUIRE(need > n && need <= size);
        n = (size_t)need;
    }
}

static int feed(struct zip_directory *dir, const uint8_t *data, uint32_t seed)
{
    const uint8_t *at = data + dir->end.directory_offset;
    int rc = 0;

    for (uint64_t left = dir->end.directory_size; left > 0 && rc == 0;) {
        size_t n = seed % 61 + 1;
        uint8_t *piece;

        seed = (uint32_t)(seed * UINT64_C(69069) + 1);
        if (seed >> 30 == 0)
            n = 3000;
        if (n > left)
            n = (size_t)left;
        piece = malloc(n);
        REQUIRE(piece);
        memcpy(piece, at, n);
        rc = zip_directory_feed(dir, piece, n);
        free(piece);
        at += n;
        left -= n;
    }
    return rc < 0 ? rc : zip_directory_finish(dir);
}

/* Entries are in the order of their data, and each is listed once. */
static void check_order(const struct zip_directory *dir)
{
    uint8_t *seen = calloc(1, (size_t)dir->count + 1);

    REQUIRE(seen);
    for (uint32_t i = 0; i < dir->count; i++) {
        uint32_t index = zip_directory_listed(dir, i);

        REQUIRE(index < dir->count && !seen[index]++);
        if (i == 0)
            continue;
        REQUIRE(dir->entries[i].header_offset >= dir->entries[i - 1].header_offset);
        REQUIRE(!dir->ascending ||
                dir->entries[i].header_offset > dir->entries[i - 1].header_offset);
    }
    free(seen);
}

static void check_entries(const struct zip_directory *dir, const uint8_t *data, size_t size)
{
    for (uint32_t i = 0; i < dir->count; i++) {
        const struct zip_entry *entry = &dir->entries[i];
        uint64_t limit = zip_entry_limit(dir, i), inferred = zip_entry_data_offset(dir, i), at;

        REQUIRE(limit <= dir->end.directory_offset);
        REQUIRE(entry->name <= dir->names_len && entry->name_len <= dir->names_len - entry->name);
        REQUIRE(entry->size <= INT64_MAX && entry->compressed_size <= size);
        REQUIRE(zip_problem_text((enum zip_problem)entry->problem));
        if (inferred)
            REQUIRE(inferred + entry->compressed_size <= limit);
        if (entry->problem == ZIP_BAD_OFFSET || entry->header_offset > size - 22)
            continue;
        if (zip_local_header_parse(data + entry->header_offset, size - (size_t)entry->header_offset,
                                   entry, limit, &at) == 0)
            REQUIRE(at <= limit && entry->compressed_size <= limit - at);
    }
}

static void check_node(const struct zip_tree *tree, uint32_t index)
{
    const struct zip_node *node = &tree->nodes[index];
    const char *name = zip_node_name(tree, node);
    static char path[70000];
    int is_directory = (node->flags & ZIP_NODE_DIRECTORY) != 0;

    REQUIRE(node->name_len > 0 && !memchr(name, '/', node->name_len) &&
            !memchr(name, '\0', node->name_len));
    REQUIRE(!(node->name_len == 1 && name[0] == '.'));
    REQUIRE(!(node->name_len == 2 && name[0] == '.' && name[1] == '.'));
    REQUIRE(zip_tree_lookup(tree, node->parent, name, node->name_len) == index);
    REQUIRE((node->flags & ~(ZIP_NODE_DIRECTORY | ZIP_NODE_EXTRA_NAME)) == 0);
    REQUIRE(is_directory || (node->first == ZIP_NONE && node->entry != ZIP_NONE));
    REQUIRE(tree->nodes[node->parent].flags & ZIP_NODE_DIRECTORY);
    REQUIRE(zip_node_path(tree, index, path, sizeof(path)) >= node->name_len);
    if (node->entry != ZIP_NONE) {
        const struct zip_entry *entry = &tree->dir->entries[node->entry];

        REQUIRE(zip_tree_shows(tree, node->entry));
        REQUIRE(is_directory == ((entry->flags & ZIP_ENTRY_DIRECTORY) != 0));
        if (entry->flags & ZIP_ENTRY_SYMLINK)
            zip_link_stays_inside(tree, index, zip_entry_name(tree->dir, entry), entry->name_len);
    }
}

/* Walks as readdir would; every node must be met once, children in the order of nodes. */
static void check_walk(const struct zip_tree *tree)
{
    uint32_t at = ZIP_ROOT, met = 1;

    for (;;) {
        uint32_t next = tree->nodes[at].first;

        while (next == ZIP_NONE && at != ZIP_ROOT) {
            next = tree->nodes[at].next;
            REQUIRE(next == ZIP_NONE || next > at);
            if (next == ZIP_NONE)
                at = tree->nodes[at].parent;
        }
        if (next == ZIP_NONE)
            break;
        REQUIRE(next < tree->count && ++met <= tree->count);
        at = next;
    }
    REQUIRE(met == tree->count);
}

static void check_tree(const struct zip_directory *dir, const char *strip)
{
    struct zip_tree tree;
    uint32_t directories = 1, files = 0, shown = 0;
    int rc = zip_tree_build(&tree, dir, strip);

    if (rc < 0) {
        REQUIRE(rc == -EIO && !tree.nodes);
        return;
    }
    for (uint32_t i = 1; i < tree.count; i++) {
        check_node(&tree, i);
        if (tree.nodes[i].flags & ZIP_NODE_DIRECTORY)
            directories++;
        else
            files++;
    }
    for (uint32_t i = 0; i < dir->count; i++)
        if (zip_tree_shows(&tree, i) && !(dir->entries[i].flags & ZIP_ENTRY_DIRECTORY))
            shown++;
    REQUIRE(directories == tree.directories && files == shown);
    check_walk(&tree);
    zip_tree_free(&tree);
}

static void test_object(const uint8_t *data, size_t size)
{
    static const size_t tails[] = {0, 22, 30, 42, 98, 150, 1000};
    struct zip_directory dir;
    struct zip_end end;

    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++)
        if (tails[i] < size)
            find_end(data, size, tails[i], &end);
    if (find_end(data, size, size, &end) < 0)
        return;
    REQUIRE(end.directory_offset <= size && end.directory_size <= size - end.directory_offset);
    REQUIRE(end.prefix <= end.directory_offset);
    zip_directory_init(&dir, &end, size, ZIP_DOS_UTC);
    if (feed(&dir, data, (uint32_t)size) == 0) {
        check_order(&dir);
        check_entries(&dir, data, size);
        check_tree(&dir, "artifacts");
        check_tree(&dir, NULL);
    }
    zip_directory_free(&dir);
}

/* A central record for the name, in the bytes that `out` has room for. */
static size_t put_record(uint8_t *out, uint8_t kind, const uint8_t *name, size_t n)
{
    static const uint8_t modes[4][2] = {{0xa4, 0x81}, {0xed, 0x81}, {0xff, 0xa1}, {0xed, 0x41}};

    memset(out, 0, 46);
    memcpy(out, "PK\1\2", 4);
    out[5] = 3; /* Unix */
    out[9] = kind & 4 ? 8 : 0;
    out[28] = (uint8_t)n;
    out[29] = (uint8_t)(n >> 8);
    memcpy(out + 40, modes[kind & 3], 2);
    out[42] = kind >> 3; /* the offset, so that entries have any order */
    memcpy(out + 46, name, n);
    return 46 + n;
}

static void test_names(const uint8_t *data, size_t size)
{
    size_t used = 30, start = used; /* room for a local header at offset 0 */
    uint8_t *object = calloc(1, size * 47 + 200);
    uint32_t count = 0;

    REQUIRE(object);
    while (size > 1) {
        const uint8_t *stop = memchr(data + 1, '\n', size - 1);
        size_t n = stop ? (size_t)(stop - data) - 1 : size - 1;
        size_t taken = stop ? n + 2 : n + 1;

        if (n > 65535)
            break;
        used += put_record(object + used, data[0], data + 1, n);
        count++;
        data += taken;
        size -= taken;
    }
    memcpy(object + used, "PK\5\6", 4);
    for (int i = 0; i < 4; i++) {
        if (i < 2)
            object[used + 8 + i] = object[used + 10 + i] = (uint8_t)(count >> 8 * i);
        object[used + 12 + i] = (uint8_t)((used - start) >> 8 * i);
        object[used + 16 + i] = (uint8_t)(start >> 8 * i);
    }
    test_object(object, used + 22);
    free(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 6 && memcmp(data, "names:", 6) == 0)
        test_names(data + 6, size - 6);
    else
        test_object(data, size);
    return 0;
}
