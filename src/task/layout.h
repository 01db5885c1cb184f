/* The names in the tree, and the indices of their nodes. */
#ifndef TASKFS_TASK_LAYOUT_H
#define TASKFS_TASK_LAYOUT_H

#include <stdint.h>

#include "task/tasks.h"

/* Indices in a task's group. Texts have node ids of their own (snapshots); theirs here are for
 * st_ino. */
enum {
    FILE_TASK_DIR = 1,
    FILE_CTL,
    FILE_OUTPUTS,
    FILE_INPUTS,
    FILE_TEXT_FIRST = 16, /* + enum task_text */
};

/* What a name in a task's directory stands for. */
enum file_kind { FILE_KIND_TEXT, FILE_KIND_CTL, FILE_KIND_TREE, FILE_KIND_ZIP };

struct file_name {
    const char *name;
    enum file_kind kind;
    uint32_t index; /* of the node, or of the text's st_ino */
    int archive;    /* ARCHIVE_OUTPUT or ARCHIVE_INPUT, of trees and zips */
    int is_listed;
};

/* All of them, in the order of a listing; ends with a NULL name. */
extern const struct file_name file_names[];

/* NULL when there is none of this name. */
const struct file_name *file_find(const char *name);

/* The text that reading ctl gives. */
extern const char ctl_help[];

#endif
