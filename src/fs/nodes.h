/*
 * What the kernel knows things by.
 *
 * A node id is 64 bits: the number of an identity (base/identity.h) in the high half, an index
 * within the object in the low half.
 *
 *      number 0      the fixed nodes: the root (1, as FUSE requires) and .taskfs
 *      a task        its directory, outputs/ and inputs/ (task/layout.h)
 *      a control     what one lookup of a task's ctl gave: each opener has an inode of its own, so
 *                    that a write that waits holds no lock of the kernel's against another
 *      a snapshot    one version of one small file
 *      live files    of one running task: the index is a name on its machine. A file that was
 *                    rewritten there gets another index; one that grows keeps it, and is the one
 *                    exception to what follows (live.c)
 *      an archive    one version of one archive: the index is the node in its tree, so a million
 *                    files cost no inode of ours; the archive itself is ARCHIVE_FILE
 *
 * Content never changes behind a node id, but that text is appended: a new text or a new version of
 * an archive is a new object, and a lookup of the same name gives the new node id. So every open
 * file reads one snapshot, the page cache never mixes two, and attributes may be cached for ever.
 * Only the binding of names to ids has a time to live.
 */
#ifndef TASKFS_FS_NODES_H
#define TASKFS_FS_NODES_H

#include "base/identity.h"

#define NODE_ROOT ((uint64_t)1)
#define NODE_DOT  ((uint64_t)2) /* .taskfs */

/* Indices in objects other than tasks (whose indices task/layout.h has) and trees of archives. */
#define SNAPSHOT_INDEX 1u
#define ARCHIVE_FILE   UINT32_MAX /* the archive itself */

/* The node id, and the st_ino, of a place in an object. */
static inline uint64_t node_at(uint32_t number, uint32_t index)
{
    return (uint64_t)number << 32 | index;
}

static inline uint64_t node_id(const struct identity *identity, uint32_t index)
{
    return node_at(identity->number, index);
}

static inline uint32_t node_number(uint64_t node)
{
    return (uint32_t)(node >> 32);
}

static inline uint32_t node_index(uint64_t node)
{
    return (uint32_t)node;
}

#endif
