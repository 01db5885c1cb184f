/* The values of options, as text. Each function returns 0, or -EINVAL for malformed text. */
#ifndef TASKFS_CLI_VALUES_H
#define TASKFS_CLI_VALUES_H

#include <stddef.h>
#include <stdint.h>

/* A decimal number from 0 to `max`, perhaps with decimals: "0.5". `*value` is in thousandths;
 * further decimals are cut off. */
int value_parse_thousandths(const char *text, int64_t max, int64_t *value);
/* A whole number from 0 to `max`, in base 8 or 10. */
int value_parse_whole(const char *text, int base, unsigned long max, unsigned long *value);
/* A number of bytes of at least `min`, perhaps with K, M, G or T: "64M" is 64 * 1024 * 1024. */
int value_parse_size(const char *text, size_t min, size_t *size);
/* A URL of http or https without user, query and fragment. */
int value_check_url(const char *text);

#endif
