/*
 * Notifications to the kernel: invalidating what it has cached, and storing content in its page
 * cache.
 *
 * Both can block in the kernel until reads and lookups that we are serving have ended, so they are
 * sent by workers that serve no requests. Usually there is one; while it blocks at one
 * node, further ones are started for other nodes.
 */
#ifndef TASKFS_KERNEL_NOTIFY_H
#define TASKFS_KERNEL_NOTIFY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define NOTIFY_PARTS 4u

struct fuse_session;
struct notify;
struct op;

/* Returns NULL when the thread can't be started. */
struct notify *notify_create(struct fuse_session *session);
/* Tells the workers to end; pending notices are dropped. A worker ends once the kernel lets it
 * go. */
void notify_stop(struct notify *notify);
/* Whether all workers have ended: notify_destroy does not block then. */
int notify_is_done(struct notify *notify);
/* Stops and joins the workers, and frees it. */
void notify_destroy(struct notify *notify);

/* Both return at once; any thread, any lock. notify_node has the kernel invalidate the content and
 * the attributes of a node, and returns 0 or -ENOMEM. notify_name has it invalidate a name in a
 * directory, and returns 0, -ENOMEM or -ENAMETOOLONG. */
int notify_node(struct notify *notify, uint64_t node);
int notify_name(struct notify *notify, uint64_t parent, const char *name);

/* From within a step of `op`: returns 0 once no notice about this node or a name in it is pending,
 * else OP_PENDING or -ENOMEM. That can take as long as requests hold the directory or file in the
 * kernel. */
int notify_wait(struct notify *notify, uint64_t node, struct op *op);

/*
 * Runs `run` on a worker, which may call notify_store; not beside another of the same node. When
 * the workers end before that, it is called with is_dropped, on some thread. Returns 0, or -ENOMEM
 * and `run` is not called. Any thread, any lock.
 */
int notify_run(struct notify *notify, uint64_t node, void (*run)(void *arg, int is_dropped),
               void *arg);

/*
 * From within notify_run: stores the whole content of a file, in at most NOTIFY_PARTS parts, in the
 * page cache, so that it is read without a READ request. Returns 0; -ENOENT when the kernel does
 * not know the node; or another negative errno. While a read of the file is in flight, the kernel
 * blocks this thread until that is answered.
 */
int notify_store(struct notify *notify, uint64_t node, const struct iovec *parts, unsigned count);

#endif
