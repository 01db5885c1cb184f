#include "download/note.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "member/inflate.h"

#define NOTE_MAX (512 * 1024) /* bytes */

/* What a note begins with; its bytes are those of the machine that wrote it. */
struct note_head {
    char magic[8];
    char version[24]; /* of the program */
    uint64_t offset;
    uint64_t inflater; /* bytes of one: another library has another */
    uint32_t len;      /* of the state behind the head, bytes */
    uint32_t crc;      /* of the head, in which this is 0, and the state */
};

static const char magic[8] = {'t', 'a', 's', 'k', 'n', 'o', 't', 'e'};

static void note_name(const char *part, char *name, size_t size)
{
    snprintf(name, size, "%s.note", part);
}

static uint32_t crc_of(struct note_head head, const uint8_t *state, size_t len)
{
    head.crc = 0;
    return zip_crc32(zip_crc32(0, (const uint8_t *)&head, sizeof(head)), state, len);
}

static struct note_head head_of(uint64_t offset, size_t len)
{
    struct note_head head;

    memset(&head, 0, sizeof(head)); /* the padding too, as it is written */
    memcpy(head.magic, magic, sizeof(magic));
    snprintf(head.version, sizeof(head.version), "%s", TASKFS_VERSION);
    head.offset = offset;
    head.inflater = inflater_cost();
    head.len = (uint32_t)len;
    return head;
}

int note_write(const struct target *target, const char *part, const struct note *note)
{
    struct note_head head = head_of(note->offset, note->len);
    char name[96], new[104];
    int fd, is_written;

    note_name(part, name, sizeof(name));
    snprintf(new, sizeof(new), "%s.new", name);
    head.crc = crc_of(head, note->state, note->len);
    fd = target_new_part(target, new, 0600);
    if (fd < 0)
        return fd;
    is_written = write(fd, &head, sizeof(head)) == (ssize_t)sizeof(head) &&
                 write(fd, note->state, note->len) == (ssize_t)note->len;
    if (close(fd) || !is_written || renameat(target->parts, new, target->parts, name)) {
        target_drop_part(target, new);
        return -EIO;
    }
    return 0;
}

/* Reads the bytes of a note. Nobody else's is: the decoder trusts its state. */
static int read_own(const struct target *target, const char *part, char *bytes)
{
    char name[96];
    uint64_t size;
    ssize_t n;
    int fd;

    note_name(part, name, sizeof(name));
    fd = target_old_part(target, name, 0600, &size);
    if (fd < 0)
        return fd;
    n = read(fd, bytes, NOTE_MAX);
    close(fd);
    return (int)n;
}

int note_read(const struct target *target, const char *part, struct note *note)
{
    char *bytes = malloc(NOTE_MAX);
    struct note_head head, right;
    int n, rc = -ENOENT;

    if (!bytes)
        return -ENOMEM;
    n = read_own(target, part, bytes);
    if (n > (int)sizeof(head)) {
        size_t len = (size_t)n - sizeof(head);
        const uint8_t *state = (const uint8_t *)bytes + sizeof(head);

        memcpy(&head, bytes, sizeof(head));
        right = head_of(head.offset, len);
        right.crc = crc_of(right, state, len);
        note->state = NULL;
        if (memcmp(&right, &head, sizeof(head)) == 0)
            note->state = malloc(len);
        if (note->state) {
            memcpy(note->state, state, len);
            note->len = len;
            note->offset = head.offset;
            rc = 0;
        }
    }
    free(bytes);
    return rc;
}

void note_drop(const struct target *target, const char *part)
{
    char name[96];

    note_name(part, name, sizeof(name));
    unlinkat(target->parts, name, 0);
}
