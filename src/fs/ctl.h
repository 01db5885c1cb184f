/* What the kernel has open of a ctl for writing. */
#ifndef TASKFS_FS_CTL_H
#define TASKFS_FS_CTL_H

#include "kernel/handles.h"

/* A handle for one open; NULL without memory. The caller registers it with handle_open. */
struct handle *ctl_handle_new(void);

#endif
