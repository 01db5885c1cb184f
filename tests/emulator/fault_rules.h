/* Private to faults.c and fault_rules.c: one rule and its parser. */
#ifndef EMULATOR_FAULT_RULES_H
#define EMULATOR_FAULT_RULES_H

#include "faults.h"

struct fault_rule {
    struct fault_rule *next;
    struct json_object *source; /* the rule as it was posted, for the listing */
    unsigned kinds;             /* one bit for each kind; 0 matches every kind but control */
    char *task, *path_prefix, *method, *body_has;
    int64_t range_from_at_least; /* -1 matches every request */
    int64_t skip;
    int64_t count; /* -1: no limit */
    int64_t matched, hits;
    struct fault fault;
};

/*
 * Parses a rule. Returns 0 and a rule that the caller owns, -EINVAL and a reason that the caller
 * frees, or -ENOMEM.
 */
int fault_rule_parse(struct json_object *source, struct fault_rule **out, char **reason);
void fault_rule_free(struct fault_rule *rule);

#endif
