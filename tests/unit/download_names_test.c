#include "download/names.h"

#include <errno.h>
#include <stdlib.h>

#include "support/small_tree.h"
#include "test.h"

/* ---- names as they are written ---- */

static const char *simplified(const char *name)
{
    static char out[NAME_TEXT_MAX];

    return name_simplify(name, out, sizeof(out)) ? "(too long)" : out;
}

TEST(names_are_simplified)
{
    static const char *const cases[][2] = {
        {"a", "a"},
        {"a/b/c", "a/b/c"},
        {"a/", "a"},
        {"a//b///", "a/b"},
        {"./a", "a"},
        {"a/./b/.", "a/b"},
        {".", ""},
        {"./", ""},
        {"././/.", ""},
        {"", "/"},
        {"/", "/"},
        {"//", "/"},
        {"/.", "/"},
        {"//a", "/a"},
        {"/a/b/", "/a/b"},
        {"..", ".."},
        {"a/../b", "a/../b"},
        {"...", "..."},
        {".a/a./.", ".a/a."},
        {" a / b", " a / b"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_STR(simplified(cases[i][0]), cases[i][1]);
}

TEST(names_that_are_too_long_are_refused)
{
    struct {
        char out[8];
        char beyond[8];
    } room;

    for (size_t size = 1; size <= sizeof(room.out); size++) {
        static const char *const names[] = {"abc", "/abc", "a/bc", "", ".", "/", "a/b/c/d/e/f"};

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            int rc, fits = strlen(simplified(names[i])) < size;

            memset(&room, 'x', sizeof(room));
            rc = name_simplify(names[i], room.out, size);
            CHECK_EQ(rc, fits ? 0 : -ENAMETOOLONG);
            if (fits)
                CHECK_STR(room.out, simplified(names[i]));
            for (size_t at = size; at < sizeof(room.out); at++)
                CHECK_EQ(room.out[at], 'x');
            CHECK_EQ(room.beyond[0], 'x');
        }
    }
}

TEST(names_lead_down_or_elsewhere)
{
    static const char *const down[] = {"", "a", "a/b", "...", "a/..b", "..a", "a.."};
    static const char *const elsewhere[] = {"/", "/a", "..", "../a", "a/..", "a/../b"};

    for (size_t i = 0; i < sizeof(down) / sizeof(down[0]); i++)
        if (!name_leads_down(down[i]))
            test_fail(__FILE__, __LINE__, "'%s'", down[i]);
    for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
        if (name_leads_down(elsewhere[i]))
            test_fail(__FILE__, __LINE__, "'%s'", elsewhere[i]);
}

/* ---- what they stand for ---- */

/* The paths of the selected nodes in the order of the tree, each with a blank behind it. */
static const char *selected(const struct selection *selection)
{
    static char out[4000];
    size_t used = 0;

    out[0] = '\0';
    for (uint32_t node = 1; node < selection->tree->count; node++) {
        if (!selection_has(selection, node))
            continue;
        if (zip_node_path(selection->tree, node, out + used, sizeof(out) - used - 1) < 0)
            return "(too much)";
        used = strlen(out);
        out[used++] = ' ';
        out[used] = '\0';
    }
    return out;
}

/* What `name` selects of a tree of these files. */
static const char *select_of(const char *const *files, const char *name)
{
    struct small_tree small;
    struct selection selection = {.bits = NULL};
    const char *result = "(failed)";

    if (!small_tree_of(&small, files) && !selection_init(&selection, &small.tree)) {
        int found = selection_add(&selection, name);

        result = found < 0 ? "(failed)" : selected(&selection);
        if (found >= 0 && found != (*result != '\0'))
            result = "(it says otherwise)";
    }
    selection_free(&selection);
    small_tree_free(&small);
    return result;
}

static const char *const forest[] = {
    "a.txt",          "b.txt",           ".hidden", "VTK/s_1.vtk", "VTK/s_2.vtk", "VTK/.state",
    "VTK/deep/x.log", "VTK/deep/.y.log", "empty/",  ".git/x.log",  "log/x.log",   NULL};

TEST(names_select_exactly)
{
    CHECK_STR(select_of(forest, "a.txt"), "a.txt ");
    CHECK_STR(select_of(forest, ".hidden"), ".hidden ");
    CHECK_STR(select_of(forest, "VTK/deep/x.log"), "VTK/deep/x.log ");
    CHECK_STR(select_of(forest, "empty"), "empty ");
    CHECK_STR(select_of(forest, "nothing"), "");
    CHECK_STR(select_of(forest, "a.txt/b"), "");
    CHECK_STR(select_of(forest, "VTK/nothing"), "");
    CHECK_STR(select_of(forest, "VT"), "");
    CHECK_STR(select_of(forest, "../a.txt"), "");
    CHECK_STR(select_of(forest, "/a.txt"), "");
}

TEST(names_of_directories_take_them_whole)
{
    CHECK_STR(select_of(forest, "VTK/deep"), "VTK/deep VTK/deep/x.log VTK/deep/.y.log ");
    CHECK_STR(select_of(forest, "VTK"), "VTK VTK/s_1.vtk VTK/s_2.vtk VTK/.state VTK/deep "
                                        "VTK/deep/x.log VTK/deep/.y.log ");
    CHECK_STR(select_of(forest, "V*/de*"), "VTK/deep VTK/deep/x.log VTK/deep/.y.log ");
}

TEST(patterns_match_part_by_part)
{
    CHECK_STR(select_of(forest, "*.txt"), "a.txt b.txt ");
    CHECK_STR(select_of(forest, "?.txt"), "a.txt b.txt ");
    CHECK_STR(select_of(forest, "[b-z].txt"), "b.txt ");
    CHECK_STR(select_of(forest, "[!b].txt"), "a.txt ");
    CHECK_STR(select_of(forest, "*/x.log"), "log/x.log ");
    CHECK_STR(select_of(forest, "VTK/s_*.vtk"), "VTK/s_1.vtk VTK/s_2.vtk ");
    CHECK_STR(select_of(forest, "*/*/*"), "VTK/deep/x.log ");
    CHECK_STR(select_of(forest, "a.txt/*"), "");
    CHECK_STR(select_of(forest, "*.none"), "");
    CHECK_STR(select_of(forest, "\\a.txt"), "a.txt ");
    CHECK_STR(select_of(forest, "["), "");
}

TEST(patterns_take_hidden_names_where_they_say_so)
{
    CHECK_STR(select_of(forest, ".*"), ".hidden .git .git/x.log ");
    CHECK_STR(select_of(forest, "VTK/.*"), "VTK/.state ");
    CHECK_STR(select_of(forest, "**/.*.log"), "VTK/deep/.y.log ");
    CHECK_STR(select_of(forest, "**/x.log"), "VTK/deep/x.log log/x.log ");
    CHECK_STR(select_of(forest, ".git/**"), ".git/x.log ");
}

TEST(two_stars_stand_for_any_number_of_folders)
{
    CHECK_STR(select_of(forest, "**/a.txt"), "a.txt ");
    CHECK_STR(select_of(forest, "VTK/**/x.log"), "VTK/deep/x.log ");
    CHECK_STR(select_of(forest, "**/deep/**"), "VTK/deep/x.log ");
    CHECK_STR(select_of(forest, "VTK/**"), "VTK/s_1.vtk VTK/s_2.vtk VTK/deep VTK/deep/x.log "
                                           "VTK/deep/.y.log ");
    CHECK_STR(select_of(forest, "**/**/**/a.txt"), "a.txt ");
    CHECK_STR(select_of(forest, "**/*.vtk"), "VTK/s_1.vtk VTK/s_2.vtk ");
    CHECK_STR(select_of(forest, "**/nothing"), "");
    CHECK_STR(select_of(forest, "a.txt/**"), "");
    /* Within a part they are two stars of fnmatch(3). */
    CHECK_STR(select_of(forest, "**.txt"), "a.txt b.txt ");
}

TEST(names_that_look_like_patterns_stand_for_themselves)
{
    static const char *const files[] = {"a[1].txt", "a1.txt", "d*/x", "dd/x", "**", "q", NULL};

    CHECK_STR(select_of(files, "a[1].txt"), "a[1].txt ");
    CHECK_STR(select_of(files, "a\\[1].txt"), "a[1].txt ");
    CHECK_STR(select_of(files, "a?*.txt"), "a[1].txt a1.txt ");
    CHECK_STR(select_of(files, "d*/x"), "d*/x ");
    CHECK_STR(select_of(files, "d*/*"), "d*/x dd/x ");
    CHECK_STR(select_of(files, "**"), "** ");
}

TEST(selections_grow)
{
    struct small_tree small;
    struct selection selection = {.bits = NULL};
    int rc = small_tree_of(&small, forest);

    if (!rc)
        rc = selection_init(&selection, &small.tree);
    if (!rc && (*selected(&selection) || selection_has(&selection, ZIP_ROOT)))
        rc = 1;
    if (!rc &&
        (!selection_has_name(&selection, "VTK/deep") || !selection_has_name(&selection, "") ||
         selection_has_name(&selection, "*.txt") || selection_has_name(&selection, "a.txt/x")))
        rc = 2;
    if (!rc && (selection_add(&selection, "a.txt") != 1 || selection_add(&selection, "log") != 1 ||
                selection_add(&selection, "a.*") != 1))
        rc = 3;
    if (!rc && strcmp(selected(&selection), "a.txt log log/x.log ") != 0)
        rc = 4;
    selection_add_all(&selection);
    for (uint32_t node = 0; !rc && node < small.tree.count; node++)
        rc = selection_has(&selection, node) ? 0 : 5;
    /* Names are still looked for in a selection of everything. */
    if (!rc &&
        (selection_add(&selection, "b.txt") != 1 || selection_add(&selection, "*.txt") != 1 ||
         selection_add(&selection, "nothing") != 0))
        rc = 6;
    selection_free(&selection);
    small_tree_free(&small);
    CHECK_EQ(rc, 0);
}

/* ---- trees and patterns that are large on purpose ---- */

/* `text` many times, and `last` behind it. */
static char *many(const char *text, size_t times, const char *last)
{
    size_t len = strlen(text), size = len * times + strlen(last) + 1;
    char *out = calloc(size, 1);

    for (size_t i = 0; out && i < times; i++)
        memcpy(out + i * len, text, len);
    return out ? strcat(out, last) : NULL;
}

/* How many nodes the pattern selects of the tree; negative after an error. */
static int count_selected(const struct small_tree *small, const char *pattern)
{
    struct selection selection;
    int count = 0, rc = selection_init(&selection, &small->tree);

    if (!rc)
        rc = selection_add(&selection, pattern);
    for (uint32_t node = 1; rc >= 0 && node < small->tree.count; node++)
        count += selection_has(&selection, node);
    selection_free(&selection);
    return rc < 0 ? rc : count;
}

TEST(patterns_of_many_stars_end)
{
    char *path = many("a/", 2000, "b"), *often = many("**/a/", 400, "**/nothing");
    char *deep = many("**/", 1000, "b"), *stars = many("*a", 100, "b*");
    const char *files[] = {path, "a/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac",
                           NULL};
    struct small_tree small = {.tree.dir = NULL};
    int counts[4] = {-1, -1, -1, -1}, rc = -ENOMEM;

    if (path && often && deep && stars)
        rc = small_tree_of(&small, files);
    if (!rc) {
        counts[0] = count_selected(&small, often);
        counts[1] = count_selected(&small, deep);
        counts[2] = count_selected(&small, stars);
        counts[3] = count_selected(&small, "**/a/*");
    }
    small_tree_free(&small);
    free(path);
    free(often);
    free(deep);
    free(stars);
    CHECK_EQ(rc, 0);
    CHECK_EQ(counts[0], 0);
    CHECK_EQ(counts[1], 1);
    CHECK_EQ(counts[2], 0);
    CHECK_EQ(counts[3], 2001); /* all but the first directory */
}
