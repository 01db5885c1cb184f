/*
 * A small strict layer over json-c: parse a whole text, then read typed fields of it.
 *
 * There are two kinds of getters. json_need_* requires the field to be there and of its type, else
 * returns -EPROTO with a reason that names it. json_take_* takes a field that is missing, null or
 * of no use as unknown. Every getter accepts a NULL object, in which every field is missing.
 */
#ifndef TASKFS_API_JSON_H
#define TASKFS_API_JSON_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX      32     /* containers around a value */
#define JSON_NUMBER_UNKNOWN (-1.0) /* of json_take_number, whose numbers are never negative */

/* Where a reason is written to, and the path of the object that it is about: "tasks[3]." or "". */
struct json_where {
    char *why;
    size_t why_size;
    char path[48];
};

/* Returns one with an empty path, and sets `why` to "". `why_size` > 0. */
struct json_where json_where(char *why, size_t why_size);
/* Writes the reason: the path, `field`, a space, `problem`. Returns -EPROTO. */
int json_refuse(const struct json_where *where, const char *field, const char *problem);

/*
 * Parses one JSON value (RFC 8259) that fills `text`, apart from white space. Returns 0 with the
 * value in *root, which the caller gives to json_object_put (NULL for the value null); -ENOMEM; or
 * -EPROTO with a reason: it is not JSON, has bytes after the value or a NUL, is nested deeper than
 * JSON_DEPTH_MAX, or has over INT_MAX bytes.
 */
int json_parse(const char *text, size_t len, struct json_object **root,
               const struct json_where *where);

/* Returns the field, which belongs to `object`; NULL when `object` is not an object, or the field
 * is missing or of another type. */
struct json_object *json_take(struct json_object *object, const char *key, enum json_type type);

/* A string that is not empty and has no NUL. Returns 0 with a copy in *out, which the caller frees;
 * -ENOMEM or -EPROTO. */
int json_need_string(struct json_object *object, const char *key, const struct json_where *where,
                     char **out);
int json_need_bool(struct json_object *object, const char *key, const struct json_where *where,
                   int *out);
/* An integer from 0 to INT64_MAX. */
int json_need_count(struct json_object *object, const char *key, const struct json_where *where,
                    uint64_t *out);

/* Returns 0 with a copy in *out, which the caller frees; NULL when it is unknown, empty or has a
 * NUL. Or -ENOMEM. */
int json_take_string(struct json_object *object, const char *key, char **out);
/* Returns a number from 0 to 1e18, or JSON_NUMBER_UNKNOWN. */
double json_take_number(struct json_object *object, const char *key);
/* Returns the time of an ISO 8601 string in ns since 1970 UTC, or TIME_UNKNOWN. */
int64_t json_take_time(struct json_object *object, const char *key);

static inline void json_cleanup(struct json_object **object)
{
    json_object_put(*object);
}
#define JSON_SCOPED __attribute__((cleanup(json_cleanup))) struct json_object

#endif
