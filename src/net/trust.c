#include "net/trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"

#define SYSTEM_MAX (4u << 20) /* bytes of the file of the system, and of the given one */

/* Appends the system's authorities. Returns 0, or a negative errno when they cannot be had. */
static int append_system(struct buf *all)
{
    const char *file = curl_version_info(CURLVERSION_NOW)->cainfo;
    char *text = malloc(SYSTEM_MAX);
    int n = !text ? -ENOMEM : file ? file_read(file, text, SYSTEM_MAX) : -ENOENT;

    if (n == (int)SYSTEM_MAX)
        n = -EFBIG;
    if (n > 0 && !buf_putc(all, '\n'))
        buf_append(all, text, (size_t)n);
    free(text);
    if (n <= 0)
        return n ? n : -ENOENT;
    return all->error;
}

/* Returns 0 or -ENOMEM. */
static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n <= 0)
            return -ENOMEM;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* The given authorities and those of the system, in a file that cannot change, hang or vanish. */
static int make_file(struct trust *trust)
{
    int has_system_directory = curl_version_info(CURLVERSION_NOW)->capath != NULL;
    BUF_SCOPED all = BUF_INIT(2 * (size_t)SYSTEM_MAX + 1);
    int rc = buf_puts(&all, trust->pem);

    if (rc)
        return rc;
    if (!trust->directory)
        trust->is_one_file = !has_system_directory || append_system(&all) == 0;
    if (all.error)
        return all.error;
    trust->fd = memfd_create("authorities", MFD_CLOEXEC);
    snprintf(trust->path, sizeof(trust->path), "/proc/self/fd/%d", trust->fd);
    rc = trust->fd >= 0 ? write_all(trust->fd, all.data, all.len) : 0;
    if (rc || !access(trust->path, R_OK))
        return rc;
    trust_free(trust); /* there is no such file, or no /proc to name it by */
    trust->is_one_file = 0;
    return 0;
}

int trust_init(struct trust *trust, const char *pem, const char *directory)
{
    const char *file = curl_version_info(CURLVERSION_NOW)->cainfo;

    *trust = (struct trust){.fd = -1, .pem = pem, .directory = directory};
    if (pem)
        return make_file(trust);
    trust->is_one_file = !directory && file && !access(file, R_OK);
    return 0;
}

void trust_free(struct trust *trust)
{
    if (trust->fd >= 0)
        close(trust->fd);
    trust->fd = -1;
}

int trust_set(const struct trust *trust, CURL *easy)
{
    struct curl_blob pem = {.data = (void *)trust->pem,
                            .len = trust->pem ? strlen(trust->pem) : 0,
                            .flags = CURL_BLOB_NOCOPY};
    CURLcode rc = CURLE_OK;

    if (trust->fd >= 0)
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO, trust->path);
    else if (trust->pem)
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &pem);
    if (!rc && trust->directory)
        rc = curl_easy_setopt(easy, CURLOPT_CAPATH, trust->directory);
    else if (!rc && trust->is_one_file)
        rc = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    return rc ? -ENOMEM : 0;
}
