/*
 * The note beside the part of a large deflated file: the decoder's state at some offset, from which
 * a later download goes on. A note that is torn, of another build of the program, or of another
 * user, counts as not there: the file then begins anew. All functions block on the disk.
 */
#ifndef TASKFS_DOWNLOAD_NOTE_H
#define TASKFS_DOWNLOAD_NOTE_H

#include "download/target.h"

struct note {
    uint64_t offset; /* bytes of the file before the state */
    uint8_t *state;  /* freed by the owner of the note */
    size_t len;
};

/* Writes the note of a part, in place of an earlier one. Returns 0 or a negative errno. */
int note_write(const struct target *target, const char *part, const struct note *note);
/* Reads it. Returns 0, -ENOENT when there is none that can be used, or -ENOMEM. */
int note_read(const struct target *target, const char *part, struct note *note);
void note_drop(const struct target *target, const char *part);

#endif
