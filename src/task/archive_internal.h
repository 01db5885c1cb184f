/* What archive.c, archive_load.c, archive_files.c and archive_ahead.c share. */
#ifndef TASKFS_TASK_ARCHIVE_INTERNAL_H
#define TASKFS_TASK_ARCHIVE_INTERNAL_H

#include <pthread.h>

#include "task/archive.h"
#include "zip/decode_ahead.h"

#define MEMBER_BUCKETS 256u

enum archive_state {
    ARCHIVE_NEW,
    ARCHIVE_OPENING,
    ARCHIVE_ABSENT, /* the store has no such object */
    ARCHIVE_OPEN,   /* size and version are known */
    ARCHIVE_LOADING,
    ARCHIVE_READY,
    ARCHIVE_BROKEN, /* it is no archive */
};

struct open_member {
    struct zip_member *member;
    uint32_t entry;
    unsigned opens;
    unsigned left;                   /* how many still have one open that was found damaged */
    int is_suspect;                  /* it, or one before it, was found damaged */
    struct zip_member_record record; /* while nobody has it open; its memory is charged */
    struct open_member *chain;
};

struct link_target {
    uint32_t node;
    char *target; /* NULL: a regular file */
    struct link_target *chain;
};

struct archive {
    struct group group;
    struct object *object;
    struct executor *executor;
    struct executor *ahead_executor;
    char *path;
    const char *strip;
    /* Set by the loader before the state is READY, and fixed from then on: */
    struct zip_directory dir;
    struct zip_tree tree;
    struct zip_archive shared;

    pthread_mutex_t lock; /* guards what follows */
    enum archive_state state;
    int is_retired;
    int is_told;       /* the kernel was told that it is stale */
    int64_t broken_at; /* clock_ms() when it was found to be no archive */
    size_t charged;    /* bytes of directory, tree and the records of members, under the cache's
                          budget */
    uint64_t top;      /* node; 0 nobody has looked in */
    struct wait_queue loading;
    struct open_member *members[MEMBER_BUCKETS];
    struct link_target *links[MEMBER_BUCKETS];
    struct decode_ahead ahead;
};

/* As archive_member_open, of a directory's entry. */
int archive_entry_open(struct archive *archive, uint32_t entry, struct archive_opening *opening);
/* Frees the open members and the known links. */
void archive_free_files(struct archive *archive);

#endif
