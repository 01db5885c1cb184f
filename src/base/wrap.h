/* Marks a function whose unsigned arithmetic wraps on purpose (hashes), for clang's sanitizer. */
#ifndef TASKFS_BASE_WRAP_H
#define TASKFS_BASE_WRAP_H

#ifdef __clang__
#define WRAPS __attribute__((no_sanitize("unsigned-integer-overflow", "unsigned-shift-base")))
#else
#define WRAPS
#endif

#endif
