#include "download/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "support/scratch.h"
#include "support/small_tree.h"
#include "test.h"

/* 2025-01-01 12:00:00 UTC, the time of the builder's members. */
#define MEMBER_TIME 1735732800

#define ROOT        "dir/abc/outputs/"

static struct {
    struct small_tree small;
    struct selection selection;
    struct target target;
    struct complaints complaints;
    struct plan plan;
    char told[4000]; /* of each file, in the order in which it was told */
} world;

/* A tree of files, each with its name as its content, and the target's folder. */
static int begin(const char *const *names)
{
    int rc;

    memset(&world, 0, sizeof(world));
    log_set_level((enum log_level) - 1);
    scratch_make();
    scratch_folder("dir/abc/outputs");
    umask(0);
    for (; *names; names++)
        zip_builder_file(&world.small.builder, *names, *names, strlen(*names));
    rc = target_open(&world.target, scratch_path("dir"), "abc", "outputs", 022);
    if (!rc)
        rc = small_tree_grow(&world.small);
    return rc ? rc : selection_init(&world.selection, &world.small.tree);
}
#define BEGIN(...) begin((const char *const[]){__VA_ARGS__, NULL})

static void end(void)
{
    plan_free(&world.plan);
    selection_free(&world.selection);
    small_tree_free(&world.small);
    target_close(&world.target);
    scratch_remove();
    umask(022);
}

/* A file of the target; `time` in seconds after its member's. */
static void put(const char *path, const char *content, int time)
{
    struct timespec times[2] = {{.tv_sec = MEMBER_TIME + time}, {.tv_sec = MEMBER_TIME + time}};
    char full[300];

    snprintf(full, sizeof(full), ROOT "%s", path);
    scratch_file(full, content);
    if (utimensat(AT_FDCWD, scratch_path(full), times, 0))
        abort();
}

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
    size_t used = strlen(world.told);
    va_list args;

    va_start(args, format);
    vsnprintf(world.told + used, sizeof(world.told) - used, format, args);
    va_end(args);
}

static void on_present(void *arg, const char *path, uint64_t bytes)
{
    if (arg != &world)
        abort();
    tell("present %s %d\n", path, (int)bytes);
}

static void on_left(void *arg, const char *path, const char *why)
{
    if (arg != &world)
        abort();
    tell("left %s: %s\n", path, why);
}

/* Makes the plan of what is selected; returns what was told, and a line for each file to do. */
static const char *plan(int is_forced)
{
    struct plan_rules rules = {.is_forced = is_forced,
                               .complaints = &world.complaints,
                               .on_present = on_present,
                               .on_left = on_left,
                               .arg = &world};
    char path[NAME_TEXT_MAX];

    world.told[0] = '\0';
    memset(&world.complaints, 0, sizeof(world.complaints));
    plan_free(&world.plan);
    if (plan_make(&world.plan, &world.selection, &world.target, &rules))
        return "(out of memory)";
    for (uint32_t i = 0; i < world.plan.count; i++) {
        zip_node_path(&world.small.tree, world.plan.todo[i], path, sizeof(path));
        tell("todo %s\n", path);
    }
    return world.told;
}

static const char *plan_all(void)
{
    selection_add_all(&world.selection);
    return plan(0);
}

static unsigned complaints(enum complaint kind)
{
    return world.complaints.counts[kind];
}

/* ---- what there is to do ---- */

TEST(plan_of_an_empty_target)
{
    CHECK_EQ(BEGIN("a", "d/bb", "d/e/", "ccc"), 0);
    CHECK_STR(plan_all(), "todo a\ntodo d/bb\ntodo ccc\n");
    CHECK_EQ(world.plan.files, 3);
    CHECK_EQ(world.plan.bytes, 1 + 4 + 3);
    CHECK_EQ(world.plan.present + world.plan.present_bytes + world.plan.changed, 0);
    CHECK_EQ(world.plan.todo_bytes, 8);
    CHECK_EQ(world.plan.todo_wire, 8);
    CHECK_EQ(scratch_count("dir/abc/outputs"), 0);
    end();
}

TEST(plan_without_a_target)
{
    CHECK_EQ(BEGIN("a", "d/b"), 0);
    target_close(&world.target);
    CHECK_EQ(target_open(&world.target, scratch_path("none"), "abc", "outputs", 0), 0);
    CHECK_STR(plan_all(), "todo a\ntodo d/b\n");
    CHECK_STR(scratch_what("none"), "(nothing)");
    end();
}

TEST(plan_of_what_is_selected)
{
    CHECK_EQ(BEGIN("a", "d/b", "d/c", "e/f"), 0);
    put("d/c", "d/c", 0);
    CHECK_STR(plan(0), "");
    CHECK_EQ(world.plan.files, 0);
    CHECK_EQ(selection_add(&world.selection, "d"), 1);
    CHECK_STR(plan(0), "present d/c 3\ntodo d/b\n");
    CHECK_EQ(world.plan.files, 2);
    CHECK_EQ(world.plan.bytes, 6);
    CHECK_EQ(world.plan.todo_bytes, 3);
    CHECK_EQ(world.plan.present_bytes, 3);
    end();
}

TEST(plan_is_in_the_order_of_the_data)
{
    /* The tree has the children of d together, and the archive has not. */
    CHECK_EQ(BEGIN("d/x", "a", "d/y", "b", "d/z"), 0);
    CHECK_STR(plan_all(), "todo d/x\ntodo a\ntodo d/y\ntodo b\ntodo d/z\n");
    end();
}

TEST(plan_of_an_empty_archive)
{
    CHECK_EQ(begin((const char *const[]){NULL}), 0);
    CHECK_STR(plan_all(), "");
    CHECK_EQ(world.plan.files, 0);
    end();
}

TEST(plan_of_many_files)
{
    struct small_tree *small = &world.small;
    int rc = 0;

    memset(&world, 0, sizeof(world));
    scratch_make();
    scratch_folder("dir/abc/outputs");
    for (int i = 0; i < 2000; i++) {
        char name[20];

        snprintf(name, sizeof(name), "d%d/f%d", i % 7, i);
        zip_builder_file(&small->builder, name, "x", 1);
    }
    rc = target_open(&world.target, scratch_path("dir"), "abc", "outputs", 022);
    if (!rc)
        rc = small_tree_grow(small);
    world.selection.tree = &small->tree; /* all */
    if (!rc)
        plan(0);
    CHECK_EQ(rc, 0);
    CHECK_EQ(world.plan.count, 2000);
    for (uint32_t i = 0; i < world.plan.count; i++)
        CHECK_EQ(small->tree.nodes[world.plan.todo[i]].entry, i);
    end();
}

/* ---- what is there ---- */

TEST(plan_knows_files_by_size_and_time)
{
    CHECK_EQ(BEGIN("same", "near", "behind", "longer"), 0);
    put("same", "XXXX", 0); /* it is not read */
    put("near", "XXXX", 1);
    put("behind", "XXXXXX", -1);
    put("longer", "XXXXXXX", 0);
    CHECK_STR(plan_all(), "present same 4\npresent near 4\npresent behind 6\n"
                          "left longer: it differs from the original\n");
    CHECK_EQ(world.plan.present, 3);
    CHECK_EQ(world.plan.present_bytes, 14);
    CHECK_EQ(world.plan.changed, 1);
    CHECK_EQ(complaints(COMPLAINT_CHANGED), 1);
    CHECK_EQ(complaints(COMPLAINT_BLOCKED), 0);
    end();
}

TEST(plan_knows_files_by_their_crc)
{
    CHECK_EQ(BEGIN("same", "other", "far"), 0);
    put("same", "same", 3600);
    put("other", "XXXXX", 2);
    put("far", "far", -MEMBER_TIME);
    CHECK_STR(plan_all(),
              "present same 4\nleft other: it differs from the original\npresent far 3\n");
    CHECK_STR(scratch_what(ROOT "other"), "XXXXX");
    end();
}

TEST(plan_replaces_what_differs_if_it_is_told_to)
{
    CHECK_EQ(BEGIN("same", "other", "folder"), 0);
    put("same", "same", 0);
    put("other", "XXXXX", 2);
    scratch_folder(ROOT "folder");
    selection_add_all(&world.selection);
    CHECK_STR(plan(1), "present same 4\nleft folder: a folder is in the way\ntodo other\n");
    CHECK_EQ(world.plan.changed, 0);
    CHECK_EQ(complaints(COMPLAINT_CHANGED), 0);
    CHECK_EQ(complaints(COMPLAINT_BLOCKED), 1);
    end();
}

TEST(plan_of_what_is_neither_file_nor_folder)
{
    CHECK_EQ(BEGIN("fifo"), 0);
    scratch_fifo(ROOT "fifo");
    CHECK_STR(plan_all(), "left fifo: it differs from the original\n");
    CHECK_STR(plan(1), "todo fifo\n");
    end();
}

TEST(plan_without_anybody_to_tell)
{
    struct plan_rules rules = {.complaints = &world.complaints};

    CHECK_EQ(BEGIN("same", "other"), 0);
    put("same", "same", 0);
    put("other", "XXXX", 0);
    selection_add_all(&world.selection);
    CHECK_EQ(plan_make(&world.plan, &world.selection, &world.target, &rules), 0);
    CHECK_EQ(world.plan.present, 1);
    CHECK_EQ(world.plan.changed, 1);
    end();
}

/* ---- what is in the way ---- */

#define IN_THE_WAY ": its folder cannot be made: something else is in the way\n"

TEST(plan_complains_once_of_each_thing_in_the_way)
{
    CHECK_EQ(BEGIN("a/b/1", "a/b/2", "a/b/c/3", "a/4", "d/5", "d/6", "e/7"), 0);
    scratch_file(ROOT "a/b", "text");
    scratch_link(ROOT "d", scratch_path("")); /* where a folder is */
    CHECK_STR(plan_all(), "left a/b/1" IN_THE_WAY "left a/b/2" IN_THE_WAY "left a/b/c/3" IN_THE_WAY
                          "left d/5" IN_THE_WAY "left d/6" IN_THE_WAY "todo a/4\ntodo e/7\n");
    CHECK_EQ(complaints(COMPLAINT_BLOCKED), 2);
    CHECK_EQ(world.plan.files, 7);
    CHECK_EQ(world.plan.changed, 0);
    CHECK_EQ(world.plan.present, 0);
    /* --force does not remove what is in the way. */
    plan(1);
    CHECK_EQ(world.plan.count, 2);
    CHECK_EQ(complaints(COMPLAINT_BLOCKED), 2);
    CHECK_STR(scratch_what(ROOT "a/b"), "text");
    end();
}

TEST(plan_complains_of_each_folder_in_the_way_of_a_file)
{
    CHECK_EQ(BEGIN("a", "d/b"), 0);
    scratch_folder(ROOT "a");
    scratch_folder(ROOT "d/b");
    CHECK_STR(plan_all(), "left a: a folder is in the way\nleft d/b: a folder is in the way\n");
    CHECK_EQ(complaints(COMPLAINT_BLOCKED), 2);
    end();
}

TEST(plan_leaves_no_descriptor_open)
{
    int descriptors;

    CHECK_EQ(BEGIN("a/b/1", "d/2", "a/3", "e/4", "f/g/h/5"), 0);
    put("a/b/1", "a/b/1", 60);
    put("a/3", "a/3", 0);
    scratch_file(ROOT "d", "text");
    scratch_file(ROOT "f/g/h", "text");
    descriptors = open_descriptors();
    plan_all();
    CHECK_EQ(world.plan.present, 2);
    CHECK_EQ(world.plan.count, 1);
    CHECK_EQ(open_descriptors(), descriptors);
    end();
}

/* ---- links ---- */

static void add_link(const char *name, const char *to)
{
    struct zip_member member = {.name = name,
                                .data = to,
                                .data_len = strlen(to),
                                .made_by = 3,
                                .attributes = 0120777u << 16,
                                .dos_date = 0x5a21,
                                .dos_time = 0x6000};

    zip_builder_add(&world.small.builder, &member);
}

/* A tree of d/link, which leads to `to`, and of the file "file". */
static int begin_link(const char *to)
{
    int rc;

    memset(&world, 0, sizeof(world));
    log_set_level((enum log_level) - 1);
    scratch_make();
    scratch_folder(ROOT "d");
    umask(0);
    add_link("d/link", to);
    zip_builder_file(&world.small.builder, "file", "file", 4);
    rc = target_open(&world.target, scratch_path("dir"), "abc", "outputs", 022);
    if (!rc)
        rc = small_tree_grow(&world.small);
    if (!rc)
        rc = selection_init(&world.selection, &world.small.tree);
    if (!rc)
        put("file", "file", 0);
    return rc;
}

/* What the plan says of d/link. */
static const char *plan_link(void)
{
    const char *all = plan_all();
    static char line[200];

    snprintf(line, sizeof(line), "%.*s", (int)strcspn(all, "\n"), all);
    if (strncmp(line, "present file", 12) == 0)
        snprintf(line, sizeof(line), "%s", strchr(all, '\n') + 1);
    line[strcspn(line, "\n")] = '\0';
    return line;
}

TEST(plan_of_links)
{
    CHECK_EQ(begin_link("../file"), 0);
    CHECK_STR(plan_link(), "todo d/link");
    scratch_link(ROOT "d/link", "../file");
    CHECK_STR(plan_link(), "present d/link 7");
    unlink(scratch_path(ROOT "d/link"));
    scratch_link(ROOT "d/link", "../fill");
    CHECK_STR(plan_link(), "left d/link: it differs from the original");
    unlink(scratch_path(ROOT "d/link"));
    scratch_link(ROOT "d/link", "file");
    CHECK_STR(plan_link(), "left d/link: it differs from the original");
    unlink(scratch_path(ROOT "d/link"));
    put("d/link", "../file", 0); /* a file with the target as its text is another thing */
    CHECK_STR(plan_link(), "left d/link: it differs from the original");
    end();
}

TEST(plan_of_links_that_would_lead_out)
{
    CHECK_EQ(begin_link("../../x"), 0);
    CHECK_STR(plan_link(), "todo d/link");
    put("d/link", "../../x", 0);
    CHECK_STR(plan_link(), "present d/link 7");
    put("d/link", "../../y", 0); /* not by its time: the text is read */
    CHECK_STR(plan_link(), "left d/link: it differs from the original");
    unlink(scratch_path(ROOT "d/link"));
    scratch_link(ROOT "d/link", "../../x");
    CHECK_STR(plan_link(), "left d/link: it differs from the original");
    end();
}

TEST(plan_of_links_in_the_place_of_files)
{
    CHECK_EQ(BEGIN("a", "b", "c", "d"), 0);
    scratch_file("elsewhere/a", "a");
    scratch_file("elsewhere/b", "B");
    scratch_folder("elsewhere/d");
    scratch_link(ROOT "a", scratch_path("elsewhere/a"));
    scratch_link(ROOT "b", scratch_path("elsewhere/b"));
    scratch_link(ROOT "c", scratch_path("elsewhere/c"));
    scratch_link(ROOT "d", scratch_path("elsewhere/d"));
    CHECK_STR(plan_all(), "present a 1\nleft b: it differs from the original\n"
                          "left c: it differs from the original\n"
                          "left d: it differs from the original\n");
    CHECK_EQ(complaints(COMPLAINT_CHANGED), 3);
    end();
}
