/* What the files of src/archive share. */
#ifndef TASKFS_ARCHIVE_INTERNAL_H
#define TASKFS_ARCHIVE_INTERNAL_H

#include <pthread.h>

#include "archive/archive.h"
#include "archive/push_ahead.h"
#include "base/list.h"
#include "member/decode_ahead.h"

#define MEMBER_BUCKETS   256u
#define REPLACEMENTS_MAX 4096u /* of members that were found damaged while they were open */

enum archive_state {
    ARCHIVE_NEW,
    ARCHIVE_OPENING,
    ARCHIVE_ABSENT, /* the store has no such object */
    ARCHIVE_OPEN,   /* size and version are known */
    ARCHIVE_LOADING,
    ARCHIVE_READY,
    ARCHIVE_BROKEN, /* it cannot be read as an archive */
};

/* A member that is open, or of which something has to be remembered. */
struct open_member {
    struct zip_member *member; /* NULL while nobody has it open */
    uint32_t entry;
    unsigned opens;                  /* of `member`: readers, and one for being kept */
    int is_read;                     /* under its index, as far as is remembered */
    int is_kept;                     /* in archive->kept */
    struct list kept;                /* the link there */
    uint32_t index;                  /* see archive_index_of; 0: that of its node */
    struct zip_member_record record; /* while nobody has it open; its memory is charged */
    struct open_member *chain;
};

struct link_target {
    uint32_t node;
    char *target; /* NULL: it is shown as a regular file */
    struct link_target *chain;
};

struct archive {
    struct identity identity;
    struct object *object;
    struct executor *executor;
    struct executor *ahead_executor;
    struct archive_pusher *pusher;
    struct store_disk *disk; /* NULL none */
    char *path;
    const char *folder;
    enum zip_dos_zone dos_zone;
    uint32_t owner, top;
    /* Set by the loader before the state becomes READY, and fixed from then on: */
    struct zip_directory dir;
    struct zip_tree tree;
    struct zip_archive shared;
    struct cache_owner pieces; /* owner of its members' pieces in the cache */

    pthread_mutex_t lock; /* guards what follows */
    enum archive_state state;
    int is_retired;
    int is_notice_claimed; /* by archive_claim_stale_notice, before it was loaded, and after */
    int is_tree_notice_claimed;
    int is_giving_notice; /* see archive_is_giving_notice */
    int64_t broken_at;    /* clock_ms() when it was found unreadable */
    size_t charged;       /* bytes, see archive_charged */
    struct wait_queue loading;
    struct open_member *members[MEMBER_BUCKETS];
    struct list kept; /* members that are kept open, least recently used first */
    unsigned kept_count;
    struct link_target *links[MEMBER_BUCKETS];
    struct decode_ahead ahead;
    struct push_ahead push;
    int is_pushing;                 /* the pusher was started */
    struct state_keeper keeper;     /* see states.c */
    struct wait_queue states;       /* ops that wait for a state; their keys are unused */
    struct state_reading *readings; /* that are in flight */
    uint32_t *replacements;         /* the nodes of the indices from tree.count on */
    uint32_t replacement_count;
};

/* Opens a member by its entry of the directory, whatever its index: to be given to
 * archive_member_close. Returns 0; -EIO when it is known to be damaged; else as zip_member_open. */
int archive_entry_open(struct archive *archive, uint32_t entry, struct zip_member **member);
/* Has the archive's members use what is kept on disk of their decoders' states. */
void archive_keep_states(struct archive *archive);
/* Content may have come that is to be pushed: starts the pusher, if it does not run. */
void archive_push_start(struct archive *archive);
/* Both free what the archive holds; nobody uses it any more. */
void archive_free_members(struct archive *archive);
void archive_free_links(struct archive *archive);

#endif
