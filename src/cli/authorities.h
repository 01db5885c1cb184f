/*
 * The certificate authorities of ca_file= or SSL_CERT_FILE, read once: a connection that is made
 * later needs no file system, which may be dead by then.
 */
#ifndef TASKFS_CLI_AUTHORITIES_H
#define TASKFS_CLI_AUTHORITIES_H

#include <stddef.h>

#define AUTHORITIES_MAX (4 << 20) /* bytes; those of a whole system are 0.2 MB */

/*
 * Gives the text of the file in `*pem`, which the caller frees. Returns 0; -EINVAL when it holds no
 * certificate in PEM (RFC 7468), or is too long; the errno of reading it; or -ENOMEM. On an error
 * `*pem` is NULL and `why` says what is wrong; `source` is who names the file, "ca_file" or a
 * variable. Blocks on the file.
 */
int authorities_load(const char *source, const char *file, char **pem, char *why, size_t why_size);

#endif
