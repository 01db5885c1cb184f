/*
 * The certificate authorities of ca_file=, read once: a connection made later asks no file system,
 * which may be dead by then.
 */
#ifndef TASKFS_CLI_AUTHORITIES_H
#define TASKFS_CLI_AUTHORITIES_H

#include <stddef.h>

#define AUTHORITIES_MAX (4 << 20) /* bytes; those of a whole system are 0.2 MB */

/*
 * Gives the text of the file in `*pem`, which the caller frees. Returns 0; -EINVAL it holds no certificate
 * in PEM (RFC 7468), or is too long; else why it could not be read, or -ENOMEM. On an error `why` says
 * so. Blocks on the file.
 */
int authorities_load(const char *file, char **pem, char *why, size_t why_size);

#endif
