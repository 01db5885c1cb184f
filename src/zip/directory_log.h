/* What the log says of an archive that is odd, but can be read. */
#ifndef TASKFS_ZIP_DIRECTORY_LOG_H
#define TASKFS_ZIP_DIRECTORY_LOG_H

#include "zip/directory.h"

/* Logs a warning for each oddity of the archive, for its first members that can't be read because
 * their record is impossible, and for how many more there are. `name`: of the archive. Returns how
 * many cannot be read. */
uint32_t zip_directory_log_problems(const struct zip_directory *dir, const char *name);

#endif
