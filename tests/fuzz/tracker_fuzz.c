/* Whatever a running machine answers: the decoders, the tree of names, and texts that are put
 * together from answers; and what must hold of them. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/mailbox.h"
#include "api/tracker.h"
#include "task/live_text.h"
#include "task/live_tree.h"

#define CEILING (1u << 22)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

/* 0, or a failure that says why. */
static int is_taken(int rc, const char *why)
{
    require(rc == 0 || ((rc == -EPROTO || rc == -ENOENT || rc == -EILSEQ || rc == -EIO) && why[0]));
    return rc == 0;
}

static void fuzz_tail(const char *json, size_t len)
{
    BUF_SCOPED text = BUF_INIT(CEILING);
    BUF_SCOPED tail = BUF_INIT(CEILING);
    struct live_text known = {.len = 0};
    char why[TRACKER_WHY_MAX];
    size_t lines, newlines = 0;
    int change;

    if (!is_taken(tracker_tail_decode(json, len, &text, &lines, why), why))
        return;
    require(lines > 0 && text.len <= len);
    for (size_t i = 0; i < text.len; i++)
        newlines += text.data[i] == '\n';
    require(newlines + 1 >= lines);
    buf_append(&tail, text.data, text.len);
    /* What begins with the first half of it is known; the whole is the end of the file, too. */
    text.len /= 2;
    live_text_take_whole(&known, &text, newlines / 2 + 1);
    require(live_text_compare_whole(&known, &known.bytes) == LIVE_SAME);
    change = live_text_take_tail(&known, &tail, lines);
    require(change == LIVE_SAME || change == LIVE_GROWN || change == LIVE_UNSURE);
    live_text_drop(&known);
    live_text_free(&known);
}

static void require_name(const char *name)
{
    size_t len = strlen(name);

    require(len > 0 && len <= 255 && !strchr(name, '/') && strcmp(name, ".") != 0 &&
            strcmp(name, "..") != 0);
}

static void fuzz_listing(const char *json, size_t len)
{
    struct live_tree *tree;
    char why[TRACKER_WHY_MAX];
    size_t skipped;

    if (!is_taken(live_tree_decode(json, len, &tree, &skipped, why), why))
        return;
    require(tree->count >= 1 && skipped <= len);
    for (uint32_t i = 0; i < tree->count; i++) {
        const char *before = NULL;

        for (uint32_t at = tree->entries[i].first; at != LIVE_NONE; at = tree->entries[at].next) {
            const char *name = live_tree_name(tree, at);

            require_name(name);
            require(tree->entries[i].is_directory && tree->entries[at].parent == i);
            require(!before || strcmp(before, name) < 0);
            require(live_tree_find(tree, i, name) == at);
            before = name;
        }
    }
    live_tree_unref(tree);
}

static void fuzz_short_answers(const char *json, size_t len)
{
    BUF_SCOPED text = BUF_INIT(CEILING);
    BUF_SCOPED path = BUF_INIT(CEILING);
    char why[TRACKER_WHY_MAX], *sdp;
    double ago;
    int rc;

    if (is_taken(tracker_top_decode(json, len, &text, why), why) && text.len)
        require(text.data[text.len - 1] == '\n');
    if (is_taken(tracker_last_modified_decode(json, len, &path, &ago, why), why))
        require(ago >= -1);
    (void)tracker_is_probe_answer(json, len);
    rc = mailbox_answer_decode(json, len, &sdp, why, sizeof(why));
    require(rc == 0 || rc == -EAGAIN || (rc == -EPROTO && why[0]));
    if (!rc)
        require(sdp[0] && strlen(sdp) <= MAILBOX_SDP_MAX);
    free(sdp);
}

/* What is asked for is a well-formed request, or refused. */
static void fuzz_path(const char *bytes, size_t len)
{
    BUF_SCOPED request = BUF_INIT(CEILING);
    char *path = malloc(len + 1);

    if (!path)
        return;
    memcpy(path, bytes, len);
    path[len] = '\0';
    if (!tracker_put_tail(&request, path, 1)) {
        require(path[0] != '/' && strcmp(path, "..") != 0 && !strstr(path, "/../") &&
                strncmp(path, "../", 3) != 0);
        for (size_t i = 0; i < request.len; i++)
            require((unsigned char)request.data[i] >= 0x20);
    }
    free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *json = (const char *)data;

    fuzz_tail(json, size);
    fuzz_listing(json, size);
    fuzz_short_answers(json, size);
    fuzz_path(json, size);
    return 0;
}
