/*
 * The process of taskfs-live, the program that speaks WebRTC: so that a flaw in its libraries
 * cannot touch the mount, the key or the files, it is a process without any of them.
 */
#ifndef TASKFS_MACHINE_PROGRAM_H
#define TASKFS_MACHINE_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

#define PROGRAM_NAME "taskfs-live"

struct program_process {
    pid_t pid; /* 0 none */
    int fd;    /* our end of its socket, which does not block; -1 none */
};

/* Finds the program: beside the running program, or in libexec/taskfs of the folder above it.
 * Writes the path of one that can be run, and returns 0; or -ENOPKG. */
int program_find(char *path, size_t size);
/*
 * Starts the program at `path`. It gets its end of the socket as descriptor 3 and no other
 * descriptor but those of /dev/null and standard error; an environment of its own; a limit on
 * memory; and no way to gain privileges. As root it gives up root itself, at first. It is
 * killed when this process, or the thread that calls this, ends. Returns 0; -ENOPKG when there is
 * no such program; or a negative errno. Does not wait for it.
 */
int program_start(const char *path, struct program_process *process);
/* Closes the socket, and kills the program if it has not ended. Waits until it has, which is soon.
 * Harmless without one. */
void program_end(struct program_process *process);

#endif
