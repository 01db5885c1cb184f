/* The object store. */
#include "storage.h"

#include "range.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PREFIX "/storage/"

void storage_open(const struct storage *storage, struct request *request,
                  struct opened_object *object)
{
    const char *path = request->path + strlen(PREFIX);
    struct stored_object stored;

    object->fd = -1;
    if (tasks_resolve(storage->tasks, path, &stored) == 0) {
        object->fd = open(stored.file, O_RDONLY | O_CLOEXEC);
        free(stored.file);
    }
    if (stored.task_id[0]) {
        free(request->task_id);
        request->task_id = strdup(stored.task_id);
    }
    if (object->fd >= 0 && fstat(object->fd, &object->st) != 0)
        opened_object_close(object);
    if (object->fd >= 0)
        request->range_from = range_resolve(request->range, (uint64_t)object->st.st_size).start;
}

void opened_object_close(struct opened_object *object)
{
    if (object->fd >= 0)
        close(object->fd);
    object->fd = -1;
}

char *storage_signed_url(const struct storage *storage, const char *path)
{
    char *query = signer_sign(storage->signer, path);
    char *url = NULL;
    size_t size;
    FILE *out = open_memstream(&url, &size);

    if (!out || !query) {
        free(query);
        if (out)
            fclose(out);
        free(url);
        return NULL;
    }
    fprintf(out, "%s/", storage->base);
    for (const char *p = path; *p; p++) {
        if (isalnum((unsigned char)*p) || strchr("/-._~", *p))
            fputc(*p, out);
        else
            fprintf(out, "%%%02X", (unsigned char)*p);
    }
    fprintf(out, "?%s", query);
    fclose(out);
    free(query);
    return url;
}

/* Returns true when the signature is valid for the path; otherwise fills in the refusal. */
static bool storage_admit(const struct storage *storage, const struct request *request,
                          struct reply *reply)
{
    struct signature signature = {
        .credential = request_argument(request, "X-Goog-Credential"),
        .date = request_argument(request, "X-Goog-Date"),
        .expires = request_argument(request, "X-Goog-Expires"),
        .value = request_argument(request, "X-Goog-Signature"),
    };

    switch (signer_check(storage->signer, request->path + strlen(PREFIX), &signature)) {
    case SIGNATURE_GOOD:
        return true;
    case SIGNATURE_EXPIRED:
        reply_xml_error(reply, storage->expired_status, "ExpiredToken", "Invalid argument.",
                        "The provided token has expired. Request signature expired.");
        return false;
    case SIGNATURE_WRONG:
        reply_xml_error(reply, 403, "SignatureDoesNotMatch", "Access denied.",
                        "The request signature we calculated does not match the signature you "
                        "provided. Check your Google secret key and signing method.");
        return false;
    default:
        reply_xml_error(reply, 403, "AccessDenied", "Access denied.",
                        "Anonymous caller does not have storage.objects.get access to the Google "
                        "Cloud Storage object.");
        return false;
    }
}

/* Makes a strong tag that changes with every version of the file; empty for the fault no_etag. */
static void make_etag(const struct stat *st, const struct effects *effects, char *out, size_t size)
{
    const struct fault *fault = effects_find(effects, FAULT_ETAG);
    uint64_t when = (uint64_t)st->st_mtim.tv_sec * 1000000000u + (uint64_t)st->st_mtim.tv_nsec;

    if (effects_find(effects, FAULT_NO_ETAG))
        out[0] = '\0';
    else if (fault && (fault->text[0] == '"' || strncmp(fault->text, "W/", 2) == 0))
        snprintf(out, size, "%s", fault->text);
    else if (fault)
        snprintf(out, size, "\"%s\"", fault->text);
    else
        snprintf(out, size, "\"%016" PRIx64 "-%" PRIx64 "-%" PRIx64 "\"", when,
                 (uint64_t)st->st_size, (uint64_t)st->st_ino);
}

/*
 * Returns true when a precondition has answered the request (RFC 9110, 13.2.2). Without a tag none
 * is checked.
 */
static bool precondition_fails(const struct request *request, const char *etag, struct reply *reply)
{
    const char *match = request_header(request, "If-Match");
    const char *none_match = request_header(request, "If-None-Match");

    if (match && etag[0] && !etag_list_has(match, etag)) {
        reply_xml_error(reply, 412, "PreconditionFailed",
                        "At least one of the pre-conditions you specified did not hold.",
                        "If-Match");
        return true;
    }
    if (none_match && etag[0] && etag_list_has(none_match, etag)) {
        reply_text(reply, 304, NULL, NULL);
        reply_header(reply, "ETag", "%s", etag);
        return true;
    }
    return false;
}

/* Chooses the range to serve from Range, If-Range and the faults that change the choice. */
static struct range choose_range(const struct request *request, uint64_t size, const char *etag,
                                 const char *date, const struct effects *effects)
{
    const char *if_range = request_header(request, "If-Range");
    const struct fault *fault = effects_find(effects, FAULT_SHORT_RANGE);
    struct range range = range_resolve(request->range, size);

    if (effects_find(effects, FAULT_IGNORE_RANGE) ||
        (if_range && strcmp(if_range, etag) != 0 && strcmp(if_range, date) != 0))
        return range_resolve(NULL, size);
    if (fault && range.kind == RANGE_PART && (uint64_t)fault->number < range.length)
        range.length = (uint64_t)fault->number;
    return range;
}

/* Moves an offset by shift bytes; the other way when the range would not fit into the object. */
static uint64_t shifted(uint64_t start, uint64_t length, uint64_t size, int64_t shift)
{
    int64_t room = (int64_t)(size - length);
    int64_t at = (int64_t)start;

    if (shift > room || shift < -room)
        return start > 0 ? 0 : (uint64_t)room;
    if (at + shift < 0 || at + shift > room)
        shift = -shift;
    if (at + shift < 0 || at + shift > room)
        return start > 0 ? 0 : (uint64_t)room;
    return (uint64_t)(at + shift);
}

static void fill_range(struct reply *reply, struct range range, uint64_t size,
                       const struct effects *effects)
{
    const struct fault *wrong = effects_find(effects, FAULT_WRONG_RANGE);
    const struct fault *lying = effects_find(effects, FAULT_LYING_RANGE);

    if (wrong && range.kind == RANGE_PART)
        range.start = shifted(range.start, range.length, size, wrong->number);
    reply->status = range.kind == RANGE_PART ? 206 : 200;
    reply->offset = range.start;
    reply->length = range.length;
    if (range.kind == RANGE_PART)
        reply_header(reply, "Content-Range", "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, range.start,
                     range.start + range.length - 1, size);
    if (lying && size > 0) {
        int64_t shift = lying->number % (int64_t)size;

        if (shift < 0)
            shift += (int64_t)size;
        reply->offset = (range.start + (uint64_t)shift) % size;
        reply->wrap = size;
    }
}

static void add_object_headers(struct reply *reply, const struct stat *st, const char *etag,
                               const char *date, const struct effects *effects)
{
    if (etag[0])
        reply_header(reply, "ETag", "%s", etag);
    reply_header(reply, "Last-Modified", "%s", date);
    reply_header(reply, "Accept-Ranges", "bytes");
    reply_header(reply, "x-goog-generation", "%lld%06ld", (long long)st->st_mtim.tv_sec,
                 st->st_mtim.tv_nsec / 1000);
    reply_header(reply, "x-goog-stored-content-encoding", "identity");
    reply_header(reply, "x-goog-stored-content-length", "%lld", (long long)st->st_size);
    reply_header(reply, "x-goog-storage-class", "STANDARD");
    if (effects_find(effects, FAULT_GZIP_ENCODING))
        reply_header(reply, "Content-Encoding", "gzip");
    reply_header(reply, "Server", "UploadServer");
}

/* Whether the request's suffix range is one that the store does not know. */
static bool is_unknown_suffix(const struct fault *no_suffix, const struct range *range,
                              uint64_t size)
{
    return no_suffix && range->suffix && (!no_suffix->longer || range->count > size);
}

static void serve_object(struct request *request, struct opened_object *object,
                         const struct effects *effects, struct reply *reply)
{
    const struct fault *no_suffix = effects_find(effects, FAULT_NO_SUFFIX);
    uint64_t size = (uint64_t)object->st.st_size;
    char etag[512], date[64];
    struct range range;
    int status = 200;

    make_etag(&object->st, effects, etag, sizeof(etag));
    http_date(object->st.st_mtim.tv_sec, date);
    if (precondition_fails(request, etag, reply))
        return;
    range = choose_range(request, size, etag, date, effects);
    if (is_unknown_suffix(no_suffix, &range, size)) {
        range = range_resolve(NULL, size);
        status = no_suffix->code ? no_suffix->code : 416;
    } else if (range.kind == RANGE_UNSATISFIABLE) {
        status = 416;
    }
    if (status != 200) {
        reply_xml_error(reply, status, "InvalidRange", "The requested range cannot be satisfied.",
                        request->range ? "Range" : "");
        if (!no_suffix || !no_suffix->no_total)
            reply_header(reply, "Content-Range", "bytes */%" PRIu64, size);
        return;
    }
    fill_range(reply, range, size, effects);
    reply->content_type = "application/zip";
    add_object_headers(reply, &object->st, etag, date, effects);
    reply->fd = object->fd;
    object->fd = -1;
}

void storage_get(const struct storage *storage, struct request *request,
                 struct opened_object *object, const struct effects *effects, struct reply *reply)
{
    if (!request_is(request, "GET") && !request_is(request, "HEAD")) {
        reply_xml_error(reply, 405, "MethodNotAllowed",
                        "The specified method is not allowed against this resource.", "");
        reply_header(reply, "Allow", "GET, HEAD");
        return;
    }
    if (!storage_admit(storage, request, reply))
        return;
    if (object->fd < 0) {
        reply_xml_error(reply, 404, "NoSuchKey", "The specified key does not exist.",
                        "No such object");
        return;
    }
    serve_object(request, object, effects, reply);
}
