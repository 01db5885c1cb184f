/* Helpers for json-c, and the time format of the service. */
#include "json_util.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_JSON_BYTES (64u * 1024 * 1024)

int json_parse(const char *text, size_t len, struct json_object **out)
{
    struct json_tokener *tokener;
    struct json_object *value;
    size_t used;
    int rc = 0;

    *out = NULL;
    if (len == 0 || len > MAX_JSON_BYTES)
        return -EINVAL;
    tokener = json_tokener_new();
    if (!tokener)
        return -ENOMEM;
    value = json_tokener_parse_ex(tokener, text, (int)len);
    used = json_tokener_get_parse_end(tokener);
    if (json_tokener_get_error(tokener) == json_tokener_continue) {
        value = json_tokener_parse_ex(tokener, "", 1); /* a bare number ends only with the text */
        used = len;
    }
    if (json_tokener_get_error(tokener) != json_tokener_success)
        rc = -EINVAL;
    for (; rc == 0 && used < len; used++) {
        if (!isspace((unsigned char)text[used]))
            rc = -EINVAL;
    }
    json_tokener_free(tokener);
    if (rc < 0) {
        json_object_put(value);
        return rc;
    }
    *out = value;
    return 0;
}

struct json_object *json_clone(struct json_object *value)
{
    struct json_object *copy = NULL;

    if (value && json_object_deep_copy(value, &copy, NULL) != 0)
        return NULL;
    return copy;
}

void json_merge(struct json_object *to, struct json_object *from)
{
    json_object_object_foreach(from, key, value)
    {
        struct json_object *old = NULL;

        if (json_object_object_get_ex(to, key, &old) &&
            json_object_is_type(old, json_type_object) &&
            json_object_is_type(value, json_type_object))
            json_merge(old, value);
        else
            json_object_object_add(to, key, json_clone(value));
    }
}

const char *json_string_at(struct json_object *object, const char *key)
{
    struct json_object *value = NULL;

    if (!json_object_object_get_ex(object, key, &value) ||
        !json_object_is_type(value, json_type_string))
        return NULL;
    return json_object_get_string(value);
}

bool json_has(struct json_object *object, const char *key)
{
    return object && json_object_object_get_ex(object, key, NULL);
}

static struct json_object *member_of_type(struct json_object *object, const char *key,
                                          enum json_type type)
{
    struct json_object *value = NULL;

    if (!object || !json_object_object_get_ex(object, key, &value) ||
        !json_object_is_type(value, type))
        return NULL;
    return value;
}

struct json_object *json_object_at(struct json_object *object, const char *key)
{
    return member_of_type(object, key, json_type_object);
}

struct json_object *json_array_at(struct json_object *object, const char *key)
{
    return member_of_type(object, key, json_type_array);
}

void json_set_string(struct json_object *object, const char *key, const char *text)
{
    json_object_object_add(object, key, text ? json_object_new_string(text) : NULL);
}

void json_set_int(struct json_object *object, const char *key, long long value)
{
    json_object_object_add(object, key, json_object_new_int64(value));
}

void json_set_bool(struct json_object *object, const char *key, bool value)
{
    json_object_object_add(object, key, json_object_new_boolean(value));
}

void json_set_null(struct json_object *object, const char *key)
{
    json_object_object_add(object, key, NULL);
}

struct json_object *json_decimal(double value)
{
    char text[64];
    size_t len;

    snprintf(text, sizeof(text), "%.6f", value);
    len = strlen(text);
    while (len > 2 && text[len - 1] == '0' && text[len - 2] != '.')
        text[--len] = '\0';
    return json_object_new_double_s(value, text);
}

char *json_text(struct json_object *value)
{
    return strdup(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN |
                                                            JSON_C_TO_STRING_NOSLASHESCAPE));
}

void iso_time_format(double unix_seconds, char out[ISO_TIME_SIZE])
{
    long long micros = (long long)(unix_seconds * 1e6 + 0.5);
    long long whole = micros / 1000000;
    int fraction = (int)(micros % 1000000);
    time_t when = (time_t)whole;
    struct tm tm;
    char date[24];

    gmtime_r(&when, &tm);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out, ISO_TIME_SIZE, "%s.%06d+00:00", date, fraction < 0 ? 0 : fraction);
}

static int parse_offset(const char *text, double *seconds)
{
    int hours, minutes = 0;
    char sign;

    *seconds = 0;
    if (*text == '\0' || strcmp(text, "Z") == 0)
        return 0;
    if (sscanf(text, "%c%2d:%2d", &sign, &hours, &minutes) < 2 || (sign != '+' && sign != '-'))
        return -EINVAL;
    *seconds = (hours * 60 + minutes) * (sign == '-' ? -60.0 : 60.0);
    return 0;
}

int iso_time_parse(const char *text, double *unix_seconds)
{
    struct tm tm = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    double fraction = 0, offset;
    char *end;

    if (!rest)
        rest = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);
    if (!rest)
        return -EINVAL;
    if (*rest == '.') {
        fraction = strtod(rest, &end);
        rest = end;
    }
    if (parse_offset(rest, &offset) < 0)
        return -EINVAL;
    *unix_seconds = (double)timegm(&tm) + fraction - offset;
    return 0;
}

static double clock_read(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double clock_unix(void)
{
    return clock_read(CLOCK_REALTIME);
}

double clock_monotonic(void)
{
    return clock_read(CLOCK_MONOTONIC);
}
