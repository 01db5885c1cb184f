/* Helpers for json-c, and the time format of the service. */
#ifndef EMULATOR_JSON_UTIL_H
#define EMULATOR_JSON_UTIL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Parses exactly one JSON value of len bytes; white space may surround it. Returns 0 and a value
 * that the caller owns (JSON's null is NULL), -EINVAL, or -ENOMEM.
 */
int json_parse(const char *text, size_t len, struct json_object **out);

/* Returns a deep copy of the value; NULL when the value is NULL or memory runs out. */
struct json_object *json_clone(struct json_object *value);

/*
 * Merges a copy of the object `from` into the object `to`. Objects are merged at any depth; every
 * other value, null included, replaces the value that `to` had.
 */
void json_merge(struct json_object *to, struct json_object *from);

/* Returns the string at key, borrowed from the object; NULL when it is missing or not a string. */
const char *json_string_at(struct json_object *object, const char *key);

/* Returns true when the object has the key, even with a null value. A NULL object has no key. */
bool json_has(struct json_object *object, const char *key);

/* Returns the member, borrowed, when it is an object (an array); NULL otherwise. */
struct json_object *json_object_at(struct json_object *object, const char *key);
struct json_object *json_array_at(struct json_object *object, const char *key);

/* Adds a member, or replaces it. A NULL text becomes a JSON null. */
void json_set_string(struct json_object *object, const char *key, const char *text);
void json_set_int(struct json_object *object, const char *key, long long value);
void json_set_bool(struct json_object *object, const char *key, bool value);
void json_set_null(struct json_object *object, const char *key);

/* Makes a number with at most six decimals that is always written with a decimal point. */
struct json_object *json_decimal(double value);

/* Returns the value as compact JSON text that the caller frees; NULL when out of memory. */
char *json_text(struct json_object *value);

#define ISO_TIME_SIZE 48

/* Formats Unix seconds as `2026-01-05T10:00:00.000000+00:00`. */
void iso_time_format(double unix_seconds, char out[ISO_TIME_SIZE]);

/* Parses an ISO 8601 time; fraction and offset are optional. Returns 0 or -EINVAL. */
int iso_time_parse(const char *text, double *unix_seconds);

/* The wall clock and the monotonic clock, in seconds. */
double clock_unix(void);
double clock_monotonic(void);

#endif
