/*
 * Faults made on purpose: rules that are switched on while the server runs, matched against every
 * request but the control calls. README.md describes the rules and each action.
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
    FAULT_ACTIONS
};

/* An action with its parameters; those it does not have are at their defaults. */
struct fault {
    enum fault_action action;
    int rule;
    double seconds; /* negative: no limit */
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

/* What the rules do to one request: a copy of its own, in the order of the rules. */
struct effects {
    struct fault faults[EFFECTS_MAX];
    int n;
};

struct faults;

struct faults *faults_new(void);
void faults_free(struct faults *faults);

/*
 * Adds a rule, or an array of rules (all or none). Returns 0 and the ids as an array that the
 * caller owns, or -EINVAL and a reason that the caller frees. Safe from any thread.
 */
int faults_add(struct faults *faults, struct json_object *rules, struct json_object **ids,
               char **reason);

/* Removes one rule, or all with 0. Returns the number removed. */
int faults_clear(struct faults *faults, int rule);

/* The rules with their hits, as JSON text that the caller frees. */
char *faults_text(struct faults *faults);

/* Counts a request against the rules and collects what applies; free with effects_free. */
void faults_select(struct faults *faults, const struct request *request, struct effects *effects);
void effects_free(struct effects *effects);

/* The first fault of an action, or NULL. */
const struct fault *effects_find(const struct effects *effects, enum fault_action action);

#endif
