/* Made archives of which the end is looked for. */
#ifndef TASKFS_ZIP_ENDS_H
#define TASKFS_ZIP_ENDS_H

#include "zip/end_record.h"
#include "zip_builder.h"

/* An archive of two small files; `ending` as for zip_builder_end. */
void build_two(struct zip_builder *builder, const struct zip_ending *ending);
/* zip_end_find with the whole archive as the tail. */
int find_all(const struct zip_builder *builder, struct zip_end *end);
/* Starts with a tail of `n` bytes and gives what is asked for; counts the rounds. */
int find_from(const struct zip_builder *builder, size_t n, struct zip_end *end, int *rounds);

#endif
