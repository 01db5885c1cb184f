/*
 * An archive at a store that a download reads, an engine to read it with, and the target that it is
 * downloaded to, in a folder of scratch.h.
 */
#ifndef TASKFS_DOWNLOAD_WORLD_H
#define TASKFS_DOWNLOAD_WORLD_H

#include "archive/archive.h"
#include "download/target.h"
#include "engine/engine.h"
#include "object_world.h"
#include "zip_builder.h"

struct download_world {
    struct zip_builder builder; /* the test adds members before it starts the world */
    struct world store;
    struct connection connection;
    struct engine engine;
    struct identities identities;
    struct archive *archive;
    struct target target;
};

/* Serves the archive and loads it; makes the target "dir/abc/outputs". The struct was zeroed before
 * members were added, or is that of a world that was stopped. Returns 0 or a negative errno. */
int download_world_start(struct download_world *world);
/* Ends what runs, and removes the folder. */
void download_world_stop(struct download_world *world);

#endif
