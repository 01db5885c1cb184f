/* Checks query arguments as FastAPI does. */
#include "validate.h"

#include "json_util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static struct json_object *add_mistake(struct validation *validation, const char *type,
                                       const char *name, const char *message, const char *input)
{
    struct json_object *mistake = json_object_new_object();
    struct json_object *loc = json_object_new_array();

    json_object_array_add(loc, json_object_new_string("query"));
    json_object_array_add(loc, json_object_new_string(name));
    json_set_string(mistake, "type", type);
    json_object_object_add(mistake, "loc", loc);
    json_set_string(mistake, "msg", message);
    json_set_string(mistake, "input", input);
    if (!validation->detail)
        validation->detail = json_object_new_array();
    json_object_array_add(validation->detail, mistake);
    return mistake;
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
