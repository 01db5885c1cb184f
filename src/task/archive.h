/*
 * One version of a task's archive: the object in the store, its directory and tree once they are
 * read, and the members that are open.
 */
#ifndef TASKFS_TASK_ARCHIVE_H
#define TASKFS_TASK_ARCHIVE_H

#include "api/object.h"
#include "task/identity.h"
#include "zip/member.h"
#include "zip/tree.h"

#define ARCHIVE_FILE UINT32_MAX /* the index of the archive file itself in the group */

struct archive_context {
    struct object_context object;
    struct nodes *nodes;
    struct executor *executor;
    struct executor *blocking;
    struct executor *ahead; /* its threads decode what nobody waits for */
};

struct archive;

/* An archive at `path` in the store, whose files are in its folder `strip`; `files` and
 * `size`: how many the service says there are, and bytes of the archive; -1 unknown. One reference. Asks nothing. NULL without memory. */
struct archive *archive_new(const struct archive_context *context, const char *path,
                            const char *region, const char *strip, double files, double size);
struct group *archive_group(struct archive *archive);
struct archive *archive_of(struct group *group);
void archive_ref(struct archive *archive);
void archive_unref(struct archive *archive);

/* Opens the object alone: size and version. 0; OP_PENDING; -ENOENT there is none; -ENOMEM. */
int archive_probe(struct archive *archive, struct op *op);
/* Reads the directory and builds the tree. 0; OP_PENDING; -ENOENT no such object; -EIO it is no
 * archive, for good; -ENOMEM. */
int archive_load(struct archive *archive, struct op *op);

/* Of an archive that is open: */
struct source *archive_source(struct archive *archive);
int archive_is_same(struct archive *a, struct archive *b);
/* True when the store has another version, or archive_retire was called. */
int archive_is_stale(struct archive *archive);
/* It was found to be no archive, and that was some time ago: the store may do better now. */
int archive_is_long_broken(struct archive *archive);
/* Its files shall be looked up anew: every further open of one says -ESTALE. */
void archive_retire(struct archive *archive);
const char *archive_path(const struct archive *archive);

/* The node of the directory (outputs/ or inputs/) whose names are bound to this version. */
void archive_set_top(struct archive *archive, uint64_t node);
struct notify;
/* Has the kernel look those names up anew. */
void archive_tell_stale(struct archive *archive, struct notify *notify);

/* Of an archive that is loaded: */
const struct zip_tree *archive_tree(const struct archive *archive);
const struct zip_archive *archive_shared(const struct archive *archive);

struct archive_opening {
    struct zip_member *member; /* to be given to archive_member_close */
    int is_suspect;            /* an earlier opener found it damaged: the kernel's copy of it should
                                * not be believed */
    int is_only;               /* nobody else has it open */
    int is_apart;              /* others still have it open as it was when it was found damaged: the
                                * kernel shall not show them what is read now beside what they have */
};

/* The content of the file at `node`, shared with other openers. Errors as zip_member_open. */
int archive_member_open(struct archive *archive, uint32_t node, struct archive_opening *opening);
void archive_member_close(struct archive *archive, struct zip_member *member);
/* A reader opens it (piece 0), or asks for a piece of it (ZIP_PIECE): has those behind it decoded,
 * where that is worth it. */
void archive_read_ahead(struct archive *archive, const struct zip_member *member, uint64_t piece);

/*
 * Whether `node` is shown as a symbolic link, and where to. Returns 0 with *target (NUL-terminated,
 * living as long as the archive), or with NULL when it is a regular file; OP_PENDING; -ENOMEM.
 */
int archive_link(struct archive *archive, uint32_t node, const char **target, struct op *op);

#endif
