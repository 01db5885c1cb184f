/* HTTP range and entity-tag headers (RFC 9110, sections 8.8.3, 13.1 and 14). */
#include "range.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/*
 * Parses digits and moves *text behind them. A number that is too large becomes UINT64_MAX. Returns
 * false when there is no digit.
 */
static bool read_number(const char **text, uint64_t *value)
{
    const char *p = *text;
    uint64_t n = 0;

    if (!isdigit((unsigned char)*p))
        return false;
    for (; isdigit((unsigned char)*p); p++) {
        unsigned digit = (unsigned)(*p - '0');

        n = n > (UINT64_MAX - digit) / 10 ? UINT64_MAX : n * 10 + digit;
    }
    *text = p;
    *value = n;
    return true;
}

static const char *skip_space(const char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

static void resolve_suffix(struct range *range, uint64_t count, uint64_t size)
{
    range->suffix = true;
    range->count = count;
    if (count == 0 || size == 0) {
        range->kind = RANGE_UNSATISFIABLE;
        return;
    }
    range->kind = RANGE_PART;
    range->length = count < size ? count : size;
    range->start = size - range->length;
}

static void resolve_from(struct range *range, uint64_t first, uint64_t last, uint64_t size)
{
    if (first >= size) {
        range->kind = RANGE_UNSATISFIABLE;
        return;
    }
    if (last >= size)
        last = size - 1;
    range->kind = RANGE_PART;
    range->start = first;
    range->length = last - first + 1;
}

struct range range_resolve(const char *header, uint64_t size)
{
    struct range range = {.kind = RANGE_WHOLE, .length = size};
    uint64_t first = 0, last = UINT64_MAX;
    bool has_first;
    const char *p;

    if (!header || strncasecmp(header, "bytes=", 6) != 0 || strchr(header, ','))
        return range;
    p = skip_space(header + 6);
    has_first = read_number(&p, &first);
    if (*p != '-')
        return range;
    p++;
    if (!read_number(&p, &last) && !has_first)
        return range;
    if (*skip_space(p) != '\0' || last < first)
        return range;
    if (has_first)
        resolve_from(&range, first, last, size);
    else
        resolve_suffix(&range, last, size);
    return range;
}

bool etag_list_has(const char *list, const char *etag)
{
    const char *p = list;

    while (*p) {
        size_t len;

        p = skip_space(p);
        len = strcspn(p, ",");
        while (len > 0 && (p[len - 1] == ' ' || p[len - 1] == '\t'))
            len--;
        if ((len == 1 && *p == '*') || (len == strlen(etag) && strncmp(p, etag, len) == 0))
            return true;
        p += strcspn(p, ",");
        if (*p == ',')
            p++;
    }
    return false;
}
