/*
 * A small strict layer over json-c: parse a whole text, then take typed fields out of it.
 *
 * Two kinds of getters. json_need_*: the field must be there and of its type, else -EPROTO and a
 * reason that names it. json_take_*: a field that is missing, null or makes no sense is unknown.
 * Every getter takes a NULL object, on which nothing is known.
 */
#ifndef TASKFS_API_JSON_H
#define TASKFS_API_JSON_H

#include <json-c/json.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX      32     /* containers around a value */
#define JSON_NUMBER_UNKNOWN (-1.0) /* of json_take_number, whose numbers are never negative */

/* Where a reason goes, and the path of the object it speaks of: "tasks[3]." or "". */
struct json_where {
    char *why;
    size_t why_size;
    char path[48];
};

/* An empty path; `why` becomes "". `why_size` > 0. */
struct json_where json_where(char *why, size_t why_size);
/* Writes "PATH" "FIELD PROBLEM" as the reason; returns -EPROTO. */
int json_refuse(const struct json_where *where, const char *field, const char *problem);

/*
 * Parses one JSON value (RFC 8259) that fills `text`, white space aside. Returns 0, and *root is
 * the caller's, to be given to json_object_put (NULL for the value null); -ENOMEM; -EPROTO with a
 * reason: no JSON, bytes after it, a NUL, deeper than JSON_DEPTH_MAX, over INT_MAX bytes.
 */
int json_parse(const char *text, size_t len, struct json_object **root,
               const struct json_where *where);

/* Borrowed from `object`; NULL when it is no object, or the field is missing or of another type. */
struct json_object *json_take(struct json_object *object, const char *key, enum json_type type);

/* A string that is not empty and holds no NUL; *out is the caller's. 0, -ENOMEM or -EPROTO. */
int json_need_string(struct json_object *object, const char *key, const struct json_where *where,
                     char **out);
int json_need_bool(struct json_object *object, const char *key, const struct json_where *where,
                   int *out);
/* An integer from 0 to INT64_MAX. */
int json_need_count(struct json_object *object, const char *key, const struct json_where *where,
                    uint64_t *out);

/* *out is the caller's, NULL when unknown: also when empty or with a NUL in it. 0 or -ENOMEM. */
int json_take_string(struct json_object *object, const char *key, char **out);
/* From 0 to 1e18, or JSON_NUMBER_UNKNOWN. */
double json_take_number(struct json_object *object, const char *key);
/* An ISO 8601 string as ns since 1970 UTC, or TIME_UNKNOWN. */
int64_t json_take_time(struct json_object *object, const char *key);

static inline void json_cleanup(struct json_object **object)
{
    json_object_put(*object);
}
#define JSON_SCOPED __attribute__((cleanup(json_cleanup))) struct json_object

#endif
