#include "api/key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/lock.h"

static int is_valid(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._-";

    return text[0] && strspn(text, allowed) == strlen(text);
}

static void strip(char *text)
{
    static const char space[] = " \t\r\n\v\f";
    size_t start = strspn(text, space), len = strlen(text);

    while (len > start && strchr(space, text[len - 1]))
        len--;
    memmove(text, text + start, len - start);
    text[len - start] = '\0';
}

static int read_file(const char *path, char *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t used = 0;
    ssize_t n;

    if (fd < 0)
        return -errno;
    while ((n = read(fd, out + used, KEY_MAX + 1 - used)) > 0)
        used += (size_t)n;
    if (n < 0) {
        int error = -errno;

        close(fd);
        return error;
    }
    close(fd);
    if (used > KEY_MAX || memchr(out, '\0', used))
        return -EINVAL;
    out[used] = '\0';
    strip(out);
    return is_valid(out) ? 0 : -EINVAL;
}

static int load_from_env(struct key *key, const char *env, char *why, size_t why_size)
{
    if (strlen(env) <= KEY_MAX) {
        strcpy(key->text, env);
        strip(key->text);
        if (is_valid(key->text))
            return 0;
    }
    snprintf(why, why_size,
             "the key in INDUCTIVA_API_KEY is malformed: it may have letters, digits, '.', '_' and "
             "'-' only");
    return -EINVAL;
}

int key_load(struct key *key, const char *env, const char *file, char *why, size_t why_size)
{
    int rc;

    memset(key, 0, sizeof(*key));
    pthread_mutex_init(&key->lock, NULL);
    if (env && *env)
        return load_from_env(key, env, why, why_size);
    if (!file) {
        snprintf(why, why_size, "no API key: set INDUCTIVA_API_KEY");
        return -ENOENT;
    }
    snprintf(key->file, sizeof(key->file), "%s", file);
    rc = read_file(file, key->text);
    if (rc == -ENOENT || rc == -ENOTDIR)
        snprintf(why, why_size,
                 "no API key: set INDUCTIVA_API_KEY, or put the key of your account page into '%s'",
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
    int is_new = key->file[0] && !read_file(key->file, text);

    LOCKED(&key->lock);
    if (is_new)
        strcpy(key->text, text);
    explicit_bzero(text, sizeof(text));
    return strcmp(key->text, used) != 0;
}
