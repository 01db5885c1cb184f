/*
 * One version of a task's archive: the object in the store, its directory and tree once they are
 * loaded, and the members that are open.
 */
#ifndef TASKFS_ARCHIVE_ARCHIVE_H
#define TASKFS_ARCHIVE_ARCHIVE_H

#include <sys/uio.h>

#include "base/identity.h"
#include "member/member.h"
#include "store/object.h"
#include "tree/tree.h"

/* What archives are made with. It is shared by all of them, and outlives them. */
struct archive;
struct archive_pusher;

struct archive_context {
    struct object_context object;
    struct identities *identities;
    struct executor *executor;
    struct executor *blocking;
    struct decoder_pool *decoders; /* of all members */
    struct executor *ahead;        /* its threads decode ahead of readers */
    int is_read_once;              /* members are read from front to back, and once: no state of
                                    * their decoders is saved */
    struct archive_pusher *pusher; /* NULL: nothing is pushed */
};

/* A layer above that can take content before it is asked for. */
struct archive_pusher {
    /* There may be something to push: to call archive_push_take soon, on a thread that may block,
     * until that returns 0; or archive_push_cancel. Called without locks by any thread; it must not
     * block. */
    void (*start)(struct archive_pusher *pusher, struct archive *archive);
};

/* What an archive is, and where it is shown. */
struct archive_spec {
    const char *path;           /* in the store; copied */
    const char *region;         /* of the store, or NULL; copied */
    const char *folder;         /* whose contents are shown, if the archive has it; borrowed */
    enum zip_dos_zone dos_zone; /* in which DOS times are read */
    double files;               /* how many files it has, as the service says; -1 unknown */
    double size;                /* its bytes, as the service says; -1 unknown */
    uint64_t head;              /* bytes at its beginning that are fetched with the opening */
    struct object_keep keep;    /* on disk; its task NULL: not at all */
    uint32_t owner;             /* the number of the task's identity */
    uint32_t top;               /* the index, in the owner, of the directory that shows it */
};

#define ARCHIVE_KEPT_MEMBERS 256u /* of one archive; their decoders are charged to the cache */

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
/* Whether it is kept on disk (object_is_kept). */
int archive_is_kept(struct archive *archive);
/* How many of the bytes [from, to) are on disk (object_kept_bytes). */
uint64_t archive_kept_bytes(struct archive *archive, uint64_t from, uint64_t to);
/* Whether both are the same version of the same object, as far as the store says. */
int archive_is_same(struct archive *a, struct archive *b);
/* True when the store has another version, or after archive_retire. */
int archive_is_stale(struct archive *archive);
/* True when it was found unreadable long enough ago that another try is worth its requests. */
int archive_may_have_recovered(struct archive *archive);
/* Makes it stale: from now on every attempt to open one of its files fails with -ESTALE. */
void archive_retire(struct archive *archive);

/* Of an archive that is stale: returns 1 for the first caller, which has to tell the layers above
 * to look up its names again, and 0 from then on. If the archive is loaded after that, the next
 * caller is a first one again. *is_loaded: whether it has a tree. */
int archive_claim_stale_notice(struct archive *archive, int *is_loaded);
/* That caller is done. archive_is_giving_notice: whether one is not done yet. */
void archive_end_stale_notice(struct archive *archive);
int archive_is_giving_notice(struct archive *archive);

/* ---- of an archive that is loaded ---- */

const struct zip_tree *archive_tree(const struct archive *archive);
const struct zip_archive *archive_shared(const struct archive *archive);
/* How many bytes of the archive that belong to the files at `node` and below it are on disk, and
 * how many there are. Looks at each of them. */
void archive_kept_tree(struct archive *archive, uint32_t node, uint64_t *here, uint64_t *all);
/* Memory that directory, tree and CRCs take, in bytes, as charged to the cache. */
size_t archive_charged(struct archive *archive);

/* ---- its files ---- */

/*
 * The index under which the content of a file is known above this layer: its node in the tree,
 * until it is found damaged. Its content can be another from then on, which programs that have the
 * old one open must not see: archive_replace gives it another index. archive_node_of gives the node
 * of any index.
 */
uint32_t archive_index_of(struct archive *archive, uint32_t node);
uint32_t archive_node_of(struct archive *archive, uint32_t index);

/*
 * The file known under `index`, for one read; its content is shared with other readers, and the
 * ARCHIVE_KEPT_MEMBERS that were read last are kept open between reads, as the kernel does not say
 * when a file is closed. Returns 0 and the member, to be given to archive_member_close; -EIO when
 * it is known under another index now; else as zip_member_open.
 */
int archive_member_use(struct archive *archive, uint32_t index, struct zip_member **member);
void archive_member_close(struct archive *archive, struct zip_member *member);
/* The same, by a reader that has come to the end: it need not be kept open. */
void archive_member_finish(struct archive *archive, struct zip_member *member);
/* The error that archive_member_use would return for a file that cannot be read at all, without
 * opening it; or 0. */
int archive_can_read(struct archive *archive, uint32_t index);
/* Whether the file is known under another index now. */
int archive_is_replaced(struct archive *archive, uint32_t index);
/*
 * After a read of the file found it damaged: gives it another index, under which it can be read
 * anew, and calls `tell`, which has the layers above look up its name again. That is called with
 * the archive's lock held, so that no other reader sees the file replaced before; it must not
 * block. Does nothing when the file was replaced before or is not damaged, or after too many
 * replacements.
 */
void archive_replace(struct archive *archive, uint32_t index, void (*tell)(void *arg), void *arg);

/* Tells that a reader asks for a piece of the member (ZIP_PIECE bytes each).
 * Starts to decode the pieces that follow, where that is worthwhile. Never blocks. */
void archive_decode_ahead(struct archive *archive, const struct zip_member *member, uint64_t piece);

/* ---- pushing content ahead of its readers: push_ahead.h decides what ---- */

#define ARCHIVE_PUSH_PARTS 4
#define ARCHIVE_PUSH_ROOM  (8u * 1024) /* bytes: smaller files are decoded as they are pushed */

/* The whole content of a file, in parts. */
struct archive_push {
    uint8_t *room;  /* of ARCHIVE_PUSH_ROOM bytes, the caller's; set before archive_push_take */
    uint32_t index; /* see archive_index_of */
    struct iovec parts[ARCHIVE_PUSH_PARTS];
    unsigned count;
    size_t len; /* of all parts, bytes */
    /* Of archive_push_take: */
    uint32_t node;
    unsigned stream;
    struct zip_member *member; /* NULL: the content is in `room` */
    struct zip_read read;
};

/* The file known under `index` has been asked for: those that follow may be pushed. */
void archive_push_follow(struct archive *archive, uint32_t index);
/* Names were handed out: files that were not known above may be known now. */
void archive_push_listed(struct archive *archive);
/* The next file to be pushed that is here and is right: returns 1 with its content, which is held
 * until archive_push_done; or 0, and pusher->start is called when there is more. */
int archive_push_take(struct archive *archive, struct archive_push *push);
/* `error`: 0; -ENOENT when the file is not known above, which is no use of it then; or what else
 * kept it from being pushed. */
void archive_push_done(struct archive *archive, struct archive_push *push, int error);
/* Nothing is pushed now. */
void archive_push_cancel(struct archive *archive);

/*
 * Whether `node` is shown as a symbolic link, and its target. Returns 0 with *target
 * (NUL-terminated, valid as long as the archive), or with NULL when it is shown as a regular file;
 * OP_PENDING; -ENOMEM.
 */
int archive_link(struct archive *archive, uint32_t node, const char **target, struct op *op);

#endif
