/* The compression methods of members that can be read. */
#ifndef TASKFS_MEMBER_METHODS_H
#define TASKFS_MEMBER_METHODS_H

#include "base/buf.h"

/* Appends two lines: the methods that are decoded here, and those that the system's libzip decodes,
 * with its version. */
void methods_describe(struct buf *out);

#endif
