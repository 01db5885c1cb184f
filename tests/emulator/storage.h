/* The object store: makes signed URLs and serves objects and ranges of them. */
#ifndef EMULATOR_STORAGE_H
#define EMULATOR_STORAGE_H

#include "faults.h"
#include "reply.h"
#include "request.h"
#include "signing.h"
#include "tasks.h"

#include <sys/stat.h>

struct storage {
    struct task_table *tasks;
    struct signer *signer;
    const char *base; /* of signed URLs, without a final slash */
    int expired_status;
};

/* The open file of an object. */
struct opened_object {
    int fd; /* -1 when there is no such object */
    struct stat st;
};

/* Opens the object of a KIND_OBJECT request, and sets task_id and range_from of the request. */
void storage_open(const struct storage *storage, struct request *request,
                  struct opened_object *object);
void opened_object_close(struct opened_object *object);

/* Answers a request for an object. Takes ownership of the open file when it sends it. */
void storage_get(const struct storage *storage, struct request *request,
                 struct opened_object *object, const struct effects *effects, struct reply *reply);

/* Returns a signed URL for a path, which the caller frees; NULL when out of memory. */
char *storage_signed_url(const struct storage *storage, const char *path);

#endif
