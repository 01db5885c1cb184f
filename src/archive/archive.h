/*
 * One version of a task's archive: the object in the store, its directory and tree once they are
 * loaded, and the members that are open.
 */
#ifndef TASKFS_ARCHIVE_ARCHIVE_H
#define TASKFS_ARCHIVE_ARCHIVE_H

#include "base/identity.h"
#include "member/member.h"
#include "store/object.h"
#include "tree/tree.h"

/* What archives are made with. It is shared by all of them, and outlives them. */
struct archive_context {
    struct object_context object;
    struct identities *identities;
    struct executor *executor;
    struct executor *blocking;
    struct decoder_pool *decoders; /* of all members */
    struct executor *ahead;        /* its threads decode ahead of readers */
    int is_read_once;              /* members are read from front to back, and once: no state of
                                    * their decoders is saved */
};

/* What an archive is, and where it is shown. */
struct archive_spec {
    const char *path;           /* in the store; copied */
    const char *region;         /* of the store, or NULL; copied */
    const char *folder;         /* whose contents are shown, if the archive has it; borrowed */
    enum zip_dos_zone dos_zone; /* in which DOS times are read */
    double files;               /* how many files it has, as the service says; -1 unknown */
    double size;                /* its bytes, as the service says; -1 unknown */
    uint32_t owner;             /* the number of the task's identity */
    uint32_t top;               /* the index, in the owner, of the directory that shows it */
};

struct archive;

/* Returns an archive with one reference, or NULL without memory. Makes no request. */
struct archive *archive_new(const struct archive_context *context, const struct archive_spec *spec);
struct identity *archive_identity(struct archive *archive);
/* The archive with this identity, which must be of the kind IDENTITY_ARCHIVE. */
struct archive *archive_of(struct identity *identity);
void archive_ref(struct archive *archive);
void archive_unref(struct archive *archive);

/* As in its spec. */
const char *archive_path(const struct archive *archive);
uint32_t archive_owner(const struct archive *archive);
uint32_t archive_top(const struct archive *archive);

/*
 * Both are called from within a step of `op`, and return OP_PENDING when it has to wait.
 *
 * archive_open makes size and version known. Returns 0, -ENOENT when the store has no such object,
 * or -ENOMEM. archive_load also reads the directory and builds the tree. Returns the same, or -EIO
 * when it is not an archive that can be read. Other failures wake the op with their error, and the
 * next call tries again.
 */
int archive_open(struct archive *archive, struct op *op);
int archive_load(struct archive *archive, struct op *op);

/* ---- of an archive that is open ---- */

struct source *archive_source(struct archive *archive);
/* Starts to fetch what is missing of these bytes (object_prefetch). */
void archive_prefetch(struct archive *archive, uint64_t from, uint64_t to);
/* Whether both are the same version of the same object, as far as the store says. */
int archive_is_same(struct archive *a, struct archive *b);
/* True when the store has another version, or after archive_retire. */
int archive_is_stale(struct archive *archive);
/* True when it was found unreadable long enough ago that another try is worth its requests. */
int archive_may_have_recovered(struct archive *archive);
/* Makes it stale: from now on every attempt to open one of its files fails with -ESTALE. */
void archive_retire(struct archive *archive);

/* ---- of an archive that is loaded ---- */

const struct zip_tree *archive_tree(const struct archive *archive);
const struct zip_archive *archive_shared(const struct archive *archive);
/* True for the first caller on a loaded archive that is stale, and false from then on: that caller
 * has whoever caches its names look them up again. */
int archive_claim_stale_notice(struct archive *archive);
/* Memory that directory, tree and CRCs take, in bytes, as charged to the cache. */
size_t archive_charged(struct archive *archive);

/* ---- its files ---- */

struct archive_opening {
    struct zip_member *member; /* to be given to archive_member_close */
    int was_damaged;           /* an earlier opener found it damaged: cached copies of its content
                                * above this layer cannot be trusted */
    int is_only;               /* nobody else has it open */
};

/*
 * The index under which the content of a file is known above this layer: its node in the tree,
 * until it is found damaged while it is open and then opened again. Its content can be another from
 * then on, which its old openers must not see: it gets another index. archive_node_of gives the
 * node of any index.
 */
uint32_t archive_index_of(struct archive *archive, uint32_t node);
uint32_t archive_node_of(struct archive *archive, uint32_t index);

/* Opens the file known under `index`; its content is shared with other openers. Returns 0; -ESTALE
 * when it is known under another index now; -EIO when it was replaced too often; else as
 * zip_member_open. */
int archive_member_open(struct archive *archive, uint32_t index, struct archive_opening *opening);
void archive_member_close(struct archive *archive, struct zip_member *member);

/* Tells that a reader opens the member (piece 0) or asks for a piece of it (ZIP_PIECE bytes each).
 * Starts to decode the pieces that follow, where that is worthwhile. Never blocks. */
void archive_decode_ahead(struct archive *archive, const struct zip_member *member, uint64_t piece);

/*
 * Whether `node` is shown as a symbolic link, and its target. Returns 0 with *target
 * (NUL-terminated, valid as long as the archive), or with NULL when it is shown as a regular file;
 * OP_PENDING; -ENOMEM.
 */
int archive_link(struct archive *archive, uint32_t node, const char **target, struct op *op);

#endif
