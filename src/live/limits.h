/* What the process may do at most. Should a flaw in one of the libraries be used, it is little. */
#ifndef TASKFS_LIVE_LIMITS_H
#define TASKFS_LIVE_LIMITS_H

/* Opens standard streams that are closed, and closes all descriptors above the mount's socket;
 * bounds memory and descriptors; no core files, no new privileges by programs that are run;
 * enters the sandbox; as root, becomes `nobody`. Returns 0, or -errno when privileges could not be
 * given up. */
int limits_set(void);

#endif
