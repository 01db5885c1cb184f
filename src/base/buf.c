#include "base/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int buf_reserve(struct buf *buf, size_t more)
{
    size_t want, capacity;
    char *data;

    if (buf->error)
        return buf->error;
    if (more > buf->ceiling || buf->len > buf->ceiling - more)
        return buf->error = -EFBIG;
    want = buf->len + more + 1;
    if (want <= buf->capacity)
        return 0;
    capacity = buf->capacity < 128 ? 128 : buf->capacity;
    while (capacity < want)
        capacity = capacity < buf->ceiling / 2 ? capacity * 2 : buf->ceiling + 1;
    data = realloc(buf->data, capacity);
    if (!data)
        return buf->error = -ENOMEM;
    buf->data = data;
    buf->capacity = capacity;
    return 0;
}

int buf_append(struct buf *buf, const void *bytes, size_t n)
{
    int rc = buf_reserve(buf, n);

    if (rc)
        return rc;
    if (n)
        memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
    buf->data[buf->len] = '\0';
    return 0;
}

int buf_puts(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

int buf_putc(struct buf *buf, char c)
{
    return buf_append(buf, &c, 1);
}

int buf_vprintf(struct buf *buf, const char *format, va_list args)
{
    va_list again;
    int n, rc;

    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0)
        return buf->error = -EINVAL;
    rc = buf_reserve(buf, (size_t)n);
    if (rc)
        return rc;
    vsnprintf(buf->data + buf->len, (size_t)n + 1, format, args);
    buf->len += (size_t)n;
    return 0;
}

int buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    int rc;

    va_start(args, format);
    rc = buf_vprintf(buf, format, args);
    va_end(args);
    return rc;
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->error = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    *buf = BUF_INIT(buf->ceiling);
}

char *buf_steal(struct buf *buf, size_t *len)
{
    char *data = buf->data;

    if (len)
        *len = buf->len;
    *buf = BUF_INIT(buf->ceiling);
    return data;
}
