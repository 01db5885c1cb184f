/*
 * The API key: from the environment, else from a file. Kept here, copied into requests, and never
 * into a message.
 *
 * Source: the service's HTTP API, "Connection": INDUCTIVA_API_KEY, else ~/.inductiva/api_key, white
 * space stripped; a valid key matches ^[A-Za-z0-9._-]+$.
 */
#ifndef TASKFS_API_KEY_H
#define TASKFS_API_KEY_H

#include <pthread.h>
#include <stddef.h>

#include "base/child_process.h"

#define KEY_MAX       4096 /* bytes, without the NUL */
#define KEY_RELOAD_MS 10000

struct key {
    pthread_mutex_t lock; /* guards text */
    char text[KEY_MAX + 1];
    char file[4096]; /* where it was read from; "" when from the environment; fixed */
    struct child_process child;
};

/*
 * Reads the key: `env` (the variable's value, or NULL) if it is not empty, else `file`. Returns 0;
 * -ENOENT no key anywhere; -EINVAL it is malformed; else why the file could not be read. On an
 * error `why` says what to do. Blocks on the file.
 */
int key_load(struct key *key, const char *env, const char *file, char *why, size_t why_size);

/* Copies the key to `out` of KEY_MAX + 1 bytes. */
void key_copy(struct key *key, char *out);

/*
 * Reads the file once more; a file that holds no key changes nothing, nor does one that can't be read
 * within KEY_RELOAD_MS, of which one line is logged. Returns 1 when the key is another than `used`
 * now, else 0. Blocks meanwhile, but holds no lock; one thread at a time. The file can be on a
 * network file system that is dead: it is read by a process of its own, which is left behind if
 * nothing ends it.
 */
int key_reload(struct key *key, const char *used);
/* Where a user puts a new key: the file, or the variable's name. As long as the key. */
const char *key_place(const struct key *key);
/* Any thread: a key_reload under way ends within a tenth of a second, and later ones do nothing. */
void key_stop(struct key *key);

#endif
