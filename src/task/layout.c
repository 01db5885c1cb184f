#include "task/layout.h"

#include <stddef.h>
#include <string.h>

const char *const archive_folders[ARCHIVE_KINDS] = {
    [ARCHIVE_OUTPUT] = "artifacts", [ARCHIVE_INPUT] = "sim_dir"};

#define TEXT(name, kind)                                     \
    {                                                        \
        name, FILE_KIND_TEXT, FILE_TEXT_FIRST + (kind), 0, 1 \
    }

const struct file_name file_names[] = {
    TEXT("status", TEXT_STATUS),
    TEXT("machine_type", TEXT_MACHINE_TYPE),
    TEXT("computation_time", TEXT_COMPUTATION_TIME),
    TEXT("info", TEXT_INFO),
    TEXT("task.json", TEXT_TASK_JSON),
    TEXT("outputs_info", TEXT_OUTPUTS_INFO),
    {"ctl", FILE_KIND_CTL, FILE_CTL, 0, 1},
    TEXT("ctl_error", TEXT_CTL_ERROR),
    {"outputs", FILE_KIND_TREE, FILE_OUTPUTS, ARCHIVE_OUTPUT, 1},
    {"inputs", FILE_KIND_TREE, FILE_INPUTS, ARCHIVE_INPUT, 1},
    {"output.zip", FILE_KIND_ZIP, 0, ARCHIVE_OUTPUT, 0},
    {"input.zip", FILE_KIND_ZIP, 0, ARCHIVE_INPUT, 0},
    {"live", FILE_KIND_LIVE, FILE_LIVE, 0, 0},
    {"top", FILE_KIND_TEXT, FILE_TEXT_FIRST + TEXT_TOP, 0, 0},
    {NULL, FILE_KIND_TEXT, 0, 0, 0},
};

const struct file_name *file_find(const char *name)
{
    for (const struct file_name *file = file_names; file->name; file++)
        if (strcmp(file->name, name) == 0)
            return file;
    return NULL;
}

const char ctl_help[] =
    "kill           ask the service to kill the task\n"
    "kill SECONDS   the same, and wait at most SECONDS until it is no longer pending\n"
    "wait           return when the task has come to its end\n"
    "wait SECONDS   the same, but at most SECONDS\n"
    "refresh        forget what is cached about this task\n"
    "\n"
    "Write one verb a line: echo kill > ctl. When a write fails, ctl_error says why.\n";
