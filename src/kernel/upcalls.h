/* How often the kernel has asked for what: the requests that were read from /dev/fuse, by kind. */
#ifndef TASKFS_KERNEL_UPCALLS_H
#define TASKFS_KERNEL_UPCALLS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define UPCALL_KINDS 64u /* opcodes of linux/fuse.h; all others are counted as kind 0 */

/* All zero at first. */
struct upcalls {
    _Atomic uint64_t counts[UPCALL_KINDS];
};

/* Counts a request of `len` bytes as it was read (linux/fuse.h). Any thread. */
void upcalls_note(struct upcalls *upcalls, const void *bytes, size_t len);
/* How many requests there were of this kind, below UPCALL_KINDS. Any thread. */
uint64_t upcalls_get(const struct upcalls *upcalls, unsigned kind);

/* The name of an opcode as linux/fuse.h has it, without its prefix; "OTHER" for kind 0; NULL for
 * those that have none here. */
const char *upcall_name(uint32_t opcode);

#endif
