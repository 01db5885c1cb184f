#include "api/json.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_scan.h"
#include "api/task.h"

#define NUMBER_MAX 1e18 /* fits every integer type the number may end up in */

struct json_where json_where(char *why, size_t why_size)
{
    struct json_where where = {.why = why, .why_size = why_size};

    why[0] = '\0';
    return where;
}

int json_refuse(const struct json_where *where, const char *field, const char *problem)
{
    snprintf(where->why, where->why_size, "%s%s %s", where->path, field, problem);
    return -EPROTO;
}

static int refuse_text(const struct json_where *where, const char *problem, size_t at)
{
    snprintf(where->why, where->why_size, "the answer is not JSON: %s at byte %zu", problem, at);
    return -EPROTO;
}

int json_parse(const char *text, size_t len, struct json_object **root,
               const struct json_where *where)
{
    struct json_tokener *tokener;
    enum json_tokener_error error;
    const char *problem;
    size_t at;

    *root = NULL;
    if (len >= INT_MAX)
        return json_refuse(where, "the answer", "is too long");
    problem = json_scan(text, len, JSON_DEPTH_MAX, &at);
    if (problem)
        return refuse_text(where, problem, at);
    tokener = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
    if (!tokener)
        return -ENOMEM;
    *root = json_tokener_parse_ex(tokener, text, (int)len);
    error = json_tokener_get_error(tokener);
    if (error == json_tokener_continue) { /* a number or a word ends only with the text */
        *root = json_tokener_parse_ex(tokener, "", -1);
        error = json_tokener_get_error(tokener);
    }
    json_tokener_free(tokener);
    if (error == json_tokener_success)
        return 0;
    json_object_put(*root);
    *root = NULL;
    return refuse_text(where, json_tokener_error_desc(error), len);
}

struct json_object *json_take(struct json_object *object, const char *key, enum json_type type)
{
    struct json_object *field;

    if (!json_object_is_type(object, json_type_object) ||
        !json_object_object_get_ex(object, key, &field) || !json_object_is_type(field, type))
        return NULL;
    return field;
}

/* The field whatever its type; a field that is null counts as missing. */
static struct json_object *json_get_field(struct json_object *object, const char *key)
{
    struct json_object *field;

    if (!json_object_is_type(object, json_type_object) ||
        !json_object_object_get_ex(object, key, &field))
        return NULL;
    return field;
}

static int is_plain_string(struct json_object *string)
{
    size_t len = (size_t)json_object_get_string_len(string);

    return len > 0 && strlen(json_object_get_string(string)) == len;
}

int json_need_string(struct json_object *object, const char *key, const struct json_where *where,
                     char **out)
{
    struct json_object *field = json_get_field(object, key);

    if (!field)
        return json_refuse(where, key, "is missing");
    if (!json_object_is_type(field, json_type_string))
        return json_refuse(where, key, "is not a string");
    if (!is_plain_string(field))
        return json_refuse(where, key, "is empty or holds a NUL");
    *out = strdup(json_object_get_string(field));
    return *out ? 0 : -ENOMEM;
}

int json_need_bool(struct json_object *object, const char *key, const struct json_where *where,
                   int *out)
{
    struct json_object *field = json_get_field(object, key);

    if (!field)
        return json_refuse(where, key, "is missing");
    if (!json_object_is_type(field, json_type_boolean))
        return json_refuse(where, key, "is not true or false");
    *out = json_object_get_boolean(field) != 0;
    return 0;
}

int json_need_count(struct json_object *object, const char *key, const struct json_where *where,
                    uint64_t *out)
{
    struct json_object *field = json_get_field(object, key);
    int64_t value;

    if (!field)
        return json_refuse(where, key, "is missing");
    if (!json_object_is_type(field, json_type_int))
        return json_refuse(where, key, "is not an integer");
    value = json_object_get_int64(field); /* clamps */
    if (value < 0 || value == INT64_MAX)
        return json_refuse(where, key, "is out of range");
    *out = (uint64_t)value;
    return 0;
}

int json_take_string(struct json_object *object, const char *key, char **out)
{
    struct json_object *field = json_take(object, key, json_type_string);

    *out = NULL;
    if (!field || !is_plain_string(field))
        return 0;
    *out = strdup(json_object_get_string(field));
    return *out ? 0 : -ENOMEM;
}

double json_take_number(struct json_object *object, const char *key)
{
    struct json_object *field = json_get_field(object, key);
    double value;

    if (!json_object_is_type(field, json_type_int) && !json_object_is_type(field, json_type_double))
        return JSON_NUMBER_UNKNOWN;
    value = json_object_get_double(field);
    return isfinite(value) && value >= 0 && value <= NUMBER_MAX ? value : JSON_NUMBER_UNKNOWN;
}

int64_t json_take_time(struct json_object *object, const char *key)
{
    struct json_object *field = json_take(object, key, json_type_string);

    return field && is_plain_string(field) ? time_parse(json_object_get_string(field))
                                           : TIME_UNKNOWN;
}
