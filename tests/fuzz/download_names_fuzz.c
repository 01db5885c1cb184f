/*
 * A name as a user may write it, in the first line, and the names of an archive in the others: what
 * is selected of the tree is what a plain matcher of whole paths selects. abort() is a finding, and
 * so is a pattern that takes long.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "download/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEEP_MAX 4 /* parts `**` that the plain matcher, which tries all ways, is asked about */

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

/* ---- the tree ---- */

static void feed_name(struct zip_directory *dir, const uint8_t *name, size_t n)
{
    uint8_t record[46] = {'P', 'K', 1, 2};

    record[5] = 3; /* Unix */
    record[28] = (uint8_t)n;
    record[29] = (uint8_t)(n >> 8);
    record[41] = 0x80;
    REQUIRE(!zip_directory_feed(dir, record, sizeof(record)));
    REQUIRE(!zip_directory_feed(dir, name, n));
}

/* Builds the tree of the names, each of which a line end follows. Returns 0, or an error. */
static int build(struct zip_directory *dir, struct zip_tree *tree, const uint8_t *data, size_t size)
{
    struct zip_end end = {.directory_offset = 1000};
    int rc;

    while (size && data[size - 1] != '\n')
        size--;
    for (size_t i = 0; i < size; i++)
        end.entries += data[i] == '\n';
    end.directory_size = size - end.entries + 46 * end.entries;
    zip_directory_init(dir, &end, 100000, ZIP_DOS_UTC);
    while (size) {
        size_t n = (size_t)((const uint8_t *)memchr(data, '\n', size) - data);

        if (n > 65535)
            return -EIO;
        feed_name(dir, data, n);
        data += n + 1;
        size -= n + 1;
    }
    rc = zip_directory_finish(dir);
    return rc ? rc : zip_tree_build(tree, dir, NULL);
}

/* ---- names ---- */

static void check_simplified(const char *name, const char *simple)
{
    char again[NAME_TEXT_MAX], little[8];
    size_t len = strlen(simple);

    REQUIRE(!strstr(simple, "//") && !strstr(simple, "/./"));
    REQUIRE(strncmp(simple, "./", 2) != 0 && strcmp(simple, ".") != 0);
    REQUIRE(len < 2 || (simple[len - 1] != '/' && strcmp(simple + len - 2, "/.") != 0));
    REQUIRE((*simple == '/') == (*name == '/' || !*name));
    if (*simple) {
        REQUIRE(!name_simplify(simple, again, sizeof(again)));
        REQUIRE(strcmp(simple, again) == 0);
    }
    REQUIRE(name_simplify(name, little, sizeof(little)) ==
            (len < sizeof(little) ? 0 : -ENAMETOOLONG));
    if (name_leads_down(simple))
        REQUIRE(*simple != '/' && strcmp(simple, "..") != 0 && strncmp(simple, "../", 3) != 0 &&
                !strstr(simple, "/../"));
}

/* ---- the plain matcher ---- */

/* Takes the first part off `text`: it is in `part` then. Returns what follows, or NULL. */
static const char *take_part(const char *text, char *part)
{
    size_t len = strcspn(text, "/");

    memcpy(part, text, len);
    part[len] = '\0';
    return text[len] ? text + len + 1 : NULL;
}

/* Whether the whole pattern matches the whole path; NULL is the end of either. */
static int path_matches(const char *pattern, const char *path)
{
    static char part[NAME_TEXT_MAX], name[NAME_TEXT_MAX];
    const char *rest, *below;
    int is_deep;

    if (!pattern || !path)
        return !pattern && !path;
    rest = take_part(pattern, part);
    below = take_part(path, name);
    is_deep = strcmp(part, "**") == 0;
    if (!is_deep)
        return fnmatch(part, name, FNM_PERIOD) == 0 && path_matches(rest, below);
    if (rest && path_matches(rest, path))
        return 1;
    take_part(path, name);
    if (*name == '.')
        return 0;
    return rest ? below && path_matches(pattern, below) : !below;
}

static unsigned deep_parts(const char *pattern)
{
    unsigned count = 0;

    for (; (pattern = strstr(pattern, "**")); pattern += 2)
        count++;
    return count;
}

/* Each node is in the selection if it matches, or a directory that it is in does. */
static void compare(const struct selection *selection, const char *name)
{
    const struct zip_tree *tree = selection->tree;
    int is_name = selection_has_name(selection, name);

    for (uint32_t node = 1; node < tree->count; node++) {
        char path[NAME_TEXT_MAX];
        int is_wanted;

        REQUIRE(zip_node_path(tree, node, path, sizeof(path)) >= 0);
        if (is_name)
            is_wanted = strcmp(path, name) == 0;
        else
            is_wanted = path_matches(name, path);
        is_wanted |= tree->nodes[node].parent != ZIP_ROOT &&
                     selection_has(selection, tree->nodes[node].parent);
        REQUIRE(selection_has(selection, node) == is_wanted);
    }
}

static void check_selection(const struct zip_tree *tree, const char *name)
{
    struct selection selection;
    int found, count = 0;

    REQUIRE(!selection_init(&selection, tree));
    found = selection_add(&selection, name);
    REQUIRE(found == 0 || found == 1);
    for (uint32_t node = 0; node < tree->count; node++)
        count += selection_has(&selection, node);
    REQUIRE(found == (count > 0));
    REQUIRE(!selection_has_name(&selection, name) || found);
    if (*name && deep_parts(name) <= DEEP_MAX)
        compare(&selection, name);
    else if (!*name)
        REQUIRE(count == (int)tree->count);
    selection_free(&selection);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *stop = size ? memchr(data, '\n', size) : NULL;
    size_t len = stop ? (size_t)(stop - data) : size;
    char *name = malloc(len + 1), *simple = malloc(NAME_TEXT_MAX);
    struct zip_tree tree = {.dir = NULL};
    struct zip_directory dir;
    int rc;

    REQUIRE(name && simple);
    memcpy(name, data, len);
    name[len] = '\0';
    rc = name_simplify(name, simple, NAME_TEXT_MAX);
    REQUIRE(rc == 0 || (rc == -ENAMETOOLONG && len >= NAME_TEXT_MAX - 1));
    if (!rc)
        check_simplified(name, simple);
    if (!build(&dir, &tree, data + len + (stop != NULL), size - len - (stop != NULL)) && !rc)
        check_selection(&tree, simple);
    if (tree.dir)
        zip_tree_free(&tree);
    zip_directory_free(&dir);
    free(name);
    free(simple);
    return 0;
}
