/*
 * Deliberate faults. Rules can be added while the server runs; every request but a control call is
 * matched against them. README.md describes the rules and each action.
 */
#ifndef EMULATOR_FAULTS_H
#define EMULATOR_FAULTS_H

#include "request.h"

#include <json-c/json.h>
#include <stdint.h>

enum fault_action {
    FAULT_DELAY,
    FAULT_STATUS,
    FAULT_CUT,
    FAULT_RESET,
    FAULT_DROP,
    FAULT_STALL,
    FAULT_STALL_HEADERS,
    FAULT_SHORT_RANGE,
    FAULT_WRONG_RANGE,
    FAULT_LYING_RANGE,
    FAULT_IGNORE_RANGE,
    FAULT_NO_SUFFIX,
    FAULT_FLIP,
    FAULT_ETAG,
    FAULT_NO_ETAG,
    FAULT_CUT_JSON,
    FAULT_NOT_JSON,
    FAULT_JSON,
    FAULT_REDIRECT,
    FAULT_GZIP_ENCODING,
    FAULT_DATE,
    FAULT_LOSE,
    FAULT_ACTIONS
};

/* An action and its parameters. Parameters that were not given have their defaults. */
struct fault {
    enum fault_action action;
    int rule;
    double seconds; /* negative: without end */
    int code;       /* HTTP status */
    int64_t number; /* after, bytes, shift or at */
    int xor_mask;
    bool reset;
    bool longer;
    bool no_total;
    char *text; /* body, location or value */
    char *content_type;
    char *retry_after;
};

#define EFFECTS_MAX 16

/* What the rules do to one request: copies of their faults, in the order of the rules. */
struct effects {
    struct fault faults[EFFECTS_MAX];
    int n;
};

struct faults;

struct faults *faults_new(void);
void faults_free(struct faults *faults);

/*
 * Adds a rule, or an array of rules: all of them or none. Returns 0 and an array of their ids that
 * the caller owns, -EINVAL and a reason that the caller frees, or -ENOMEM. Safe from any thread.
 */
int faults_add(struct faults *faults, struct json_object *rules, struct json_object **ids,
               char **reason);

/* Removes one rule, or all of them when rule is 0. Returns how many were removed. */
int faults_clear(struct faults *faults, int rule);

/* Returns the rules and their hits as JSON text that the caller frees. */
char *faults_text(struct faults *faults);

/* Counts the request in every rule that matches it, and copies the faults of those that apply. The
 * caller frees them with effects_free. */
void faults_select(struct faults *faults, const struct request *request, struct effects *effects);
void effects_free(struct effects *effects);

/* Returns the first fault with an action, or NULL. */
const struct fault *effects_find(const struct effects *effects, enum fault_action action);

#endif
