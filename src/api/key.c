#include "api/key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/lock.h"
#include "base/log.h"

static int key_is_valid(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._-";

    return text[0] && strspn(text, allowed) == strlen(text);
}

static void strip_space(char *text)
{
    static const char space[] = " \t\r\n\v\f";
    size_t start = strspn(text, space), len = strlen(text);

    while (len > start && strchr(space, text[len - 1]))
        len--;
    memmove(text, text + start, len - start);
    text[len - start] = '\0';
}

/* Work for a child process. */
static int read_key_in_child(void *path, char *out, size_t size)
{
    return file_read(path, out, size);
}

/* Makes a key of `n` bytes that were read into `out`, which has KEY_MAX + 2; `n` < 0 is an
 * error. */
static int key_from_bytes(char *out, int n)
{
    if (n < 0)
        return n;
    if (n > KEY_MAX || memchr(out, '\0', (size_t)n))
        return -EINVAL;
    out[n] = '\0';
    strip_space(out);
    return key_is_valid(out) ? 0 : -EINVAL;
}

static int read_key_file(const char *path, char *out)
{
    return key_from_bytes(out, file_read(path, out, KEY_MAX + 1));
}

static int key_load_from_env(struct key *key, const char *env, char *why, size_t why_size)
{
    if (strlen(env) <= KEY_MAX) {
        strcpy(key->text, env);
        strip_space(key->text);
        if (key_is_valid(key->text))
            return 0;
    }
    snprintf(why, why_size,
             "the key in INDUCTIVA_API_KEY is malformed: it may have letters, digits, '.', '_' and "
             "'-' only");
    return -EINVAL;
}

int key_load(struct key *key, const char *env, const char *file, char *why, size_t why_size)
{
    char text[KEY_MAX + 2];
    int rc;

    memset(key, 0, sizeof(*key));
    pthread_mutex_init(&key->lock, NULL);
    if (env && *env)
        return key_load_from_env(key, env, why, why_size);
    if (!file) {
        snprintf(why, why_size,
                 "no API key: copy the key from your account page in the service's "
                 "console, and set INDUCTIVA_API_KEY");
        return -ENOENT;
    }
    snprintf(key->file, sizeof(key->file), "%s", file);
    rc = read_key_file(file, text);
    if (!rc)
        strcpy(key->text, text);
    explicit_bzero(text, sizeof(text));
    if (rc == -ENOENT || rc == -ENOTDIR)
        snprintf(
            why, why_size,
            "no API key: copy the key from your account page in the service's console, and set "
            "INDUCTIVA_API_KEY or put it into '%s'",
            file);
    else if (rc == -EINVAL)
        snprintf(why, why_size,
                 "the key in '%s' is malformed: it may have letters, digits, '.', '_' and '-' only",
                 file);
    else if (rc)
        snprintf(why, why_size, "cannot read the API key from '%s': %s", file, strerror(-rc));
    return rc;
}

void key_copy(struct key *key, char *out)
{
    LOCKED(&key->lock);
    strcpy(out, key->text);
}

int key_reload(struct key *key, const char *used)
{
    char text[KEY_MAX + 2];
    int rc = -ENOENT;

    if (key->file[0])
        rc = child_process_run(&key->child, read_key_in_child, key->file, text, KEY_MAX + 1,
                               KEY_RELOAD_MS);
    if (rc == -ETIMEDOUT)
        log_error("cannot read the API key from '%s' again: nothing came for %d s", key->file,
                  KEY_RELOAD_MS / 1000);
    rc = key_from_bytes(text, rc);

    LOCKED(&key->lock);
    if (!rc)
        strcpy(key->text, text);
    explicit_bzero(text, sizeof(text));
    return strcmp(key->text, used) != 0;
}

const char *key_place(const struct key *key)
{
    return key->file[0] ? key->file : "INDUCTIVA_API_KEY";
}

void key_stop(struct key *key)
{
    child_process_stop(&key->child);
}
