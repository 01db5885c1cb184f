/* The answer of /storage/zip-contents. */
#include "zip_contents.h"

#include "json_util.h"
#include "zip_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void set_dos_time(struct json_object *item, const struct zip_entry *entry)
{
    char text[40];

    if ((entry->dos_date & 31) == 0 || (entry->dos_date >> 5 & 15) == 0) {
        json_set_null(item, "creation_time");
        return;
    }
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d", 1980 + (entry->dos_date >> 9),
             entry->dos_date >> 5 & 15, entry->dos_date & 31, entry->dos_time >> 11,
             entry->dos_time >> 5 & 63, (entry->dos_time & 31) * 2);
    json_set_string(item, "creation_time", text);
}

static int add_entry(struct json_object *contents, int fd, const struct zip_entry *entry,
                     size_t prefix)
{
    struct json_object *item;
    uint64_t offset;
    int rc = zip_data_offset(fd, entry, &offset);

    if (rc < 0)
        return rc;
    item = json_object_new_object();
    json_object_object_add(
        item, "name",
        json_object_new_string_len(entry->name + prefix, (int)(entry->name_len - prefix)));
    json_object_object_add(item, "size", json_object_new_uint64(entry->size));
    json_object_object_add(item, "compressed_size", json_object_new_uint64(entry->compressed_size));
    json_object_object_add(item, "range_start", json_object_new_uint64(offset));
    set_dos_time(item, entry);
    json_set_int(item, "compress_type", entry->method);
    json_object_array_add(contents, item);
    return 0;
}

/* Adds a subfolder, unless an earlier entry has added it. */
static void add_folder(struct json_object *contents, struct json_object *known, const char *name,
                       size_t length)
{
    static const char *const nulls[] = {"size", "compressed_size", "range_start", "creation_time",
                                        "compress_type"};
    struct json_object *item = json_object_new_object();
    struct json_object *text = json_object_new_string_len(name, (int)length);

    json_object_object_add(item, "name", text);
    for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
        json_set_null(item, nulls[i]);
    if (json_has(known, json_object_get_string(text))) {
        json_object_put(item);
        return;
    }
    json_set_null(known, json_object_get_string(text));
    json_object_array_add(contents, item);
}

/* Returns true when an entry is in a folder; prefix is the folder's length with its slash. */
static bool is_below(const struct zip_entry *entry, const char *folder, size_t prefix)
{
    if (prefix == 0)
        return entry->name_len > 0;
    return entry->name_len > prefix && memcmp(entry->name, folder, prefix - 1) == 0 &&
           entry->name[prefix - 1] == '/';
}

static int list_entries(struct json_object *contents, int fd, const struct zip_directory *directory,
                        const char *folder, bool recursive)
{
    struct json_object *known = json_object_new_object();
    size_t length = strlen(folder);
    size_t prefix = length > 0 && folder[length - 1] != '/' ? length + 1 : length;
    struct zip_entry entry;
    size_t position = 0;
    int rc;

    while ((rc = zip_directory_next(directory, &position, &entry)) > 0) {
        const char *rest = entry.name + prefix;
        const char *slash;

        if (!is_below(&entry, folder, prefix))
            continue;
        slash = memchr(rest, '/', entry.name_len - prefix);
        if (slash && !recursive)
            add_folder(contents, known, rest, (size_t)(slash - rest) + 1);
        else if (entry.name[entry.name_len - 1] != '/')
            rc = add_entry(contents, fd, &entry, prefix);
        if (rc < 0)
            break;
    }
    json_object_put(known);
    return rc;
}

int zip_contents(const char *file, const char *folder, bool recursive, char **text)
{
    struct json_object *answer, *contents;
    struct zip_directory directory;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    int rc;

    if (fd < 0)
        return -errno;
    rc = zip_directory_read(fd, &directory);
    if (rc < 0) {
        close(fd);
        return rc;
    }
    answer = json_object_new_object();
    contents = json_object_new_array();
    json_object_object_add(answer, "size", json_object_new_uint64(directory.file_size));
    json_object_object_add(answer, "contents", contents);
    rc = list_entries(contents, fd, &directory, folder, recursive);
    if (rc == 0) {
        *text = json_text(answer);
        rc = *text ? 0 : -ENOMEM;
    }
    json_object_put(answer);
    zip_directory_free(&directory);
    close(fd);
    return rc;
}
