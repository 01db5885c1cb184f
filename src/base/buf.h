/*
 * A byte buffer that grows up to a ceiling set when it is made. An error sticks: after one failed
 * append every further one fails too, so a writer may check once, at the end.
 */
#ifndef TASKFS_BASE_BUF_H
#define TASKFS_BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
    char *data;      /* NUL-terminated once anything was appended; NULL before */
    size_t len;      /* bytes, without the NUL */
    size_t capacity; /* bytes */
    size_t ceiling;  /* len never passes this */
    int error;       /* 0, -ENOMEM or -EFBIG; sticky */
};

/* An empty buffer that will hold at most `ceiling` bytes. Allocates nothing. */
#define BUF_INIT(ceiling) ((struct buf){NULL, 0, 0, (ceiling), 0})

/* Each appends and returns 0; or returns -ENOMEM, or -EFBIG when the ceiling would be passed. */
int buf_append(struct buf *buf, const void *bytes, size_t n);
int buf_puts(struct buf *buf, const char *text);
int buf_putc(struct buf *buf, char c);
int buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_vprintf(struct buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Drops the content and the error; keeps the memory. */
void buf_clear(struct buf *buf);
/* Frees the memory; the buffer is empty and may be used again. */
void buf_free(struct buf *buf);
/* Returns the bytes, which the caller frees: NUL-terminated, or NULL when nothing was appended.
 * `*len` is their number; `len` may be NULL. The buffer is empty then. */
char *buf_steal(struct buf *buf, size_t *len);

static inline void buf_cleanup(struct buf *buf)
{
    buf_free(buf);
}
#define BUF_SCOPED __attribute__((cleanup(buf_cleanup))) struct buf

#endif
