/* Running in the background, with a parent that waits until the child has said how it went. */
#ifndef TASKFS_CLI_BACKGROUND_H
#define TASKFS_CLI_BACKGROUND_H

#define BACKGROUND_CHILD (-1)

struct background {
    int pipe; /* to the parent; -1 when there is none */
};

/*
 * Opens descriptors 0 to 2 on /dev/null where they are closed: else the first socket would become
 * standard error, and messages would go into it. Called before anything else is opened. Returns 0
 * or a negative errno.
 */
int background_fill_streams(void);
void background_init(struct background *background);
/*
 * Forks. Returns BACKGROUND_CHILD in the child, which has no descriptors but the standard streams
 * and the pipe. In the parent, blocks until the child calls
 * background_ready or ends, and returns the exit status that the program should have. Called before
 * any thread is started. Logs what fails.
 */
int background_start(struct background *background);
/*
 * In the child: lets the parent end, with status 0. From now on the child leads a session of its
 * own, its standard streams are /dev/null and the log goes to syslog. Does nothing when no parent
 * waits. Any thread.
 */
void background_ready(struct background *background);

#endif
