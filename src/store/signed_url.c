/* The signed URL of an object: requested when a range needs one, and again when the store has
 * refused it. Net thread only. */
#include <errno.h>
#include <stdlib.h>

#include "api/task.h"
#include "base/log.h"
#include "store/object_internal.h"

/* Takes the URL out of the answer. Returns 0 or a negative errno. */
static int object_take_url(struct object *object, const struct client_answer *answer)
{
    char why[160];
    int rc = answer->error;

    if (rc)
        return rc;
    free(object->url);
    object->url = NULL;
    object->url_generation++;
    rc = signed_url_decode(answer->body, answer->len, &object->url, why, sizeof(why));
    if (rc != -EPROTO)
        return rc;
    log_error("cannot use the answer of /storage/signed-urls for '%s': %s", object->path, why);
    return -EIO;
}

static void on_signed_url(void *arg, const struct client_answer *answer)
{
    struct object *object = arg;
    struct list waiters = LIST_INIT(waiters), *node;
    int error = object_take_url(object, answer);

    single_flight_land(&object->url_request, 0);
    while ((node = list_pop(&object->url_waiters)))
        list_add(&waiters, node); /* a fetch that goes on may have to wait again */
    while ((node = list_pop(&waiters))) {
        struct fetch *fetch = container_of(node, struct fetch, net_link);

        fetch->on_url(fetch, error);
    }
    object_unref(object);
}

static int object_request_url(void *arg)
{
    struct object *object = arg;
    int rc;

    object_ref(object);
    rc = client_signed_url(object->context.client, object->path, object->region, on_signed_url,
                           object);
    if (rc)
        object_unref(object);
    else if (object->url_generation)
        stats_add(net_stats(object->context.net), STAT_URL_RENEWALS, 1);
    return rc;
}

int object_wait_for_url(struct object *object, struct fetch *fetch)
{
    int rc;

    if (object->url)
        return 0;
    rc = single_flight_start(&object->url_request, object_request_url, object);
    if (rc)
        return rc;
    list_add(&object->url_waiters, &fetch->net_link);
    return -EINPROGRESS;
}

static int object_get_url(struct range_target *target, struct range *range, const char **url,
                          unsigned *generation)
{
    struct object *object = container_of(target, struct object, target);
    int rc = object_wait_for_url(object, container_of(range, struct fetch, range));

    if (rc)
        return rc;
    *url = object->url;
    *generation = object->url_generation;
    return 0;
}

static void on_url_refused(struct range_target *target, unsigned generation)
{
    struct object *object = container_of(target, struct object, target);

    if (generation != object->url_generation)
        return; /* another range has had it renewed already */
    free(object->url);
    object->url = NULL;
}

void object_init_target(struct object *object)
{
    object->target.get_url = object_get_url;
    object->target.on_url_refused = on_url_refused;
    object->target.name = object->path;
    object->target.size = RANGE_SIZE_UNKNOWN;
    transfer_group_init(&object->target.group);
    single_flight_init(&object->url_request);
    list_init(&object->url_waiters);
}
