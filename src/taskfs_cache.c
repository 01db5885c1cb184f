/*
 * taskfs-cache: looks after a cache on disk, which mounts and downloads may use meanwhile.
 *
 *      phase                                      where
 *      read options and environment               caretaker/options.c
 *      open the directory                         disk/disk.c
 *      take stock of it, check it, drop tasks     disk/inventory.c, disk/check.c
 *      print                                      caretaker/listing.c
 *
 * Exit status: 0 done; 1 something failed, or was damaged; 2 the arguments are wrong.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "caretaker/listing.h"
#include "caretaker/options.h"
#include "cli/streams.h"
#include "disk/disk.h"

#define WHY_SIZE 8192

static int print(struct buf *out)
{
    if (!out->error)
        return out->len ? streams_print(out->data) : 0;
    log_error("cannot print: %s", strerror(-out->error));
    return 1;
}

/* Each of these returns the exit status. */

static int list(const struct caretaker_options *options, struct disk *disk)
{
    BUF_SCOPED out = BUF_INIT(LISTING_MAX);
    struct inventory inventory;
    int rc = inventory_take(&inventory, disk, options->verifies), is_damaged = 0, status;

    if (rc && options->verifies && rc != -ENOMEM && rc != -EMFILE)
        log_error("cannot remove what is damaged in '%s': %s", options->dir, strerror(-rc));
    else if (rc)
        log_error("cannot read all of '%s': %s", options->dir, strerror(-rc));
    if (options->is_json) {
        listing_put_json(&out, &inventory, options->verifies);
    } else if (options->verifies) {
        listing_put_checked(&out, &inventory);
    } else {
        listing_put(&out, &inventory, clock_wall_ns());
    }
    is_damaged = listing_damaged(&inventory) > 0;
    inventory_free(&inventory);
    status = print(&out);
    return rc || is_damaged || status;
}

static int drop(const struct caretaker_options *options, struct disk *disk)
{
    BUF_SCOPED out = BUF_INIT(LISTING_MAX);
    int has_failed = 0;

    for (size_t i = 0; i < options->dropped_count; i++) {
        const char *id = options->dropped[i];
        uint64_t bytes = 0;
        int rc = inventory_drop(disk, id, &bytes);

        if (!rc)
            listing_put_dropped(&out, id, bytes, options->is_json);
        else if (rc == -ENOENT)
            log_error("nothing of '%s' is in '%s'", id, options->dir);
        else
            log_error("cannot drop '%s': %s", id, strerror(-rc));
        has_failed |= rc != 0;
    }
    return print(&out) || has_failed;
}

static int drop_all(const struct caretaker_options *options, struct disk *disk)
{
    BUF_SCOPED out = BUF_INIT(LISTING_MAX);
    uint64_t bytes = 0;
    int rc = inventory_drop_all(disk, &bytes);

    if (rc)
        log_error("cannot drop all of '%s': %s", options->dir, strerror(-rc));
    else
        listing_put_dropped(&out, NULL, bytes, options->is_json);
    return print(&out) || rc;
}

static int run(const struct caretaker_options *options)
{
    struct disk *disk;
    char why[WHY_SIZE];
    int status;

    if (disk_open_all(&disk, options->dir, why, sizeof(why))) {
        log_error("%s", why);
        return 1;
    }
    if (options->dropped_count)
        status = drop(options, disk);
    else if (options->drops_all)
        status = drop_all(options, disk);
    else
        status = list(options, disk);
    disk_close(disk);
    return status;
}

int main(int argc, char **argv)
{
    struct caretaker_options options;
    char why[WHY_SIZE];
    int status, rc;

    if (streams_fill())
        return 1;
    signal(SIGPIPE, SIG_IGN);
    log_setup(LOG_LEVEL_WARN);
    log_set_program("taskfs-cache");
    rc = caretaker_options_parse(&options, argc, argv, why, sizeof(why));
    if (rc) {
        log_error(rc == -EINVAL ? "%s: see taskfs-cache -h" : "%s", why);
        status = rc == -EINVAL ? 2 : 1;
    } else if (options.show_help) {
        status = streams_print(caretaker_help);
    } else if (options.show_version) {
        status = streams_print("taskfs-cache " TASKFS_VERSION "\n");
    } else {
        status = run(&options);
    }
    caretaker_options_free(&options);
    return status;
}
