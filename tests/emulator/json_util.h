/* Small helpers over json-c, and the service's time format. */
#ifndef EMULATOR_JSON_UTIL_H
#define EMULATOR_JSON_UTIL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Parses exactly one JSON value of len bytes (white space around it is allowed). Returns 0 and the
 * value, owned by the caller (NULL is JSON's null), or -EINVAL.
 */
int json_parse(const char *text, size_t len, struct json_object **out);

/* A copy of the value that shares nothing with it; NULL stays NULL. */
struct json_object *json_clone(struct json_object *value);

/*
 * Merges the object from into the object to, objects into objects at any depth; every other value
 * replaces what was there, null included. Copies; from stays the caller's.
 */
void json_merge(struct json_object *to, struct json_object *from);

/* The string at key, borrowed from the object, or NULL when it is missing or no string. */
const char *json_string_at(struct json_object *object, const char *key);

/* True where the object has the key, even with a null. A NULL object has none. */
bool json_has(struct json_object *object, const char *key);

/* The member when it is an object or an array, borrowed; else NULL. */
struct json_object *json_object_at(struct json_object *object, const char *key);
struct json_object *json_array_at(struct json_object *object, const char *key);

/* Adds a member; text NULL adds a null. */
void json_set_string(struct json_object *object, const char *key, const char *text);
void json_set_int(struct json_object *object, const char *key, long long value);
void json_set_bool(struct json_object *object, const char *key, bool value);
void json_set_null(struct json_object *object, const char *key);

/* A number of seconds with at most six decimals, always written with a decimal point. */
struct json_object *json_seconds(double seconds);

/* The value as compact JSON, in memory that the caller frees. */
char *json_text(struct json_object *value);

#define ISO_TIME_SIZE 48

/* Unix seconds as `2026-01-05T10:00:00.000000+00:00`. */
void iso_time_format(double unix_seconds, char out[ISO_TIME_SIZE]);

/* Reads an ISO 8601 time with optional fraction and offset. Returns 0 or -EINVAL. */
int iso_time_parse(const char *text, double *unix_seconds);

/* The wall clock and a monotonic clock, seconds. */
double clock_unix(void);
double clock_monotonic(void);

#endif
