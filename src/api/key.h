/*
 * The API key, from the environment or else from a file. It is copied into requests, and never into
 * a message.
 *
 * Source: the service's HTTP API, "Connection": INDUCTIVA_API_KEY, else ~/.inductiva/api_key, white
 * space stripped; a valid key matches ^[A-Za-z0-9._-]+$.
 */
#ifndef TASKFS_API_KEY_H
#define TASKFS_API_KEY_H

#include <pthread.h>
#include <stddef.h>

#include "base/child_process.h"

#define KEY_MAX       4096  /* bytes, without the NUL */
#define KEY_RELOAD_MS 10000 /* within which the file must have been read again */

struct key {
    pthread_mutex_t lock; /* guards text */
    char text[KEY_MAX + 1];
    char file[4096]; /* that it was read from; "" when from the environment; fixed */
    struct child_process child;
};

/*
 * Reads the key: takes `env` (the variable's value, or NULL) unless it is empty, else reads `file`
 * (may be NULL). Returns 0; -ENOENT: there is no key; -EINVAL: it is malformed; or the errno of
 * reading the file. On an error, `why` says in words what to do. Blocks on the file.
 */
int key_load(struct key *key, const char *env, const char *file, char *why, size_t why_size);

/* Copies the key to `out`, which has KEY_MAX + 1 bytes. Any thread. */
void key_copy(struct key *key, char *out);

/*
 * Reads the file again. The key stays as it is when the file holds no valid key, or cannot be read
 * within KEY_RELOAD_MS, which is logged in one line. Returns 1 when the key now differs from
 * `used`, else 0. Blocks, but holds no lock; one thread at a time. As the file can be on a network
 * file system that hangs, a child process reads it, which is left behind if it cannot be killed.
 */
int key_reload(struct key *key, const char *used);
/* Returns where a user can put another key: the path of the file, or the name of the variable.
 * Valid as long as `key`. */
const char *key_place(const struct key *key);
/* Any thread: has a key_reload in progress end within a tenth of a second, and later ones do
 * nothing. */
void key_stop(struct key *key);

#endif
