/* The answers of /projects and /projects/NAME. */
#include "projects.h"

#include "json_util.h"
#include "validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PER_PAGE 100
#define MAX_PAGE     1000000000L

static struct json_object *project_object(const struct project_summary *project)
{
    struct json_object *object = json_object_new_object();
    char created[ISO_TIME_SIZE], id[48];
    unsigned hash = 0;

    for (const char *p = project->name; *p; p++)
        hash = (hash * 31ull + (unsigned char)*p) & 0xffffffffu;
    snprintf(id, sizeof(id), "5f2c0de0-0000-4000-9000-%012x", hash);
    iso_time_format(project->created, created);
    json_set_string(object, "name", project->name);
    json_set_string(object, "project_type", "project");
    json_set_string(object, "id", id);
    json_set_string(object, "created_at", created);
    json_set_int(object, "num_tasks", project->tasks);
    json_object_object_add(object, "estimated_computation_cost", json_decimal(project->cost));
    json_object_object_add(object, "total_orchestration_fee", json_decimal(project->fee));
    json_object_object_add(object, "total_orchestration_fee_undiscounted",
                           json_decimal(project->fee));
    json_object_object_add(object, "task_status_overview", json_object_get(project->statuses));
    json_object_object_add(object, "project_metadata", json_object_new_object());
    json_set_null(object, "statistics");
    return object;
}

static int compare_projects(const void *left, const void *right)
{
    const struct project_summary *a = left, *b = right;

    if (a->created != b->created)
        return a->created < b->created ? 1 : -1;
    return strcmp(a->name, b->name);
}

void projects_list(struct task_table *tasks, const struct request *request, struct reply *reply)
{
    struct validation validation = {0};
    long page = validate_long(&validation, request, "page", 1, 1, MAX_PAGE);
    long per_page = validate_long(&validation, request, "per_page", MAX_PER_PAGE, 1, MAX_PER_PAGE);
    const char *type = request_argument(request, "project_type");
    struct project_summary *projects;
    struct json_object *list;
    long first;
    int count;

    if (type && strcmp(type, "project") != 0 && strcmp(type, "benchmark") != 0)
        validate_enum(&validation, "project_type", type, "'project' or 'benchmark'");
    if (validate_failed(&validation, reply))
        return;
    count = tasks_projects(tasks, NULL, &projects);
    if (count < 0) {
        reply_detail(reply, 500, "Internal Server Error");
        return;
    }
    list = json_object_new_array();
    qsort(projects, (size_t)count, sizeof(*projects), compare_projects);
    first = type && strcmp(type, "benchmark") == 0 ? count : (page - 1) * per_page;
    for (long i = first; i < count && i < first + per_page; i++)
        json_object_array_add(list, project_object(&projects[i]));
    project_summaries_free(projects, count);
    reply_json(reply, 200, list);
}

void projects_get(struct task_table *tasks, const struct request *request, struct reply *reply)
{
    const char *name = request_project(request);
    struct project_summary *project;
    int count = tasks_projects(tasks, name, &project);

    if (count < 0)
        reply_detail(reply, 500, "Internal Server Error");
    else if (count == 0)
        reply_detail(reply, 404, "Project %s not found", name);
    else
        reply_json(reply, 200, project_object(project));
    if (count >= 0)
        project_summaries_free(project, count);
}
