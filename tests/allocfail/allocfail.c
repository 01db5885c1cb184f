#include "allocfail.h"

#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <pthread.h>
#include <sanitizer/common_interface_defs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zip.h>

static struct allocfail own_rule;
struct allocfail *allocfail = &own_rule;
int allocfail_trace;

void allocfail_set(enum allocfail_mode mode, uint64_t a, uint64_t b)
{
    allocfail->mode = ALLOCFAIL_OFF;
    allocfail->a = a;
    allocfail->b = b;
    allocfail->asked = 0;
    allocfail->failed = 0;
    allocfail->mode = mode;
}

__attribute__((constructor)) static void map_rule(void)
{
    const char *path = getenv("TASKFS_ALLOCFAIL");
    int fd;

    allocfail_trace = getenv("TASKFS_ALLOCFAIL_TRACE") != NULL;
    if (!path)
        return;
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0)
        allocfail = mmap(NULL, sizeof(*allocfail), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || allocfail == MAP_FAILED) {
        perror(path);
        abort();
    }
    close(fd);
}

/* The finalizer of MurmurHash3. */
static uint64_t hash(uint64_t h)
{
    h = (h ^ h >> 33) * 0xff51afd7ed558ccdu;
    h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53u;
    return h ^ h >> 33;
}

static int is_chosen(uint64_t mode, uint64_t n)
{
    switch (mode) {
    case ALLOCFAIL_AT:
        return n == allocfail->a;
    case ALLOCFAIL_FROM:
        return n >= allocfail->a;
    case ALLOCFAIL_EVERY:
        return n % allocfail->a == 0;
    default:
        return hash(n + (allocfail->b << 32)) % 1000 < allocfail->a;
    }
}

/* Whether this allocation fails; errno is set then. */
static int fails(void)
{
    uint64_t mode = allocfail->mode;

    if (mode == ALLOCFAIL_OFF || !is_chosen(mode, ++allocfail->asked))
        return 0;
    allocfail->failed++;
    if (allocfail_trace)
        __sanitizer_print_stack_trace();
    errno = ENOMEM;
    return 1;
}

/* --- the C library
 * ------------------------------------------------------------------------------ */

void *allocfail_malloc(size_t size);
void *allocfail_calloc(size_t count, size_t size);
void *allocfail_realloc(void *block, size_t size);
char *allocfail_strdup(const char *text);
char *allocfail_strndup(const char *text, size_t n);
int allocfail_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
ssize_t allocfail_getline(char **line, size_t *size, FILE *file);
char *allocfail_realpath(const char *path, char *out);
FILE *allocfail_fopen(const char *path, const char *mode);
DIR *allocfail_fdopendir(int fd);
int allocfail_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                             void *arg);
void *allocfail_mmap(void *start, size_t size, int protection, int flags, int fd, off_t offset);

void *allocfail_malloc(size_t size)
{
    return fails() ? NULL : malloc(size);
}

void *allocfail_calloc(size_t count, size_t size)
{
    return fails() ? NULL : calloc(count, size);
}

void *allocfail_realloc(void *block, size_t size)
{
    return fails() ? NULL : realloc(block, size);
}

char *allocfail_strndup(const char *text, size_t n)
{
    return fails() ? NULL : strndup(text, n);
}

char *allocfail_strdup(const char *text)
{
    return fails() ? NULL : strdup(text);
}

int allocfail_asprintf(char **out, const char *format, ...)
{
    va_list args;
    int n;

    if (fails())
        return -1; /* and `*out` is anything */
    va_start(args, format);
    n = vasprintf(out, format, args);
    va_end(args);
    return n;
}

ssize_t allocfail_getline(char **line, size_t *size, FILE *file)
{
    return fails() ? -1 : getline(line, size, file);
}

char *allocfail_realpath(const char *path, char *out)
{
    return fails() ? NULL : realpath(path, out);
}

FILE *allocfail_fopen(const char *path, const char *mode)
{
    return fails() ? NULL : fopen(path, mode);
}

DIR *allocfail_fdopendir(int fd)
{
    return fails() ? NULL : fdopendir(fd);
}

void *allocfail_mmap(void *start, size_t size, int protection, int flags, int fd, off_t offset)
{
    return fails() ? MAP_FAILED : mmap(start, size, protection, flags, fd, offset);
}

int allocfail_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                             void *arg)
{
    return fails() ? EAGAIN : pthread_create(thread, attr, run, arg);
}

/* --- libraries that say when they had no memory
 * ------------------------------------------------- */

CURL *allocfail_curl_easy_init(void);
CURLcode allocfail_curl_easy_setopt(CURL *handle, CURLoption option, ...);
CURLM *allocfail_curl_multi_init(void);
CURLMcode allocfail_curl_multi_add_handle(CURLM *multi, CURL *handle);
struct curl_slist *allocfail_curl_slist_append(struct curl_slist *list, const char *text);
struct json_tokener *allocfail_json_tokener_new_ex(int depth);
zip_source_t *allocfail_zip_source_function_create(zip_source_callback call, void *arg,
                                                   zip_error_t *error);
zip_t *allocfail_zip_open_from_source(zip_source_t *source, int flags, zip_error_t *error);
zip_file_t *allocfail_zip_fopen_index(zip_t *archive, zip_uint64_t index, zip_flags_t flags);

CURL *allocfail_curl_easy_init(void)
{
    return fails() ? NULL : curl_easy_init();
}

/* Options whose value is a text are copied. Each kind of value comes in a word. */
CURLcode allocfail_curl_easy_setopt(CURL *handle, CURLoption option, ...)
{
    va_list args;
    void *value;
    int is_text = curl_easy_option_by_id(option) &&
                  curl_easy_option_by_id(option)->type == CURLOT_STRING;

    va_start(args, option);
    value = va_arg(args, void *);
    va_end(args);
    return is_text && fails() ? CURLE_OUT_OF_MEMORY : (curl_easy_setopt)(handle, option, value);
}

CURLM *allocfail_curl_multi_init(void)
{
    return fails() ? NULL : curl_multi_init();
}

CURLMcode allocfail_curl_multi_add_handle(CURLM *multi, CURL *handle)
{
    return fails() ? CURLM_OUT_OF_MEMORY : curl_multi_add_handle(multi, handle);
}

struct curl_slist *allocfail_curl_slist_append(struct curl_slist *list, const char *text)
{
    return fails() ? NULL : curl_slist_append(list, text);
}

struct json_tokener *allocfail_json_tokener_new_ex(int depth)
{
    return fails() ? NULL : json_tokener_new_ex(depth);
}

zip_source_t *allocfail_zip_source_function_create(zip_source_callback call, void *arg,
                                                   zip_error_t *error)
{
    if (!fails())
        return zip_source_function_create(call, arg, error);
    zip_error_set(error, ZIP_ER_MEMORY, 0);
    return NULL;
}

zip_t *allocfail_zip_open_from_source(zip_source_t *source, int flags, zip_error_t *error)
{
    if (!fails())
        return zip_open_from_source(source, flags, error);
    zip_error_set(error, ZIP_ER_MEMORY, 0);
    return NULL;
}

zip_file_t *allocfail_zip_fopen_index(zip_t *archive, zip_uint64_t index, zip_flags_t flags)
{
    if (!fails())
        return zip_fopen_index(archive, index, flags);
    zip_error_set(zip_get_error(archive), ZIP_ER_MEMORY, 0);
    return NULL;
}
