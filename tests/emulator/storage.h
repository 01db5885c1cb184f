/* The object store: signed URLs out, objects and their ranges in. */
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

/* An object that a request names, opened. */
struct opened_object {
    int fd; /* -1: there is no such object */
    struct stat st;
};

/* Opens the object of a KIND_OBJECT request and notes its task and where its range begins. */
void storage_open(const struct storage *storage, struct request *request,
                  struct opened_object *object);
void opened_object_close(struct opened_object *object);

/* Answers a request for an object; takes the open file over where it is sent. */
void storage_get(const struct storage *storage, struct request *request,
                 struct opened_object *object, const struct effects *effects, struct reply *reply);

/* A signed URL for a path of the store; the caller frees it. NULL: out of memory. */
char *storage_signed_url(const struct storage *storage, const char *path);

#endif
