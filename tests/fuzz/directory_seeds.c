/* Writes seeds for directory_fuzz to a directory: one archive of each kind the builder knows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/support/zip_builder.h"

static int failures;

static void save(struct zip_builder *builder, const char *dir, const char *name)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    file = fopen(path, "wb");
    if (!file || fwrite(builder->out.bytes, 1, builder->out.n, file) != builder->out.n ||
        fclose(file) != 0) {
        fprintf(stderr, "cannot write '%s'\n", path);
        failures++;
    }
    zip_builder_free(builder);
}

static void add_files(struct zip_builder *builder)
{
    zip_builder_file(builder, "output.json", "{}", 2);
    zip_builder_file(builder, "artifacts/", "", 0);
    zip_builder_file(builder, "artifacts/d/a", "aaa", 3);
    zip_builder_deflated(builder, "artifacts/d/a", "aaaaaaaaaaaaaaaaaaaa", 20, 6, 1);
    zip_builder_file(builder, "artifacts/d/a (2)", "", 0);
    zip_builder_file(builder, "artifacts/d", "", 0);
}

static void save_endings(const char *dir)
{
    static const struct {
        const char *name;
        struct zip_ending ending;
    } kinds[] = {
        {"plain", {0}},
        {"comment", {.comment = "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", .comment_len = 22}},
        {"zip64", {.zip64 = 1}},
        {"zip64_unneeded", {.zip64 = 2}},
        {"zip64_extensible", {.zip64 = 1, .extensible = 9}},
        {"gap", {.gap = 7}},
        {"signed", {.signature = "signed", .signature_len = 6}},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (int with_prefix = 0; with_prefix < 2; with_prefix++) {
            struct zip_builder builder = {0};
            char name[64];

            zip_bytes_fill(&builder.out, '#', with_prefix ? 11 : 0);
            zip_builder_start(&builder);
            add_files(&builder);
            zip_builder_end(&builder, &kinds[i].ending);
            snprintf(name, sizeof(name), "%s%s", kinds[i].name, with_prefix ? "_prefix" : "");
            save(&builder, dir, name);
        }
}

static void save_members(const char *dir)
{
    static const char extra[] = "\x55\x54\5\0\1\1\2\3\4"
                                "\x0a\0\x20\0\0\0\0\0\1\0\x18\0\0\0\0\0\1\2\3\1\0\0\0\0\0\0\0\0"
                                "\0\0\0\0\0\0\0\0"
                                "\x75\x70\x07\0\1\x79\xcb\xd8\x5a\xc3\xbc";
    struct zip_builder builder = {0};
    struct zip_member link = {.name = "artifacts/link",
                              .data = "../x",
                              .data_len = 4,
                              .made_by = 3,
                              .attributes = 0120777u << 16};
    struct zip_member wide = {
        .name = "wide", .zip64 = 1, .central_extra = extra, .central_extra_len = sizeof(extra) - 1};
    struct zip_member odd = {.name = "\x81", .bits = 1, .method = 99, .comment = "comment"};

    zip_builder_add(&builder, &link);
    zip_builder_add(&builder, &wide);
    zip_builder_add(&builder, &odd);
    zip_builder_end(&builder, NULL);
    save(&builder, dir, "members");
}

static void save_names(const char *dir)
{
    static const char names[] =
        "names:0a/b/c\n0a\n0a\n0a (2)\n2artifacts/l\n3artifacts/\n0../x\n1/y\n";
    struct zip_builder builder = {0};

    zip_bytes_add(&builder.out, names, sizeof(names) - 1);
    save(&builder, dir, "names");
    zip_bytes_add(&builder.out, "names:", 6);
    for (int i = 0; i < 4; i++) {
        zip_bytes_fill(&builder.out, 'x', 253);
        zip_bytes_add(&builder.out, i < 2 ? "ab\n" : "ac\n", 3);
    }
    save(&builder, dir, "long_names");
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
        return EXIT_FAILURE;
    }
    save_endings(argv[1]);
    save_members(argv[1]);
    save_names(argv[1]);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
