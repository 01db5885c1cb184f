/*
 * DOS dates and times (APPNOTE 4.4.6): the local time of whoever packed the archive, without a time
 * zone, with a resolution of two seconds.
 */
#ifndef TASKFS_ZIP_DOS_TIME_H
#define TASKFS_ZIP_DOS_TIME_H

#include <stdint.h>

/* The time zone in which the DOS times of an archive are read. */
enum zip_dos_zone {
    ZIP_DOS_UTC,
    ZIP_DOS_LOCAL, /* of this process: TZ, else /etc/localtime */
};

#define DOS_CLOCK_SLOTS 64u

/* Converts times. Remembers the last results, because mktime(3) is slow and the members of an
 * archive have few different times. Not thread-safe. */
struct zip_dos_clock {
    enum zip_dos_zone zone;
    struct {
        uint32_t minute; /* date and time without the seconds, plus 1; 0: unused */
        int64_t seconds; /* of its start */
    } slots[DOS_CLOCK_SLOTS];
};

void zip_dos_clock_init(struct zip_dos_clock *clock, enum zip_dos_zone zone);
/* Seconds since 1970-01-01 UTC. Any `date` and `time` give a time: numbers out of range are
 * clamped, and a local time that a change to daylight saving time has skipped is moved as mktime(3)
 * does. */
int64_t zip_dos_time(struct zip_dos_clock *clock, uint16_t date, uint16_t time);

#endif
