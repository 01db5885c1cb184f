/* Going on in the background, with the parent waiting until there is something to say. */
#ifndef TASKFS_CLI_BACKGROUND_H
#define TASKFS_CLI_BACKGROUND_H

#define BACKGROUND_CHILD (-1)

struct background {
    int pipe; /* to the parent; -1 when there is none */
};

/*
 * Sees to it that descriptors 0 to 2 are open, if only on /dev/null: else the first socket becomes
 * standard error, and messages go into it. Before anything else is opened. Returns 0 or a negative
 * errno.
 */
int background_fill_streams(void);
void background_init(struct background *background);
/*
 * Forks. In the child: returns BACKGROUND_CHILD. In the parent: blocks until the child calls
 * background_ready or ends, and returns the exit status that the program should have. Before any
 * thread is started. Logs what fails.
 */
int background_start(struct background *background);
/* In the child: the parent may end, with status 0. From now on the child leads a session of its own,
 * standard streams are closed and the log goes to syslog. Does nothing when there is no parent that
 * waits. Any thread. */
void background_ready(struct background *background);

#endif
