#include "base/mount_table.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

#define TABLE "/proc/self/mountinfo"

extern char **environ;

struct entry {
    const char *mount, *device, *path, *type, *options;
};

/* Called for each entry in the table's order: of two at one path, the later one is on top. */
typedef void visit_fn(void *arg, const struct entry *entry);

/* Undoes the octal escapes, in place. */
static void unescape(char *text)
{
    char *to = text;

    for (; *text; text++) {
        if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] >= '0' &&
            text[2] <= '7' && text[3] >= '0' && text[3] <= '7') {
            *to++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
            text += 3;
        } else {
            *to++ = *text;
        }
    }
    *to = '\0';
}

/* `mount parent device root path options ... - type source options`; the line is modified. */
static int parse_entry(char *line, struct entry *entry)
{
    char *fields[5], *at = line, *type, *options;

    for (int i = 0; i < 5; i++) {
        fields[i] = at;
        at = strchr(at, ' ');
        if (!at)
            return -EINVAL;
        *at++ = '\0';
    }
    type = strstr(at, " - ");
    if (!type)
        return -EINVAL;
    type += 3;
    options = strchr(type, ' ');
    if (!options)
        return -EINVAL;
    *options++ = '\0';
    unescape(fields[4]);
    *entry = (struct entry){.mount = fields[0],
                            .device = fields[2],
                            .path = fields[4],
                            .type = type,
                            .options = options};
    return 0;
}

static int walk_table(visit_fn *visit, void *arg)
{
    FILE *file = fopen(TABLE, "re");
    struct entry entry;
    char *line = NULL;
    size_t size = 0;

    if (!file)
        return -errno;
    while (getline(&line, &size, file) > 0)
        if (!parse_entry(line, &entry))
            visit(arg, &entry);
    free(line);
    fclose(file);
    return 0;
}

static int is_taskfs(const struct entry *entry)
{
    return strcmp(entry->type, "fuse.taskfs") == 0;
}

static int is_of_user(const struct entry *entry)
{
    const char *user = is_taskfs(entry) ? strstr(entry->options, "user_id=") : NULL;

    return user && strtoul(user + 8, NULL, 10) == getuid();
}

struct search {
    const char *path;
    int found;
};

static void see_ours(void *arg, const struct entry *entry)
{
    struct search *search = arg;

    /* Only the topmost mount answers at a path. */
    if (strcmp(entry->path, search->path) == 0)
        search->found = is_of_user(entry) || (is_taskfs(entry) && getuid() == 0);
}

int mount_is_ours(const char *path)
{
    struct search search = {.path = path};

    walk_table(see_ours, &search);
    return search.found;
}

static int is_below(const char *path, const char *mount)
{
    size_t len = strlen(mount);

    if (strcmp(mount, "/") == 0)
        return 1;
    return strncmp(path, mount, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

struct holder {
    const char *path;
    size_t len; /* of the longest mount point above the path */
    int is_taskfs;
};

static void see_holder(void *arg, const struct entry *entry)
{
    struct holder *holder = arg;
    size_t len = strlen(entry->path);

    if (len < holder->len || !is_below(holder->path, entry->path))
        return;
    holder->len = len;
    holder->is_taskfs = is_taskfs(entry);
}

int mount_holds(const char *path)
{
    struct holder holder = {.path = path};

    walk_table(see_holder, &holder);
    return holder.is_taskfs;
}

size_t mount_prefix(const char *path)
{
    struct holder holder = {.path = path};

    walk_table(see_holder, &holder);
    return holder.is_taskfs ? holder.len : 0;
}

struct choice {
    char *path;
    size_t size;
    unsigned count;
};

static void see_users(void *arg, const struct entry *entry)
{
    struct choice *choice = arg;

    if (!is_of_user(entry))
        return;
    choice->count++;
    snprintf(choice->path, choice->size, "%s", entry->path);
}

unsigned mount_of_user(char *path, size_t size)
{
    struct choice choice = {.path = path, .size = size};

    walk_table(see_users, &choice);
    return choice.count;
}

struct identity {
    const char *path;
    struct mount_id *id;
};

static void see_path(void *arg, const struct entry *entry)
{
    const struct identity *identity = arg;
    struct mount_id *id = identity->id;

    if (strcmp(entry->path, identity->path) != 0 || !is_taskfs(entry))
        return;
    snprintf(id->mount, sizeof(id->mount), "%s", entry->mount);
    snprintf(id->device, sizeof(id->device), "%s", entry->device);
}

void mount_identify(const char *path, struct mount_id *id)
{
    struct identity identity = {.path = path, .id = id};

    memset(id, 0, sizeof(*id));
    walk_table(see_path, &identity);
}

struct place {
    const struct mount_id *id;
    char *path;
    size_t size;
    int rc;
};

static void see_id(void *arg, const struct entry *entry)
{
    struct place *place = arg;

    if (place->rc != -ENOENT) {
        if (place->rc == 0 && strcmp(entry->path, place->path) == 0)
            place->rc = -EBUSY;
        return;
    }
    if (strcmp(entry->mount, place->id->mount) != 0 ||
        strcmp(entry->device, place->id->device) != 0)
        return;
    place->rc = snprintf(place->path, place->size, "%s", entry->path) >= (int)place->size
                    ? -ENAMETOOLONG
                    : 0;
}

int mount_find(const struct mount_id *id, char *path, size_t size)
{
    struct place place = {.id = id, .path = path, .size = size, .rc = -ENOENT};
    int rc = walk_table(see_id, &place);

    return rc ? rc : place.rc;
}

void mount_abort(const struct mount_id *id)
{
    const char *minor = strchr(id->device, ':');
    char path[64];
    int fd;

    if (!minor)
        return;
    snprintf(path, sizeof(path), "/sys/fs/fuse/connections/%s/abort", minor + 1);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (write(fd, "1", 1) < 0)
        log_warn("cannot abort the connection of the mount: %s", strerror(errno));
    close(fd);
}

int mount_detach(const char *path)
{
    const char *argv[] = {"fusermount3", "-u", "-z", "-q", "--", path, NULL};
    int status;
    pid_t pid;

    if (geteuid() == 0)
        return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) ? -errno : 0;
    if (posix_spawnp(&pid, argv[0], NULL, NULL, (char *const *)argv, environ))
        return -EIO;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -EIO;
    return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}
