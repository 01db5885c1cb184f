#include "download/where.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mount_table.h"

#define CONFIG_MAX (64 * 1024) /* bytes */

/* Appends a part to a simplified path, or takes one off for `..`. Returns 0, -ENAMETOOLONG, or
 * -ENOENT above the first part. */
static int append_part(char *path, const char *part, size_t len)
{
    size_t used = strlen(path);

    if (len == 2 && strncmp(part, "..", 2) == 0) {
        char *slash = strrchr(path, '/');

        if (!used)
            return -ENOENT;
        *(slash ? slash : path) = '\0';
        return 0;
    }
    if (used + len + 2 > NAME_TEXT_MAX)
        return -ENAMETOOLONG;
    if (used)
        path[used++] = '/';
    memcpy(path + used, part, len);
    path[used + len] = '\0';
    return 0;
}

static int append_parts(char *path, const char *parts)
{
    int rc = 0;

    while (!rc && *parts) {
        size_t len = strcspn(parts, "/");

        if (len)
            rc = append_part(path, parts, len);
        parts += len + (parts[len] == '/');
    }
    return rc;
}

/* The absolute path of `path`, simplified. */
static int make_absolute(const char *path, char *out)
{
    char simple[NAME_TEXT_MAX], here[PATH_MAX];
    int rc = name_simplify(path, simple, sizeof(simple)), n;

    if (rc)
        return rc;
    if (*simple == '/')
        n = snprintf(out, NAME_TEXT_MAX, "%s", simple);
    else if (!getcwd(here, sizeof(here)))
        return -errno;
    else
        n = snprintf(out, NAME_TEXT_MAX, "%s/%s", here, simple);
    return n < NAME_TEXT_MAX ? 0 : -ENAMETOOLONG;
}

/* Whether the real path `real` is in a mount; sets the mount, and what is below it. */
static int is_in_mount(struct where *where, const char *real, const char *rest)
{
    size_t len = mount_prefix(real);
    int rc;

    if (!len)
        return 0;
    snprintf(where->mount, sizeof(where->mount), "%.*s", (int)len, real);
    where->below[0] = '\0';
    rc = append_parts(where->below, real + len);
    if (!rc)
        rc = append_parts(where->below, rest);
    return rc ? rc : 1;
}

/* Resolves `path`, absolute, part by part, so that nothing below the mount is looked at. */
static int resolve(const char *path, struct where *where)
{
    char real[PATH_MAX] = "", try[NAME_TEXT_MAX + 300];

    while (*path) {
        size_t len;
        int rc;

        path += *path == '/';
        len = strcspn(path, "/");
        if (len > 255)
            return -ENAMETOOLONG;
        snprintf(try, sizeof(try), "%s/%.*s", strcmp(real, "/") ? real : "", (int)len, path);
        path += len;
        rc = is_in_mount(where, try, path);
        if (rc)
            return rc < 0 ? rc : 0;
        if (!realpath(try, real))
            return -ENOENT;
        rc = is_in_mount(where, real, path);
        if (rc)
            return rc < 0 ? rc : 0;
    }
    return -ENOENT;
}

int where_find(const char *path, struct where *where)
{
    char absolute[NAME_TEXT_MAX];
    int rc = make_absolute(path, absolute);

    where->mount[0] = where->below[0] = '\0';
    if (rc)
        return rc;
    return resolve(absolute, where);
}

/* ---- settings ---- */

/* Finds the value of a line `name=value` in the text: *value is to be freed; NULL when there is
 * none, or an empty one. Returns 0 or -ENOMEM. */
static int find_setting(const char *text, const char *name, char **value)
{
    size_t len = strlen(name);

    *value = NULL;
    while (*text) {
        size_t line = strcspn(text, "\n");

        if (line > len + 1 && strncmp(text, name, len) == 0 && text[len] == '=') {
            *value = strndup(text + len + 1, line - len - 1);
            return *value ? 0 : -ENOMEM;
        }
        text += line + (text[line] == '\n');
    }
    return 0;
}

static int take_url(const char *text, struct connection *connection, char *why, size_t why_size)
{
    char *url;
    int rc = find_setting(text, "api_url", &url);

    if (url)
        rc = connection_set_url(connection, url);
    if (rc == -EINVAL)
        snprintf(why, why_size, "the mount has '%s' as its service, which is not a URL", url);
    free(url);
    return rc;
}

static void replace(char **slot, char *value)
{
    free(*slot);
    *slot = value;
}

static int take_all(const char *text, struct connection *connection, char *why, size_t why_size)
{
    char *file, *key;
    int rc;

    snprintf(why, why_size, "out of memory");
    rc = take_url(text, connection, why, why_size);
    if (!rc)
        rc = find_setting(text, "ca_file", &file);
    if (rc)
        return rc;
    if (file) {
        replace(&connection->ca_file, file);
        connection->ca_source = "ca_file";
    }
    rc = find_setting(text, "key", &key);
    if (key && *key == '/') /* else it says where the key came from */
        replace(&connection->key_file, key);
    else
        free(key);
    return rc;
}

int where_take_settings(const char *mount, struct connection *connection, char *why,
                        size_t why_size)
{
    char path[NAME_TEXT_MAX + 32], *text = malloc(CONFIG_MAX + 1);
    int n, rc;

    snprintf(path, sizeof(path), "%s/.taskfs/config", mount);
    n = text ? file_read(path, text, CONFIG_MAX) : -ENOMEM;
    if (n < 0) {
        free(text);
        snprintf(why, why_size, "the mount at '%s' is dead (%s): 'taskfs %s' mounts it again",
                 mount, strerror(-n), mount);
        return -EINVAL;
    }
    text[n] = '\0';
    rc = take_all(text, connection, why, why_size);
    free(text);
    return rc;
}
