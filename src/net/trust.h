/*
 * The certificate authorities that connections trust. libcurl keeps what it has parsed for all
 * connections only when it is one file alone: a text in memory, or a directory beside the file, it
 * goes through for each connection, which takes many times as long as the handshake.
 */
#ifndef TASKFS_NET_TRUST_H
#define TASKFS_NET_TRUST_H

#include <curl/curl.h>

struct trust {
    int fd;                /* of a file in memory; -1 none */
    char path[32];         /* the file's */
    const char *pem;       /* the file has it; it is used where the file cannot be. NULL none */
    const char *directory; /* NULL: not given */
    int is_one_file;       /* libcurl has all of them in a file, and needs no directory */
};

/*
 * `pem` has authorities besides those of the system, or in their place where libcurl knows no
 * directory of them; NULL none. `directory` replaces the system's one; NULL none. Both are
 * borrowed. Blocks on the system's file. Returns 0 or -ENOMEM.
 */
int trust_init(struct trust *trust, const char *pem, const char *directory);
void trust_free(struct trust *trust);
/* Has a transfer use them. Returns 0 or -ENOMEM. */
int trust_set(const struct trust *trust, CURL *easy);

#endif
