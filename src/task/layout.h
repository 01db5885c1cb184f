/* The names in a task's directory, and what each of them is. */
#ifndef TASKFS_TASK_LAYOUT_H
#define TASKFS_TASK_LAYOUT_H

#include <stdint.h>

/* The archives of a task. */
enum archive_kind { ARCHIVE_OUTPUT, ARCHIVE_INPUT, ARCHIVE_KINDS };

/* The folder of each archive whose contents are shown, if the archive has it. */
extern const char *const archive_folders[ARCHIVE_KINDS];

/* The files that are text. */
enum task_text {
    TEXT_STATUS,
    TEXT_MACHINE_TYPE,
    TEXT_COMPUTATION_TIME,
    TEXT_INFO,
    TEXT_TASK_JSON,
    TEXT_OUTPUTS_INFO,
    TEXT_CTL_ERROR,
    TEXT_TOP,
    TEXT_KINDS,
};

/* The index of each place in a task: with the number of its identity, it names the place. */
enum {
    FILE_TASK_DIR = 1,
    FILE_CTL,
    FILE_OUTPUTS,
    FILE_INPUTS,
    FILE_LIVE,
    FILE_LIVE_WHY,
    FILE_TEXT_FIRST = 16, /* + enum task_text */
};

enum file_kind { FILE_KIND_TEXT, FILE_KIND_CTL, FILE_KIND_TREE, FILE_KIND_ZIP, FILE_KIND_LIVE };

struct file_name {
    const char *name;
    enum file_kind kind;
    uint32_t index;            /* 0 for an archive as a file, which has an identity of its own */
    enum archive_kind archive; /* of trees and zips */
    int is_listed;
};

/* All of them, in the order of a listing. The last one has a NULL name. */
extern const struct file_name file_names[];

/* Returns NULL when no file has this name. */
const struct file_name *file_find(const char *name);

/* The index of the directory that shows an archive. */
static inline uint32_t file_of_archive(enum archive_kind kind)
{
    return kind == ARCHIVE_OUTPUT ? FILE_OUTPUTS : FILE_INPUTS;
}

/* The text that reading ctl gives. */
extern const char ctl_help[];

#endif
