/* The answer of /storage/zip-contents. */
#ifndef EMULATOR_ZIP_CONTENTS_H
#define EMULATOR_ZIP_CONTENTS_H

#include <stdbool.h>

/*
 * Lists the files of an archive below a folder ("" for all; a final slash can be left out), names
 * relative to it; not recursive: the files directly in it, and the folders as `NAME/` with nulls.
 * Returns 0 and JSON text that the caller frees, or a
 * negative errno, -EILSEQ for what is no well-formed archive.
 */
int zip_contents(const char *file, const char *folder, bool recursive, char **text);

#endif
