/* Parses a fault rule from JSON. A key that the action does not take is refused. */
#include "fault_rules.h"

#include "json_util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum parameter {
    P_SECONDS = 1 << 0,
    P_CODE = 1 << 1,
    P_AFTER = 1 << 2,
    P_BYTES = 1 << 3,
    P_SHIFT = 1 << 4,
    P_AT = 1 << 5,
    P_XOR = 1 << 6,
    P_BODY = 1 << 7,
    P_RETRY_AFTER = 1 << 8,
    P_CONTENT_TYPE = 1 << 9,
    P_LOCATION = 1 << 10,
    P_VALUE = 1 << 11,
    P_RESET = 1 << 12,
    P_LONGER = 1 << 13,
    P_NO_TOTAL = 1 << 14,
};

static const struct {
    const char *name;
    int bit;
    enum json_type type; /* json_type_null accepts every type */
} parameters[] = {
    {"seconds", P_SECONDS, json_type_double},
    {"code", P_CODE, json_type_int},
    {"after", P_AFTER, json_type_int},
    {"bytes", P_BYTES, json_type_int},
    {"shift", P_SHIFT, json_type_int},
    {"at", P_AT, json_type_int},
    {"xor", P_XOR, json_type_int},
    {"body", P_BODY, json_type_null},
    {"retry_after", P_RETRY_AFTER, json_type_null},
    {"content_type", P_CONTENT_TYPE, json_type_string},
    {"location", P_LOCATION, json_type_string},
    {"value", P_VALUE, json_type_string},
    {"reset", P_RESET, json_type_boolean},
    {"longer", P_LONGER, json_type_boolean},
    {"no_total", P_NO_TOTAL, json_type_boolean},
};

#define N_PARAMETERS (sizeof(parameters) / sizeof(parameters[0]))

static const struct {
    const char *name;
    int required;
    int optional;
} actions[FAULT_ACTIONS] = {
    [FAULT_DELAY] = {"delay", P_SECONDS, 0},
    [FAULT_STATUS] = {"status", P_CODE, P_RETRY_AFTER | P_BODY | P_CONTENT_TYPE},
    [FAULT_CUT] = {"cut", P_AFTER, 0},
    [FAULT_RESET] = {"reset", P_AFTER, 0},
    [FAULT_DROP] = {"drop", 0, P_RESET},
    [FAULT_STALL] = {"stall", P_AFTER, P_SECONDS},
    [FAULT_STALL_HEADERS] = {"stall_headers", 0, P_SECONDS},
    [FAULT_SHORT_RANGE] = {"short_range", P_BYTES, 0},
    [FAULT_WRONG_RANGE] = {"wrong_range", P_SHIFT, 0},
    [FAULT_LYING_RANGE] = {"lying_range", P_SHIFT, 0},
    [FAULT_IGNORE_RANGE] = {"ignore_range", 0, 0},
    [FAULT_NO_SUFFIX] = {"no_suffix", 0, P_CODE | P_LONGER | P_NO_TOTAL},
    [FAULT_FLIP] = {"flip", P_AT, P_XOR},
    [FAULT_ETAG] = {"etag", P_VALUE, 0},
    [FAULT_NO_ETAG] = {"no_etag", 0, 0},
    [FAULT_CUT_JSON] = {"cut_json", P_AFTER, 0},
    [FAULT_NOT_JSON] = {"not_json", P_BODY, P_CONTENT_TYPE},
    [FAULT_JSON] = {"json", P_BODY, 0},
    [FAULT_REDIRECT] = {"redirect", P_LOCATION, P_CODE},
    [FAULT_GZIP_ENCODING] = {"gzip_encoding", 0, 0},
    [FAULT_DATE] = {"date", P_SECONDS, 0},
    [FAULT_LOSE] = {"lose", 0, 0},
};

static int refuse_rule(char **reason, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int refuse_rule(char **reason, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (!*reason && vasprintf(reason, format, args) < 0)
        *reason = NULL;
    va_end(args);
    return -EINVAL;
}

static bool type_fits(struct json_object *value, enum json_type type)
{
    if (type == json_type_null || json_object_is_type(value, type))
        return true;
    return type == json_type_double && json_object_is_type(value, json_type_int);
}

static char *text_of(struct json_object *value)
{
    if (json_object_is_type(value, json_type_string))
        return strdup(json_object_get_string(value));
    return json_text(value);
}

static int take_parameter(struct fault *fault, int bit, struct json_object *value)
{
    switch (bit) {
    case P_SECONDS:
        fault->seconds = json_object_get_double(value);
        break;
    case P_CODE:
        fault->code = json_object_get_int(value);
        break;
    case P_XOR:
        fault->xor_mask = json_object_get_int(value) & 0xff;
        break;
    case P_RESET:
        fault->reset = json_object_get_boolean(value);
        break;
    case P_LONGER:
        fault->longer = json_object_get_boolean(value);
        break;
    case P_NO_TOTAL:
        fault->no_total = json_object_get_boolean(value);
        break;
    case P_BODY:
        fault->text = fault->action == FAULT_JSON ? json_text(value) : text_of(value);
        break;
    case P_LOCATION:
    case P_VALUE:
        fault->text = text_of(value);
        break;
    case P_RETRY_AFTER:
        fault->retry_after = text_of(value);
        break;
    case P_CONTENT_TYPE:
        fault->content_type = text_of(value);
        break;
    default:
        fault->number = json_object_get_int64(value);
    }
    return 0;
}

/* Returns the bit of a parameter, 0 for a key that every rule may have, or -EINVAL. */
static int parameter_bit(const char *key, struct json_object *value, char **reason)
{
    static const char *const own[] = {"match", "skip", "count", "action"};

    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (strcmp(own[i], key) == 0)
            return 0;
    }
    for (size_t i = 0; i < N_PARAMETERS; i++) {
        if (strcmp(parameters[i].name, key) != 0)
            continue;
        if (!type_fits(value, parameters[i].type))
            return refuse_rule(reason, "'%s' has a value of the wrong type", key);
        return parameters[i].bit;
    }
    return refuse_rule(reason, "unknown key '%s'", key);
}

static int parse_action(struct json_object *source, struct fault *fault, char **reason)
{
    const char *name = json_string_at(source, "action");
    int given = 0, missing;
    int action = 0;

    while (name && action < FAULT_ACTIONS && strcmp(actions[action].name, name) != 0)
        action++;
    if (!name || action == FAULT_ACTIONS)
        return refuse_rule(reason, "unknown action '%s'", name ? name : "");
    *fault = (struct fault){.action = (enum fault_action)action, .seconds = -1, .xor_mask = 1};
    json_object_object_foreach(source, key, value)
    {
        int bit = parameter_bit(key, value, reason);

        if (bit < 0)
            return bit;
        if (bit & ~(actions[action].required | actions[action].optional))
            return refuse_rule(reason, "action '%s' does not take '%s'", name, key);
        given |= bit;
        if (bit)
            take_parameter(fault, bit, value);
    }
    missing = actions[action].required & ~given;
    for (size_t i = 0; i < N_PARAMETERS; i++) {
        if (missing & parameters[i].bit)
            return refuse_rule(reason, "action '%s' needs '%s'", name, parameters[i].name);
    }
    return 0;
}

static int check_fault(const struct fault *fault, char **reason)
{
    bool status = fault->action == FAULT_STATUS;

    if (fault->code != 0 && (fault->code < 200 || fault->code > 599))
        return refuse_rule(reason, "'code' must be a status from 200 to 599");
    if (status && fault->code == 0)
        return refuse_rule(reason, "'code' must be a status from 200 to 599");
    if (fault->number < 0 && fault->action != FAULT_WRONG_RANGE &&
        fault->action != FAULT_LYING_RANGE)
        return refuse_rule(reason, "'after', 'bytes' and 'at' must not be negative");
    if (fault->action == FAULT_SHORT_RANGE && fault->number == 0)
        return refuse_rule(reason, "'bytes' must be at least 1");
    return 0;
}

static int kind_bit(const char *name, char **reason)
{
    for (int i = 0; name && i < REQUEST_KINDS; i++) {
        if (strcmp(request_kind_names[i], name) == 0 && i != KIND_CONTROL)
            return 1 << i;
    }
    return refuse_rule(reason, "unknown kind '%s'", name ? name : "");
}

static int parse_kinds(struct json_object *value, unsigned *kinds, char **reason)
{
    size_t n = json_object_is_type(value, json_type_array) ? json_object_array_length(value) : 1;

    for (size_t i = 0; i < n; i++) {
        struct json_object *item = json_object_is_type(value, json_type_array)
                                       ? json_object_array_get_idx(value, i)
                                       : value;
        int bit = kind_bit(
            json_object_is_type(item, json_type_string) ? json_object_get_string(item) : NULL,
            reason);

        if (bit < 0)
            return bit;
        *kinds |= (unsigned)bit;
    }
    return 0;
}

static int parse_match(struct json_object *source, struct fault_rule *rule, char **reason)
{
    struct json_object *match = NULL;

    if (!json_object_object_get_ex(source, "match", &match))
        return 0;
    if (!json_object_is_type(match, json_type_object))
        return refuse_rule(reason, "'match' is not an object");
    json_object_object_foreach(match, key, value)
    {
        char **text = strcmp(key, "task") == 0          ? &rule->task
                      : strcmp(key, "path_prefix") == 0 ? &rule->path_prefix
                      : strcmp(key, "method") == 0      ? &rule->method
                      : strcmp(key, "body_has") == 0    ? &rule->body_has
                                                        : NULL;

        if (text && json_object_is_type(value, json_type_string))
            *text = text_of(value);
        else if (strcmp(key, "kind") == 0 && parse_kinds(value, &rule->kinds, reason) < 0)
            return -EINVAL;
        else if (strcmp(key, "range_from_at_least") == 0 &&
                 json_object_is_type(value, json_type_int))
            rule->range_from_at_least = json_object_get_int64(value);
        else if (strcmp(key, "kind") != 0)
            return refuse_rule(reason, "'match' does not take this '%s'", key);
    }
    return 0;
}

static int parse_number(struct json_object *source, const char *key, int64_t *out, char **reason)
{
    struct json_object *value;

    if (!json_object_object_get_ex(source, key, &value) || !value)
        return 0;
    if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
        return refuse_rule(reason, "'%s' must be an integer of at least 0", key);
    *out = json_object_get_int64(value);
    return 0;
}

int fault_rule_parse(struct json_object *source, struct fault_rule **out, char **reason)
{
    struct fault_rule *rule;

    if (!json_object_is_type(source, json_type_object))
        return refuse_rule(reason, "a rule must be an object");
    rule = calloc(1, sizeof(*rule));
    if (!rule)
        return -ENOMEM;
    rule->range_from_at_least = -1;
    rule->count = -1;
    rule->source = json_clone(source);
    if (parse_action(source, &rule->fault, reason) < 0 || check_fault(&rule->fault, reason) < 0 ||
        parse_match(source, rule, reason) < 0 ||
        parse_number(source, "skip", &rule->skip, reason) < 0 ||
        parse_number(source, "count", &rule->count, reason) < 0) {
        fault_rule_free(rule);
        return -EINVAL;
    }
    *out = rule;
    return 0;
}

void fault_rule_free(struct fault_rule *rule)
{
    json_object_put(rule->source);
    free(rule->task);
    free(rule->path_prefix);
    free(rule->method);
    free(rule->body_has);
    free(rule->fault.text);
    free(rule->fault.content_type);
    free(rule->fault.retry_after);
    free(rule);
}
