/* The table of fault rules, and how a request is matched against it. */
#include "faults.h"

#include "fault_rules.h"
#include "json_util.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct faults {
    pthread_mutex_t lock; /* guards everything below, the rules included */
    struct fault_rule *first, **last;
    int last_id;
};

struct faults *faults_new(void)
{
    struct faults *faults = calloc(1, sizeof(*faults));

    if (!faults)
        return NULL;
    pthread_mutex_init(&faults->lock, NULL);
    faults->last = &faults->first;
    return faults;
}

void faults_free(struct faults *faults)
{
    faults_clear(faults, 0);
    pthread_mutex_destroy(&faults->lock);
    free(faults);
}

static void free_rules(struct fault_rule *rule)
{
    while (rule) {
        struct fault_rule *next = rule->next;

        fault_rule_free(rule);
        rule = next;
    }
}

int faults_add(struct faults *faults, struct json_object *rules, struct json_object **ids,
               char **reason)
{
    bool many = json_object_is_type(rules, json_type_array);
    size_t n = many ? json_object_array_length(rules) : 1;
    struct fault_rule *first = NULL, **last = &first;

    *reason = NULL;
    for (size_t i = 0; i < n; i++) {
        struct json_object *source = many ? json_object_array_get_idx(rules, i) : rules;
        int rc = fault_rule_parse(source, last, reason);

        if (rc < 0) {
            *last = NULL;
            free_rules(first);
            return rc;
        }
        last = &(*last)->next;
    }
    *ids = json_object_new_array();
    pthread_mutex_lock(&faults->lock);
    for (struct fault_rule *rule = first; rule; rule = rule->next) {
        rule->fault.rule = ++faults->last_id;
        json_set_int(rule->source, "id", rule->fault.rule);
        json_object_array_add(*ids, json_object_new_int(rule->fault.rule));
    }
    if (first) {
        *faults->last = first;
        faults->last = last;
    }
    pthread_mutex_unlock(&faults->lock);
    return 0;
}

int faults_clear(struct faults *faults, int rule)
{
    struct fault_rule *gone = NULL;
    int removed = 0;

    pthread_mutex_lock(&faults->lock);
    for (struct fault_rule **at = &faults->first; *at;) {
        struct fault_rule *here = *at;

        if (rule != 0 && here->fault.rule != rule) {
            at = &here->next;
            continue;
        }
        *at = here->next;
        here->next = gone;
        gone = here;
        removed++;
    }
    faults->last = &faults->first;
    while (*faults->last)
        faults->last = &(*faults->last)->next;
    pthread_mutex_unlock(&faults->lock);
    free_rules(gone);
    return removed;
}

char *faults_text(struct faults *faults)
{
    struct json_object *list = json_object_new_array();
    char *text;

    pthread_mutex_lock(&faults->lock);
    for (struct fault_rule *rule = faults->first; rule; rule = rule->next) {
        json_set_int(rule->source, "matched", rule->matched);
        json_set_int(rule->source, "hits", rule->hits);
        json_object_array_add(list, json_object_get(rule->source));
    }
    text = json_text(list);
    json_object_put(list);
    pthread_mutex_unlock(&faults->lock);
    return text;
}

static bool rule_matches(const struct fault_rule *rule, const struct request *request)
{
    if (rule->kinds && !(rule->kinds & 1u << request->kind))
        return false;
    if (rule->task && (!request->task_id || strcmp(rule->task, request->task_id) != 0))
        return false;
    if (rule->path_prefix &&
        strncmp(request->path, rule->path_prefix, strlen(rule->path_prefix)) != 0)
        return false;
    if (rule->method && !request_is(request, rule->method))
        return false;
    if (rule->body_has && (!request->body || !strstr(request->body, rule->body_has)))
        return false;
    return rule->range_from_at_least < 0 ||
           (request->kind == KIND_OBJECT &&
            request->range_from >= (uint64_t)rule->range_from_at_least);
}

static char *copy_text(const char *text)
{
    return text ? strdup(text) : NULL;
}

static void add_effect(struct effects *effects, const struct fault *fault)
{
    struct fault *own;

    if (effects->n == EFFECTS_MAX)
        return;
    own = &effects->faults[effects->n++];
    *own = *fault;
    own->text = copy_text(fault->text);
    own->content_type = copy_text(fault->content_type);
    own->retry_after = copy_text(fault->retry_after);
}

void faults_select(struct faults *faults, const struct request *request, struct effects *effects)
{
    *effects = (struct effects){0};
    pthread_mutex_lock(&faults->lock);
    for (struct fault_rule *rule = faults->first; rule; rule = rule->next) {
        if (!rule_matches(rule, request))
            continue;
        rule->matched++;
        if (rule->matched <= rule->skip || (rule->count >= 0 && rule->hits >= rule->count))
            continue;
        rule->hits++;
        add_effect(effects, &rule->fault);
    }
    pthread_mutex_unlock(&faults->lock);
}

void effects_free(struct effects *effects)
{
    for (int i = 0; i < effects->n; i++) {
        free(effects->faults[i].text);
        free(effects->faults[i].content_type);
        free(effects->faults[i].retry_after);
    }
    effects->n = 0;
}

const struct fault *effects_find(const struct effects *effects, enum fault_action action)
{
    for (int i = 0; i < effects->n; i++) {
        if (effects->faults[i].action == action)
            return &effects->faults[i];
    }
    return NULL;
}
