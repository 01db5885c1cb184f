/* Which files of a job's tree the user has named. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "download/job.h"
#include "download/where.h"

/* The rest of `name` behind the parts `first` and, unless it is NULL, `second`; NULL when it does
 * not begin with them. */
static const char *behind(const char *name, const char *first, const char *second)
{
    size_t len = strlen(first);

    if (strncmp(name, first, len) != 0 || (name[len] && name[len] != '/'))
        return NULL;
    name += len + (name[len] == '/');
    return second ? behind(name, second, NULL) : name;
}

/* What a path into a mount names of this job, or NULL. */
static const char *below_mount(const struct job *job, const char *path, struct where *where)
{
    if (where_find(path, where))
        return NULL;
    return behind(where->below, job->id, job->what);
}

/* What `asked` names of the tree, simplified; NULL when it cannot be a name of it. */
static const char *resolve(const struct job *job, const struct selection *selection,
                           const char *asked, char *simple, struct where *where)
{
    const char *found = NULL;

    if (name_simplify(asked, simple, NAME_TEXT_MAX))
        return NULL;
    if (*simple == '/')
        found = below_mount(job, asked, where);
    else if (selection_has_name(selection, simple))
        return simple;
    else if (strchr(asked, '/'))
        found = below_mount(job, asked, where);
    if (!found && *simple != '/')
        found = behind(simple, job->what, NULL);
    if (found)
        return found;
    return name_leads_down(simple) ? simple : NULL;
}

/* Adds what the resolved name stands for, NULL nothing. Returns 0, -ENOENT or -ENOMEM. */
static int add_resolved(struct selection *selection, const char *name)
{
    int found;

    if (!name)
        return -ENOENT;
    if (!*name) {
        selection_add_all(selection);
        return 0;
    }
    found = selection_add(selection, name);
    if (found < 0)
        return found;
    return found ? 0 : -ENOENT;
}

/* Adds one name. Returns 0; -ENOENT after saying that it stands for nothing; or -ENOMEM. */
static int add_name(const struct job *job, struct selection *selection, const char *asked)
{
    char *simple = malloc(NAME_TEXT_MAX);
    struct where *where = malloc(sizeof(*where));
    const char *name = NULL;
    int rc = simple && where ? 0 : -ENOMEM;

    if (!rc) {
        name = resolve(job, selection, asked, simple, where);
        rc = add_resolved(selection, name);
    }
    if (rc == -ENOENT) {
        if (name)
            log_error("'%s' is not among the %s of task '%s'", asked, job->what, job->id);
        else
            log_error("'%s' is not a name below %s", asked, job->what);
    }
    free(simple);
    free(where);
    return rc;
}

/* Adds all names of a list. */
static int add_names(const struct job *job, struct selection *selection,
                     const struct strings *names)
{
    int rc = 0;

    for (size_t i = 0; i < names->count && rc != -ENOMEM; i++) {
        int error = add_name(job, selection, names->at[i]);

        rc = error ? error : rc;
    }
    return rc;
}

int job_select(const struct job *job, struct selection *selection)
{
    const struct strings *files = &job->download->options->files;
    int own, common;

    if (job->is_whole && !files->count)
        selection_add_all(selection);
    own = add_names(job, selection, &job->names);
    common = own == -ENOMEM ? 0 : add_names(job, selection, files);
    return common ? common : own;
}
