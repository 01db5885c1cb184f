/*
 * What the kernel knows things by.
 *
 * A node id is 64 bits: the number of a group in the high half, an index within it in the low half.
 * A group is one object of ours with everything that lives and dies with it:
 *
 *      group 0       the fixed nodes: the root (1, as FUSE wants it) and .taskfs
 *      a task        its directory, outputs/ and inputs/ (files.h)
 *      a ctl         what one lookup of a task's ctl gave: every opener has an inode of its own, so
 *                    that a write that waits holds no lock of the kernel's against another
 *      a snapshot    one version of one small file
 *      an archive    one version of one archive: the index is the node in its tree, so a million
 *                    files cost no inode of ours; the archive itself is ARCHIVE_FILE
 *
 * Content never changes behind a node id: when a small file has a new text, or an archive a new
 * version, there is a new group, and a lookup of the same name gives the new node id. So every open
 * file reads one snapshot, the page cache never mixes two, and attributes may be cached for ever.
 * Only the binding of names to ids has a time to live. The st_ino of a small file does not change
 * with its versions: it is made from the task's group (attr.c).
 *
 * A group counts references: one for each lookup that the kernel has not yet forgotten (of any node
 * in it), and one for each holder among us. Group numbers are never used again.
 */
#ifndef TASKFS_TASK_IDENTITY_H
#define TASKFS_TASK_IDENTITY_H

#include <pthread.h>
#include <stdint.h>

#define NODE_ROOT    ((uint64_t)1)
#define NODE_DOT     ((uint64_t)2) /* .taskfs */

#define NODE_BUCKETS 4096u

enum group_kind { GROUP_TASK, GROUP_CTL, GROUP_SNAPSHOT, GROUP_ARCHIVE };

struct nodes;

struct group {
    enum group_kind kind;
    uint32_t id;
    struct nodes *nodes;
    /* Frees the object; called without a lock when the last reference has gone. */
    void (*release)(struct group *group);
    /* Guarded by nodes->lock: */
    uint64_t refs;
    uint64_t lookups; /* the kernel's share of refs */
    int64_t used_at;  /* clock_ms(); by nodes_use or group_touch */
    struct group *chain;
};

struct nodes {
    pthread_mutex_t lock; /* a leaf */
    uint32_t next_id;
    struct group *buckets[NODE_BUCKETS];
};

void nodes_init(struct nodes *nodes);

/* Makes `group` known, with one reference, the caller's. */
void group_add(struct nodes *nodes, struct group *group, enum group_kind kind,
               void (*release)(struct group *group));
void group_ref(struct group *group);
void group_unref(struct group *group);
/* The kernel's references: `n` lookups more; `n` fewer, of those that there are. */
void group_looked_up(struct group *group, uint64_t n);
void group_forget(struct group *group, uint64_t n);
/* The group of a node id, with a reference for the caller; NULL for fixed and unknown nodes. */
struct group *nodes_find(struct nodes *nodes, uint64_t node);
/* The same, for a request: the group is being used. */
struct group *nodes_use(struct nodes *nodes, uint64_t node);
/* The group is being used, without a request. */
void group_touch(struct group *group);

/* Who needs a group, at one moment. */
struct group_use {
    uint64_t holders; /* references of ours */
    uint64_t lookups; /* of the kernel's */
    int64_t used_at;  /* clock_ms() */
};
struct group_use group_use(struct group *group);
/* Drops the kernel's references, once it has gone. */
void nodes_forget_all(struct nodes *nodes);

static inline uint64_t node_id(const struct group *group, uint32_t index)
{
    return (uint64_t)group->id << 32 | index;
}

static inline uint32_t node_index(uint64_t node)
{
    return (uint32_t)node;
}

#endif
