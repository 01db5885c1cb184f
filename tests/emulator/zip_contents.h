/* The answer of /storage/zip-contents. */
#ifndef EMULATOR_ZIP_CONTENTS_H
#define EMULATOR_ZIP_CONTENTS_H

#include <stdbool.h>

/*
 * Lists the files of an archive in a folder ("" is the whole archive; the final slash is optional),
 * with names relative to it. Unless recursive, it lists the files directly in the folder, and
 * subfolders as `NAME/` with null values. Returns 0 and JSON text that the caller frees; -EILSEQ
 * when the archive is not well-formed; or another negative errno.
 */
int zip_contents(const char *file, const char *folder, bool recursive, char **text);

#endif
