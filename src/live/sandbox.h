/*
 * What the process may reach at most, by Landlock (Linux 5.13 and newer): should a flaw in a
 * library be used, the user's files, the API key among them, are out of reach.
 */
#ifndef TASKFS_LIVE_SANDBOX_H
#define TASKFS_LIVE_SANDBOX_H

/*
 * From now on the process can open files in /etc, /usr and what the resolver of names needs, for
 * reading, and no other; it can write, make, remove and run nothing. It can trace no other process.
 * Where the kernel knows these restrictions too, it can use no TCP but that of name servers, and
 * send no signal and connect to no abstract socket of others.
 *
 * The kernel requires PR_SET_NO_NEW_PRIVS first. Called before there are threads. Returns 0, also
 * when the kernel has no Landlock, or a negative errno.
 */
int sandbox_enter(void);

#endif
