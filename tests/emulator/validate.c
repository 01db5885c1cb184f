/* Checks query arguments as FastAPI does. */
#include "validate.h"

#include "json_util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Without a name it is the body as a whole that is wrong. Takes ownership of input. */
static struct json_object *add_mistake_in(struct validation *validation, const char *where,
                                          const char *type, const char *name, const char *message,
                                          struct json_object *input)
{
    struct json_object *mistake = json_object_new_object();
    struct json_object *loc = json_object_new_array();

    json_object_array_add(loc, json_object_new_string(where));
    if (name)
        json_object_array_add(loc, json_object_new_string(name));
    json_set_string(mistake, "type", type);
    json_object_object_add(mistake, "loc", loc);
    json_set_string(mistake, "msg", message);
    json_object_object_add(mistake, "input", input);
    if (!validation->detail)
        validation->detail = json_object_new_array();
    json_object_array_add(validation->detail, mistake);
    return mistake;
}

static struct json_object *add_mistake(struct validation *validation, const char *type,
                                       const char *name, const char *message, const char *input)
{
    return add_mistake_in(validation, "query", type, name, message,
                          input ? json_object_new_string(input) : NULL);
}

static void add_body_mistake(struct validation *validation, const char *type, const char *name,
                             const char *message, struct json_object *input)
{
    add_mistake_in(validation, "body", type, name, message, json_object_get(input));
}

/* Whether the body is declared as JSON, with or without a character set. */
static bool declares_json(const struct request *request)
{
    const char *type = request_header(request, "Content-Type");
    size_t length = type ? strcspn(type, "; ") : 0;

    return length == strlen("application/json") &&
           strncasecmp(type, "application/json", length) == 0;
}

struct json_object *validate_body(struct validation *validation, const struct request *request)
{
    struct json_object *body = NULL;

    if (!request->body_length) {
        add_body_mistake(validation, "missing", NULL, "Field required", NULL);
        return NULL;
    }
    if (declares_json(request) && json_parse(request->body, request->body_length, &body) < 0) {
        add_body_mistake(validation, "json_invalid", NULL, "JSON decode error", NULL);
        return NULL;
    }
    if (json_object_is_type(body, json_type_object))
        return body;
    add_body_mistake(validation, "model_attributes_type", NULL,
                     "Input should be a valid dictionary or object to extract fields from", body);
    json_object_put(body);
    return NULL;
}

const char *validate_member(struct validation *validation, struct json_object *body,
                            const char *name, bool required)
{
    struct json_object *value = NULL;
    bool is_there = json_object_object_get_ex(body, name, &value);

    if (value && json_object_is_type(value, json_type_string))
        return json_object_get_string(value);
    if (!is_there && required)
        add_body_mistake(validation, "missing", name, "Field required", body);
    else if (value || (is_there && required))
        add_body_mistake(validation, "string_type", name, "Input should be a valid string", value);
    return NULL;
}

void validate_mistake(struct validation *validation, const char *type, const char *name,
                      const char *message, const char *input)
{
    add_mistake(validation, type, name, message, input);
}

static void add_bound(struct validation *validation, const char *name, const char *input,
                      const char *type, const char *words, const char *key, long bound)
{
    struct json_object *context = json_object_new_object();
    struct json_object *mistake;
    char message[96];

    snprintf(message, sizeof(message), "Input should be %s than or equal to %ld", words, bound);
    mistake = add_mistake(validation, type, name, message, input);
    json_set_int(context, key, bound);
    json_object_object_add(mistake, "ctx", context);
}

long validate_long(struct validation *validation, const struct request *request, const char *name,
                   long fallback, long min, long max)
{
    const char *text = request_argument(request, name);
    char *end;
    long value;

    if (!text)
        return fallback;
    errno = 0;
    value = strtol(text, &end, 10);
    if (end == text || *end) {
        add_mistake(validation, "int_parsing", name,
                    "Input should be a valid integer, unable to parse string as an integer", text);
        return fallback;
    }
    if (value < min)
        add_bound(validation, name, text, "greater_than_equal", "greater", "ge", min);
    else if (value > max)
        add_bound(validation, name, text, "less_than_equal", "less", "le", max);
    return value;
}

int validate_bool(struct validation *validation, const struct request *request, const char *name)
{
    static const char *const words[2][6] = {{"false", "0", "off", "f", "n", "no"},
                                            {"true", "1", "on", "t", "y", "yes"}};
    const char *text = request_argument(request, name);

    if (!text)
        return -1;
    for (int value = 0; value < 2; value++) {
        for (int i = 0; i < 6; i++) {
            if (strcasecmp(text, words[value][i]) == 0)
                return value;
        }
    }
    add_mistake(validation, "bool_parsing", name,
                "Input should be a valid boolean, unable to interpret input", text);
    return -1;
}

const char *validate_required(struct validation *validation, const struct request *request,
                              const char *name)
{
    const char *text = request_argument(request, name);

    if (!text)
        add_mistake(validation, "missing", name, "Field required", NULL);
    return text;
}

void validate_enum(struct validation *validation, const char *name, const char *input,
                   const char *expected)
{
    struct json_object *context = json_object_new_object();
    struct json_object *mistake;
    char message[768];

    snprintf(message, sizeof(message), "Input should be %s", expected);
    mistake = add_mistake(validation, "enum", name, message, input);
    json_set_string(context, "expected", expected);
    json_object_object_add(mistake, "ctx", context);
}

bool validate_failed(struct validation *validation, struct reply *reply)
{
    struct json_object *body;

    if (!validation->detail)
        return false;
    body = json_object_new_object();
    json_object_object_add(body, "detail", validation->detail);
    validation->detail = NULL;
    reply_json(reply, 422, body);
    return true;
}
