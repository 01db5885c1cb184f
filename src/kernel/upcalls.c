#include "kernel/upcalls.h"

#include <linux/fuse.h>
#include <string.h>

static const char *const names[UPCALL_KINDS] = {
    [0] = "OTHER",
    [FUSE_LOOKUP] = "LOOKUP",
    [FUSE_FORGET] = "FORGET",
    [FUSE_GETATTR] = "GETATTR",
    [FUSE_SETATTR] = "SETATTR",
    [FUSE_READLINK] = "READLINK",
    [FUSE_SYMLINK] = "SYMLINK",
    [FUSE_MKNOD] = "MKNOD",
    [FUSE_MKDIR] = "MKDIR",
    [FUSE_UNLINK] = "UNLINK",
    [FUSE_RMDIR] = "RMDIR",
    [FUSE_RENAME] = "RENAME",
    [FUSE_LINK] = "LINK",
    [FUSE_OPEN] = "OPEN",
    [FUSE_READ] = "READ",
    [FUSE_WRITE] = "WRITE",
    [FUSE_STATFS] = "STATFS",
    [FUSE_RELEASE] = "RELEASE",
    [FUSE_FSYNC] = "FSYNC",
    [FUSE_SETXATTR] = "SETXATTR",
    [FUSE_GETXATTR] = "GETXATTR",
    [FUSE_LISTXATTR] = "LISTXATTR",
    [FUSE_REMOVEXATTR] = "REMOVEXATTR",
    [FUSE_FLUSH] = "FLUSH",
    [FUSE_INIT] = "INIT",
    [FUSE_OPENDIR] = "OPENDIR",
    [FUSE_READDIR] = "READDIR",
    [FUSE_RELEASEDIR] = "RELEASEDIR",
    [FUSE_FSYNCDIR] = "FSYNCDIR",
    [FUSE_ACCESS] = "ACCESS",
    [FUSE_CREATE] = "CREATE",
    [FUSE_INTERRUPT] = "INTERRUPT",
    [FUSE_IOCTL] = "IOCTL",
    [FUSE_POLL] = "POLL",
    [FUSE_BATCH_FORGET] = "BATCH_FORGET",
    [FUSE_READDIRPLUS] = "READDIRPLUS",
    [FUSE_RENAME2] = "RENAME2",
    [FUSE_LSEEK] = "LSEEK",
};

const char *upcall_name(uint32_t opcode)
{
    return opcode < UPCALL_KINDS ? names[opcode] : NULL;
}

void upcalls_note(struct upcalls *upcalls, const void *bytes, size_t len)
{
    struct fuse_in_header head;
    uint32_t kind;

    if (len < sizeof(head))
        return;
    memcpy(&head, bytes, sizeof(head));
    kind = upcall_name(head.opcode) ? head.opcode : 0;
    atomic_fetch_add_explicit(&upcalls->counts[kind], 1, memory_order_relaxed);
}

uint64_t upcalls_get(const struct upcalls *upcalls, unsigned kind)
{
    return atomic_load_explicit(&upcalls->counts[kind], memory_order_relaxed);
}
