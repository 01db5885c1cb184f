/*
 * Telling the kernel that it must not believe its caches any more, or what to put into them. The
 * first can wait in the kernel for readers and lookups that are being served, so it has workers of its
 * own that serve nobody. One is the rule; where it is held up at one node, another goes on with others.
 */
#ifndef TASKFS_KERNEL_NOTIFY_H
#define TASKFS_KERNEL_NOTIFY_H

#include <stddef.h>
#include <stdint.h>

struct fuse_session;
struct notify;
struct op;

/* Returns NULL when the thread can't be started. */
struct notify *notify_create(struct fuse_session *session);
/* Tells it to end; what is still to be told is dropped. It can take until the kernel answers. */
void notify_stop(struct notify *notify);
/* Whether it has ended: then notify_destroy does not block. */
int notify_is_done(struct notify *notify);
/* Stops it, joins the thread and frees it. */
void notify_destroy(struct notify *notify);

/* Soon: the content and attributes of a node; a name in a directory. Any thread, any lock. Lost
 * without memory, as the kernel forgets them by itself sooner or later; of a name that is told:
 * 0, -ENOMEM or -ENAMETOOLONG. */
void notify_node(struct notify *notify, uint64_t node);
int notify_name(struct notify *notify, uint64_t parent, const char *name);

/* From within a step: until the kernel has been told all of this node, and of names in it. 0, OP_PENDING
 * or -ENOMEM. That can take as long as whatever holds the directory or the file in the kernel. */
int notify_wait(struct notify *notify, uint64_t node, struct op *op);

/*
 * At once: puts a file's content, whole, into the kernel's cache, so that it need not ask. Only on a
 * serving thread, and only for a file that nobody has open yet: with a read of it under way, the
 * kernel would have this thread wait for it.
 */
void notify_store(struct notify *notify, uint64_t node, const void *data, size_t len);

#endif
