/* Checks query arguments and makes 422 bodies, as FastAPI does. */
#ifndef EMULATOR_VALIDATE_H
#define EMULATOR_VALIDATE_H

#include "reply.h"
#include "request.h"

#include <json-c/json.h>

/* The mistakes of one request, in its query or its body; initialize it with {0}. */
struct validation {
    struct json_object *detail; /* an array; NULL without a mistake */
};

/* Returns an integer argument and checks its bounds; returns fallback when it is missing. */
long validate_long(struct validation *validation, const struct request *request, const char *name,
                   long fallback, long min, long max);

/* Returns a boolean argument: 1, 0, or -1 when it is missing. */
int validate_bool(struct validation *validation, const struct request *request, const char *name);

/* Returns a required argument, borrowed; notes a mistake and returns NULL when it is missing. */
const char *validate_required(struct validation *validation, const struct request *request,
                              const char *name);

/* Notes that input is none of the expected values, which are listed as pydantic does. */
void validate_enum(struct validation *validation, const char *name, const char *input,
                   const char *expected);

/*
 * Parses the body of a request, which must be a JSON object, and notes a mistake when it is not.
 * Returns the object, which the caller owns, or NULL.
 */
struct json_object *validate_body(struct validation *validation, const struct request *request);

/*
 * Returns a string member of a body, borrowed. Notes a mistake and returns NULL when it is no
 * string, or when it is required and missing; otherwise it may be null or missing.
 */
const char *validate_member(struct validation *validation, struct json_object *body,
                            const char *name, bool required);

/* Notes a mistake of any other type. */
void validate_mistake(struct validation *validation, const char *type, const char *name,
                      const char *message, const char *input);

/* Returns true after it has made a 422 reply of the mistakes; false when there are none. */
bool validate_failed(struct validation *validation, struct reply *reply);

#endif
