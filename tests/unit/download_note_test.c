#include "download/note.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "support/scratch.h"
#include "test.h"

#define PARTS "dir/abc/.outputs.part/"

static struct target target;

static int begin(void)
{
    int rc;

    scratch_make();
    umask(0);
    rc = target_open(&target, scratch_path("dir"), "abc", "outputs", 022);
    if (!rc)
        rc = target_lock(&target);
    return rc ? rc : target_create(&target);
}

static void end(void)
{
    target_close(&target);
    scratch_remove();
    umask(022);
}

static int put(uint64_t offset, const char *state)
{
    struct note note = {
        .offset = offset, .state = (uint8_t *)(uintptr_t)state, .len = strlen(state)};

    return note_write(&target, "p", &note);
}

/* The state of the note that is there: "state at offset". */
static const char *get(void)
{
    static char out[200];
    struct note note = {.offset = 0};
    int rc = note_read(&target, "p", &note);

    if (rc) {
        snprintf(out, sizeof(out), "%s", rc == -ENOENT ? "none" : strerror(-rc));
        return out;
    }
    snprintf(out, sizeof(out), "%.*s at %d", (int)note.len, (char *)note.state, (int)note.offset);
    free(note.state);
    return out;
}

TEST(note_is_read_as_it_was_written)
{
    CHECK_EQ(begin(), 0);
    CHECK_STR(get(), "none");
    CHECK_EQ(put(7, "some state"), 0);
    CHECK_EQ(scratch_mode(PARTS "p.note"), 0600);
    CHECK_STR(get(), "some state at 7");
    CHECK_EQ(put(9, "other"), 0);
    CHECK_STR(get(), "other at 9");
    CHECK_EQ(scratch_count("dir/abc/.outputs.part"), 1);
    note_drop(&target, "p");
    note_drop(&target, "p");
    CHECK_STR(get(), "none");
    CHECK_EQ(scratch_count("dir/abc/.outputs.part"), 0);
    end();
}

TEST(note_that_is_torn_counts_for_nothing)
{
    struct stat st;
    char byte;

    CHECK_EQ(begin(), 0);
    CHECK_EQ(put(7, "some state"), 0);
    CHECK_EQ(stat(scratch_path(PARTS "p.note"), &st), 0);
    for (off_t at = 0; at < st.st_size; at++) {
        FILE *file = fopen(scratch_path(PARTS "p.note"), "r+");

        CHECK(file && !fseek(file, at, SEEK_SET) && fread(&byte, 1, 1, file) == 1);
        byte ^= 1;
        CHECK(!fseek(file, at, SEEK_SET) && fwrite(&byte, 1, 1, file) == 1 && !fclose(file));
        CHECK_STR(get(), "none");
        CHECK_EQ(put(7, "some state"), 0);
    }
    for (off_t size = st.st_size; size-- > 0;) {
        CHECK_EQ(truncate(scratch_path(PARTS "p.note"), size), 0);
        CHECK_STR(get(), "none");
    }
    end();
}

TEST(note_of_somebody_else_counts_for_nothing)
{
    CHECK_EQ(begin(), 0);
    CHECK_EQ(put(7, "some state"), 0);
    CHECK_EQ(rename(scratch_path(PARTS "p.note"), scratch_path("note")), 0);
    scratch_link(PARTS "p.note", scratch_path("note"));
    CHECK_STR(get(), "none");
    CHECK_EQ(unlink(scratch_path(PARTS "p.note")), 0);
    CHECK_EQ(link(scratch_path("note"), scratch_path(PARTS "p.note")), 0);
    CHECK_STR(get(), "none");
    CHECK_EQ(unlink(scratch_path("note")), 0);
    CHECK_STR(get(), "some state at 7");
    CHECK_EQ(chmod(scratch_path(PARTS "p.note"), 0666), 0);
    CHECK_STR(get(), "none");
    CHECK_EQ(chmod(scratch_path(PARTS "p.note"), 0600), 0);
    if (!chown(scratch_path(PARTS "p.note"), 12345, (gid_t)-1))
        CHECK_STR(get(), "none");
    end();
}
