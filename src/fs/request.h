/*
 * A request of the kernel as an op: it is tried until it can be answered, can be interrupted while
 * it waits, and is answered exactly once.
 */
#ifndef TASKFS_FS_REQUEST_H
#define TASKFS_FS_REQUEST_H

#include <fuse_lowlevel.h>

#include "fs/fs.h"
#include "member/member.h"

struct control_run;

struct request {
    struct op op;
    struct interrupted interrupted;
    fuse_req_t req;
    struct fs *fs;
    uint64_t node;
    struct identity *identity; /* of the node, with a reference; NULL for fixed nodes */
    /* Answers with one of the functions below and returns 0; or returns OP_PENDING; or returns a
     * negative errno, which becomes the answer. */
    int (*run)(struct request *request);
    /* Used as the kind of request needs: */
    struct fuse_file_info fi;
    off_t offset;
    size_t size;
    int is_of_read;            /* of attributes: a read of the file asks for them */
    struct zip_member *member; /* of a read: open until it is over; NULL none */
    int64_t answer_by;         /* of a read that has failed: clock_ms(); 0 it has not */
    union {
        char name[256];
        struct zip_read read;
        struct control_run *control;
    };
    /* Called before the request is answered with this error; may be NULL. */
    void (*failed)(struct request *request, int error);
    /* Frees what the kind holds when the request is over; may be NULL. */
    void (*cleanup)(struct request *request);
};

/*
 * A request on `node`. Returns NULL after answering ENOMEM, or ESTALE for a node that is not known.
 * The caller fills in what the kind needs and calls request_start.
 */
struct request *request_new(fuse_req_t req, uint64_t node, int (*run)(struct request *request));
/* Tries it on this thread; the request is no longer the caller's. */
void request_start(struct request *request);

/* The errno (positive) that a program should see of an error of ours (negative). */
int request_errno(int error);
/* Answers with an errno (positive) instead of starting it. */
void request_refuse(struct request *request, int error);

/* Answers. Each is the last thing that `run` does with the request. */
int request_reply_entry(struct request *request, struct fuse_entry_param *entry,
                        struct identity *identity);
int request_reply_attr(struct request *request, const struct stat *st, double timeout);
int request_reply_data(struct request *request, const void *data, size_t len);
/* How many bytes an extended attribute has. */
int request_reply_xattr(struct request *request, size_t len);
/* Returns 0, or -ENOENT when the kernel no longer wants it: then no release will come. */
int request_reply_open(struct request *request);
int request_reply_read(struct request *request);
int request_reply_write(struct request *request, size_t len);

/* The object that the request is about: the task of a task's or a control's node, or the
 * archive. */
struct task *request_task(const struct request *request);
struct archive *request_archive(const struct request *request);

/* From within a step: makes what is known of the task as recent as its directory's attributes have
 * to be. Returns 0, OP_PENDING or an error. */
int request_refresh_directory(struct request *request, struct task *task);

#endif
