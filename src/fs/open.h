/* What the kernel has open of an archive. */
#ifndef TASKFS_FS_OPEN_H
#define TASKFS_FS_OPEN_H

#include <fuse_lowlevel.h>

#include "archive/archive.h"
#include "kernel/handles.h"

struct open_file {
    struct handle handle;
    struct archive *archive;   /* holds a reference */
    struct zip_member *member; /* NULL: the archive itself */
};

/* The handle behind an open file; NULL for files that need none. */
static inline struct handle *open_handle(const struct fuse_file_info *fi)
{
    return (struct handle *)(uintptr_t)fi->fh;
}

/* Of a file in an archive. */
static inline struct open_file *open_file_of(const struct fuse_file_info *fi)
{
    return container_of(open_handle(fi), struct open_file, handle);
}

#endif
