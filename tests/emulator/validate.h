/* Query arguments checked as FastAPI does, with its 422 bodies. */
#ifndef EMULATOR_VALIDATE_H
#define EMULATOR_VALIDATE_H

#include "reply.h"
#include "request.h"

#include <json-c/json.h>

/* The mistakes of one request; begins as {0}. */
struct validation {
    struct json_object *detail; /* an array, or NULL while there is no mistake */
};

/* An integer argument within bounds; fallback where it is missing. */
long validate_long(struct validation *validation, const struct request *request, const char *name,
                   long fallback, long min, long max);

/* A boolean argument: 1, 0, or -1 where it is missing. */
int validate_bool(struct validation *validation, const struct request *request, const char *name);

/* An argument that must be there; NULL where it is not. */
const char *validate_required(struct validation *validation, const struct request *request,
                              const char *name);

/* A mistake: input does not match one of the expected values (as pydantic lists them). */
void validate_enum(struct validation *validation, const char *name, const char *input,
                   const char *expected);

/* A mistake of a custom kind. */
void validate_mistake(struct validation *validation, const char *type, const char *name,
                      const char *message, const char *input);

/* Where there are mistakes: makes the reply of them and returns true. Uses the validation up. */
bool validate_failed(struct validation *validation, struct reply *reply);

#endif
