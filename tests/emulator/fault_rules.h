/* Private to the fault files: one rule, and how it is read from JSON. */
#ifndef EMULATOR_FAULT_RULES_H
#define EMULATOR_FAULT_RULES_H

#include "faults.h"

struct fault_rule {
    struct fault_rule *next;
    struct json_object *source; /* as it was given, for the listing */
    unsigned kinds;             /* a bit for each kind; 0: any but control */
    char *task, *path_prefix, *method;
    int64_t range_from_at_least; /* -1: any */
    int64_t skip;
    int64_t count; /* -1: no limit */
    int64_t matched, hits;
    struct fault fault;
};

/* Reads a rule. Returns 0, or -EINVAL and a reason that the caller frees. */
int fault_rule_parse(struct json_object *source, struct fault_rule **out, char **reason);
void fault_rule_free(struct fault_rule *rule);

#endif
