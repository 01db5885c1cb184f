#include "download/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "download/ahead.h"
#include "download/note.h"
#include "member/inflate.h"
#include "tree/attr.h"

#define RESUME_MIN   (1024u * 1024)      /* bytes: a smaller file begins anew */
#define ALLOCATE     (1024u * 1024)      /* bytes: room for a file of this size is reserved */
#define A_STEP       (16u * 1024 * 1024) /* bytes copied before the op yields */
#define RESUME_STEP  (64u * 1024 * 1024) /* bytes of a part that are read before the op yields */
#define DECODE_AHEAD (4u * 1024 * 1024)  /* bytes: larger files are decoded ahead of their writer */

static const struct zip_entry *entry_of(const struct copy *copy)
{
    const struct zip_tree *tree = archive_tree(copy->archive);

    return &tree->dir->entries[tree->nodes[copy->node].entry];
}

void copy_init(struct copy *copy, struct archive *archive, const struct target *target,
               uint32_t node)
{
    *copy = (struct copy){.archive = archive, .target = target, .node = node, .fd = -1};
}

/* ---- places in the target ---- */

static int enter_folder(const struct copy *copy, struct copy_folder *folder)
{
    const struct zip_tree *tree = archive_tree(copy->archive);
    uint32_t parent = tree->nodes[copy->node].parent;
    char path[NAME_TEXT_MAX];

    if (folder->fd >= 0 && folder->target == copy->target && folder->node == parent)
        return 0;
    copy_folder_close(folder);
    if (zip_node_path(tree, parent, path, sizeof(path)) < 0)
        return -ENAMETOOLONG;
    folder->fd = target_enter(copy->target, path, 1);
    folder->target = copy->target;
    folder->node = parent;
    return folder->fd < 0 ? folder->fd : 0;
}

void copy_folder_close(struct copy_folder *folder)
{
    if (folder->fd >= 0)
        close(folder->fd);
    folder->fd = -1;
}

static int publish(struct copy *copy, struct copy_folder *folder)
{
    const struct zip_tree *tree = archive_tree(copy->archive);
    const struct zip_node *node = &tree->nodes[copy->node];
    char name[ZIP_NODE_NAME_SIZE];
    int rc = enter_folder(copy, folder);

    if (rc)
        return rc;
    zip_node_copy_name(tree, node, name);
    rc = target_publish(copy->target->parts, copy->part, folder->fd, name, copy->is_forced);
    copy->has_part = rc != 0;
    return rc;
}

/* ---- links ---- */

static int copy_link(struct copy *copy, const char *link, struct copy_folder *folder)
{
    struct zip_attr attr;
    struct timespec times[2];

    snprintf(copy->part, sizeof(copy->part), "link-%" PRIu32, copy->node);
    target_drop_part(copy->target, copy->part);
    if (symlinkat(link, copy->target->parts, copy->part))
        return -errno;
    copy->has_part = 1;
    zip_node_attr(archive_tree(copy->archive), copy->node, link, &attr);
    times[0] = times[1] = clock_timespec(attr.time);
    utimensat(copy->target->parts, copy->part, times, AT_SYMLINK_NOFOLLOW);
    return publish(copy, folder);
}

/* ---- files ---- */

/* Names the part after the content, so that what an earlier download has left under this name is of
 * the same content. */
static void name_part(struct copy *copy)
{
    const struct zip_entry *entry = entry_of(copy);

    snprintf(copy->part, sizeof(copy->part), "%08" PRIx32 "-%" PRIu64 "-%" PRIu32, entry->crc32,
             entry->size, copy->node);
}

/* Whether what an earlier download has left of the file can be continued: the file is stored; or it
 * is deflated, and so large that the state of its decoder is saved now and then (note.h). */
static int can_resume(const struct zip_entry *entry)
{
    if (entry->method == ZIP_METHOD_STORED)
        return entry->size >= RESUME_MIN;
    return entry->method == ZIP_METHOD_DEFLATED && entry->size > ZIP_STATE_SPACING;
}

/* Finds out how much of a part of `size` bytes can be continued: *limit. */
static int find_limit(struct copy *copy, uint64_t size)
{
    const struct zip_entry *entry = entry_of(copy);
    struct note note;
    int rc;

    copy->limit = size;
    if (entry->method == ZIP_METHOD_STORED)
        return 0;
    copy->limit = 0;
    rc = note_read(copy->target, copy->part, &note);
    if (rc)
        return rc == -ENOENT ? 0 : rc;
    if (note.offset <= size && note.offset < entry->size && note.offset % ZIP_STATE_SPACING == 0 &&
        !zip_member_load_state(copy->member, note.offset, note.state, note.len))
        copy->limit = note.offset;
    free(note.state);
    return 0;
}

static int open_part(struct copy *copy)
{
    const struct zip_entry *entry = entry_of(copy);
    uint64_t size = 0;
    struct zip_attr attr;
    mode_t mode;

    zip_node_attr(archive_tree(copy->archive), copy->node, NULL, &attr);
    mode = attr.mode & 07777;
    name_part(copy);
    copy->was_resumed = 0;
    copy->phase = COPY_READS;
    if (can_resume(entry) && !copy->is_anew) {
        copy->fd = target_old_part(copy->target, copy->part, mode, &size);
        copy->has_part = copy->fd >= 0;
        if (copy->fd >= 0 && size > entry->size && ftruncate(copy->fd, 0))
            return -errno;
        if (copy->fd >= 0) {
            copy->was_resumed = 1;
            copy->phase = COPY_TAKES_OVER;
            return find_limit(copy, size > entry->size ? 0 : size);
        }
    }
    copy->fd = target_new_part(copy->target, copy->part, mode);
    if (copy->fd < 0)
        return copy->fd;
    copy->has_part = 1;
    if (entry->size < ALLOCATE || !fallocate(copy->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)entry->size))
        return 0;
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? -errno : 0;
}

static int open_copy(struct copy *copy)
{
    int rc;

    copy->index = archive_index_of(copy->archive, copy->node);
    rc = archive_member_use(copy->archive, copy->index, &copy->member);
    return rc ? rc : open_part(copy);
}

/* Reads what the part has already, piece by piece, and tells the member its CRCs: together with
 * those of the rest they are checked as those of any reader. */
static int take_over_part(struct copy *copy, struct op *op)
{
    uint64_t size = entry_of(copy)->size, pause = copy->offset + RESUME_STEP;
    uint8_t *bytes = malloc(ZIP_PIECE);
    int rc = bytes ? 0 : -ENOMEM;

    while (!rc && copy->offset < pause) {
        uint64_t piece = copy->offset / ZIP_PIECE;
        uint32_t len = copy->offset < size ? zip_piece_len(size, piece) : 0;

        if (!len || copy->offset + len > copy->limit) {
            free(bytes);
            copy->phase = COPY_READS;
            atomic_fetch_add(copy->written, copy->offset);
            return 0;
        }
        if (pread(copy->fd, bytes, len, (off_t)copy->offset) != (ssize_t)len)
            rc = -EIO;
        else
            rc = zip_member_note_piece(copy->member, piece, zip_crc32(0, bytes, len));
        copy->offset += len;
    }
    free(bytes);
    return rc ? rc : op_yield(op);
}

static int write_all(int fd, const struct zip_read *read, uint64_t offset)
{
    struct iovec parts[ZIP_READ_PARTS], *at = parts;
    int left = (int)read->count;

    for (int i = 0; i < left; i++)
        parts[i] = (struct iovec){(void *)(uintptr_t)read->parts[i].data, read->parts[i].len};
    while (left) {
        ssize_t n = pwritev(fd, at, left, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        offset += (uint64_t)n;
        while (left && (size_t)n >= at->iov_len) {
            n -= (ssize_t)at->iov_len;
            at++;
            left--;
        }
        if (left) {
            at->iov_base = (uint8_t *)at->iov_base + n;
            at->iov_len -= (size_t)n;
        }
    }
    return 0;
}

/* Has the next part of a large file fetched, in ranges of AHEAD_STEP. */
static void fetch_ahead(struct copy *copy)
{
    const struct zip_entry *entry = entry_of(copy);
    uint64_t start = entry->header_offset + ZIP_LOCAL_HEADER_SIZE + entry->local_name_len;
    uint64_t in = copy->offset, end;

    if (entry->compressed_size <= AHEAD_LARGE)
        return;
    if (entry->method != ZIP_METHOD_STORED) {
        in = zip_member_consumed(copy->member);
        if (!in && copy->limit)
            return; /* the decoder begins at a noted state, and will tell where that is */
    }
    if (copy->fetched < in)
        copy->fetched = in;
    while (copy->fetched < entry->compressed_size && copy->fetched < in + AHEAD_OF_LARGE) {
        end = copy->fetched + AHEAD_STEP;
        if (end > entry->compressed_size)
            end = entry->compressed_size;
        archive_prefetch(copy->archive, start + copy->fetched, start + end);
        copy->fetched = end;
    }
}

/* Reads and writes the next bytes. */
static int copy_some(struct copy *copy, uint64_t size, struct op *op)
{
    const struct zip_archive *shared = archive_shared(copy->archive);
    struct zip_read read = {.count = 0};
    int rc;

    if (size > DECODE_AHEAD)
        archive_decode_ahead(copy->archive, copy->member, copy->offset / ZIP_PIECE);
    /* What is needed is fetched already: nothing is to be read ahead of this reader. */
    rc = zip_member_read(copy->member, copy->offset, ZIP_READ_MAX, SOURCE_RANDOM, &read, op);
    /* What came before it had to wait is written, too. */
    if (read.len && (rc == 0 || rc == OP_PENDING)) {
        int error = write_all(copy->fd, &read, copy->offset);

        copy->offset += read.len;
        atomic_fetch_add(copy->written, read.len);
        /* While the op is in a queue, the copy cannot end: it ends in its next step. */
        if (error && rc == OP_PENDING)
            copy->error = error;
        else if (error)
            rc = error;
    }
    zip_read_release(shared, &read);
    return rc;
}

/* Notes the decoder's state, if the copy has passed a place where it was saved. A note that cannot
 * be written is no failure of the copy. */
static void write_note(struct copy *copy)
{
    uint64_t place = copy->offset / ZIP_STATE_SPACING * ZIP_STATE_SPACING;
    struct note note = {.offset = place};

    if (place == copy->noted || place == entry_of(copy)->size ||
        zip_member_save_state(copy->member, place, &note.state, &note.len))
        return;
    note_write(copy->target, copy->part, &note);
    free(note.state);
    copy->noted = place;
}

static int write_whole(struct copy *copy, uint64_t size)
{
    struct zip_read read = {.count = 1, .len = (size_t)size};

    read.parts[0].data = copy->room;
    read.parts[0].len = (size_t)size;
    copy->offset = size;
    atomic_fetch_add(copy->written, size);
    return size ? write_all(copy->fd, &read, 0) : 0;
}

static int copy_content(struct copy *copy, struct op *op)
{
    const struct zip_entry *entry = entry_of(copy);
    uint64_t limit = copy->offset + A_STEP;
    int rc = 0;

    while (!rc && copy->offset < entry->size) {
        if (copy->offset >= limit)
            return op_yield(op);
        fetch_ahead(copy);
        rc = copy_some(copy, entry->size, op);
        if (!rc && can_resume(entry))
            write_note(copy);
    }
    return rc;
}

static int finish_file(struct copy *copy, struct copy_folder *folder)
{
    struct zip_attr attr;
    struct timespec times[2];

    zip_node_attr(archive_tree(copy->archive), copy->node, NULL, &attr);
    times[0] = times[1] = clock_timespec(attr.time);
    futimens(copy->fd, times);
    if (close(copy->fd)) {
        copy->fd = -1;
        return -errno;
    }
    copy->fd = -1;
    if (copy->noted || copy->was_resumed)
        note_drop(copy->target, copy->part);
    return publish(copy, folder);
}

static void close_member(struct copy *copy)
{
    if (copy->member)
        archive_member_finish(copy->archive, copy->member);
    copy->member = NULL;
}

static void on_replaced(void *arg)
{
    (void)arg; /* nobody has its name cached */
}

/* What an earlier download has left was wrong: begins anew, with a member that is not damaged. */
static void start_over(struct copy *copy)
{
    archive_replace(copy->archive, copy->index, on_replaced, NULL);
    close_member(copy);
    close(copy->fd);
    copy->fd = -1;
    target_drop_part(copy->target, copy->part);
    note_drop(copy->target, copy->part);
    copy->has_part = 0;
    atomic_fetch_sub(copy->written, copy->phase == COPY_READS ? copy->offset : 0);
    copy->offset = copy->fetched = copy->noted = 0;
    copy->is_anew = 1;
    copy->phase = COPY_OPENS;
}

/* A small file that is here is read at once. Returns 1; or 0 when its member has to be opened. */
static int read_whole(const struct copy *copy)
{
    const struct zip_tree *tree = archive_tree(copy->archive);

    return zip_member_read_whole(archive_shared(copy->archive), tree->nodes[copy->node].entry,
                                 copy->room);
}

int copy_step(struct copy *copy, struct copy_folder *folder, struct op *op)
{
    const char *link;
    int rc = copy->error;

    if (rc)
        return rc;

    if (copy->phase == COPY_OPENS) {
        rc = archive_link(copy->archive, copy->node, &link, op);
        if (rc || link)
            return rc ? rc : copy_link(copy, link, folder);
        if (read_whole(copy)) {
            rc = open_part(copy);
            if (!rc)
                rc = write_whole(copy, entry_of(copy)->size);
            return rc ? rc : finish_file(copy, folder);
        }
        rc = open_copy(copy);
        if (rc)
            return rc;
    }
    rc = copy->phase == COPY_TAKES_OVER ? take_over_part(copy, op) : 0;
    if (!rc)
        rc = copy_content(copy, op);
    if (rc == -EIO && copy->was_resumed && zip_member_is_damaged(copy->member)) {
        start_over(copy);
        return copy_step(copy, folder, op);
    }
    return rc ? rc : finish_file(copy, folder);
}

void copy_end(struct copy *copy)
{
    const struct zip_entry *entry = entry_of(copy);
    int is_damaged = copy->member && zip_member_is_damaged(copy->member);

    close_member(copy);
    if (copy->fd >= 0)
        close(copy->fd);
    copy->fd = -1;
    if (!copy->has_part)
        return;
    copy->has_part = 0;
    if (!is_damaged && can_resume(entry) &&
        (copy->phase == COPY_TAKES_OVER || copy->offset >= RESUME_MIN))
        return;
    target_drop_part(copy->target, copy->part);
    note_drop(copy->target, copy->part);
}
