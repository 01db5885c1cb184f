#include <stdlib.h>
#include <zlib.h>

#include "support/zip_builder.h"
#include "test.h"
#include "zip/names.h"

struct decoded {
    char text[ZIP_NAME_MAX + 1];
    size_t n;
    int was_cut;
};

static struct decoded decode(const char *raw, size_t n, int marked, const void *path, size_t path_n)
{
    struct zip_raw_name name = {(const uint8_t *)raw, n, marked};
    struct decoded decoded;

    decoded.n = zip_name_decode(&name, path, path_n, decoded.text, &decoded.was_cut);
    decoded.text[decoded.n] = '\0';
    return decoded;
}

static struct decoded decode_plain(const char *raw, int marked)
{
    return decode(raw, strlen(raw), marked, NULL, 0);
}

/* A Unicode path field for the raw name `raw`. */
static struct zip_bytes unicode_path(const char *raw, const char *path, unsigned version)
{
    struct zip_bytes field = {0};

    zip_bytes_le(&field, version, 1);
    zip_bytes_le(&field, crc32(0, (const Bytef *)raw, (uInt)strlen(raw)), 4);
    zip_bytes_add(&field, path, strlen(path));
    return field;
}

TEST(ascii_stays)
{
    CHECK_STR(decode_plain("dir/plain name.txt", 0).text, "dir/plain name.txt");
    CHECK_STR(decode_plain("dir/plain name.txt", 1).text, "dir/plain name.txt");
    CHECK_STR(decode_plain("\x01\x1f\x7f", 0).text, "\x01\x1f\x7f");
    CHECK_EQ(decode_plain("", 0).n, 0);
}

TEST(cp437_where_it_is_no_utf8)
{
    CHECK_STR(decode_plain("\x81"
                           "ber.txt",
                           0)
                  .text,
              "über.txt");
    CHECK_STR(decode_plain("\x8e\x99\x9a\xe1", 0).text, "ÄÖÜß");
    CHECK_STR(decode_plain("\x80\xff", 0).text, "Ç\u00a0");
    CHECK_STR(decode_plain("\xb0\xe3\xec\xfe", 0).text, "░π∞■");
}

TEST(utf8_without_the_mark_stays)
{
    CHECK_STR(decode_plain("größe.txt", 0).text, "größe.txt");
}

TEST(marked_names)
{
    CHECK_STR(decode_plain("größe.txt", 1).text, "größe.txt");
    CHECK_STR(decode_plain("bad \x81 bytes", 1).text, "bad \x81 bytes");
}

TEST(unicode_path_wins_where_its_crc_fits)
{
    struct zip_bytes good = unicode_path("gr\x94\xe1"
                                         "e",
                                         "größe", 1);
    struct zip_bytes other = unicode_path("something", "größe", 1);
    struct zip_bytes version = unicode_path("gr\x94\xe1"
                                            "e",
                                            "größer", 2);
    struct zip_bytes bad = unicode_path("gr\x94\xe1"
                                        "e",
                                        "gr\x94\xe1"
                                        "ere",
                                        1);
    const char *raw = "gr\x94\xe1"
                      "e";

    CHECK_STR(decode(raw, 5, 0, good.bytes, good.n).text, "größe");
    CHECK_STR(decode(raw, 5, 0, other.bytes, other.n).text, "größe"); /* CP437 says the same */
    CHECK_STR(decode("name", 4, 0, good.bytes, good.n).text, "name");
    CHECK_STR(decode(raw, 5, 0, version.bytes, version.n).text, "größe");
    CHECK_STR(decode(raw, 5, 0, bad.bytes, bad.n).text, "größe");
    for (size_t n = 0; n < 6; n++)
        CHECK_STR(decode(raw, 5, 0, good.bytes, n).text, "größe");
    free(good.bytes);
    free(other.bytes);
    free(version.bytes);
    free(bad.bytes);
}

TEST(unicode_path_and_the_mark)
{
    struct zip_bytes good = unicode_path("plain", "größe", 1);
    struct zip_bytes saved = unicode_path("bad \x81", "größe", 1);

    CHECK_STR(decode("plain", 5, 0, good.bytes, good.n).text, "größe");
    CHECK_STR(decode("plain", 5, 1, good.bytes, good.n).text, "plain");
    CHECK_STR(decode("bad \x81", 5, 1, saved.bytes, saved.n).text, "größe");
    free(good.bytes);
    free(saved.bytes);
}

TEST(utf8_validity)
{
    static const struct {
        const char *bytes;
        int is_valid;
    } cases[] = {
        {"", 1},
        {"plain", 1},
        {"\xc2\x80", 1},
        {"\xdf\xbf", 1},
        {"\xe0\xa0\x80", 1},
        {"\xed\x9f\xbf", 1},
        {"\xee\x80\x80", 1},
        {"\xf0\x90\x80\x80", 1},
        {"\xf4\x8f\xbf\xbf", 1},
        {"a long enough text with a bad byte at its end \xff", 0},
        {"\x80", 0},
        {"\xc0\x80", 0},         /* overlong */
        {"\xc1\xbf", 0},         /* overlong */
        {"\xe0\x9f\xbf", 0},     /* overlong */
        {"\xf0\x8f\xbf\xbf", 0}, /* overlong */
        {"\xed\xa0\x80", 0},     /* surrogate */
        {"\xf4\x90\x80\x80", 0}, /* past U+10FFFF */
        {"\xf5\x80\x80\x80", 0},
        {"\xc2", 0},
        {"\xe2\x82", 0},
        {"\xf0\x9f\x98", 0},
        {"\xc2"
         "a",
         0},
        {"\xe2\x82"
         "a",
         0},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_EQ(zip_utf8_is_valid((const uint8_t *)cases[i].bytes, strlen(cases[i].bytes)),
                 cases[i].is_valid);
}

TEST(cutting_keeps_characters_whole)
{
    const uint8_t *text = (const uint8_t *)"a€😀z";

    CHECK_EQ(zip_utf8_cut(text, 1), 1);
    CHECK_EQ(zip_utf8_cut(text, 2), 1);
    CHECK_EQ(zip_utf8_cut(text, 3), 1);
    CHECK_EQ(zip_utf8_cut(text, 4), 4);
    CHECK_EQ(zip_utf8_cut(text, 5), 4);
    CHECK_EQ(zip_utf8_cut(text, 7), 4);
    CHECK_EQ(zip_utf8_cut(text, 8), 8);
    CHECK_EQ(zip_utf8_cut((const uint8_t *)"\x80\x80\x80\x80\x80\x80", 5), 5);
    CHECK_EQ(zip_utf8_cut((const uint8_t *)"\x80\x80", 1), 1);
}

TEST(long_names_are_cut)
{
    struct zip_bytes name = {0};
    struct decoded decoded;

    zip_bytes_fill(&name, 'x', 4095);
    zip_bytes_add(&name, "€", 3);
    decoded = decode((const char *)name.bytes, 4095, 0, NULL, 0);
    CHECK_EQ(decoded.n, 4095);
    CHECK_EQ(decoded.was_cut, 0);
    decoded = decode((const char *)name.bytes, name.n, 1, NULL, 0);
    CHECK_EQ(decoded.n, 4095);
    CHECK_EQ(decoded.was_cut, 1);
    memset(name.bytes, 0xb0, name.n); /* three bytes each, decoded */
    decoded = decode((const char *)name.bytes, 1365, 0, NULL, 0);
    CHECK_EQ(decoded.n, 4095);
    CHECK_EQ(decoded.was_cut, 0);
    decoded = decode((const char *)name.bytes, 1366, 0, NULL, 0);
    CHECK_EQ(decoded.n, 4095);
    CHECK_EQ(decoded.was_cut, 1);
    free(name.bytes);
}

TEST(names_that_are_not_shown)
{
    static const struct {
        const char *name;
        size_t n;
        int problem;
    } cases[] = {
        {"", 0, ZIP_NAME_EMPTY},
        {"/", 1, ZIP_NAME_ABSOLUTE},
        {"/a", 2, ZIP_NAME_ABSOLUTE},
        {"//", 2, ZIP_NAME_ABSOLUTE},
        {"..", 2, ZIP_NAME_DOTS},
        {".", 1, ZIP_NAME_DOTS},
        {"./a", 3, ZIP_NAME_DOTS},
        {"a/..", 4, ZIP_NAME_DOTS},
        {"a/../b", 6, ZIP_NAME_DOTS},
        {"a/./b", 5, ZIP_NAME_DOTS},
        {"a//b", 4, ZIP_NAME_DOTS},
        {"a//", 3, ZIP_NAME_DOTS},
        {"../", 3, ZIP_NAME_DOTS},
        {"a\0b", 3, ZIP_NAME_NUL},
        {"\0", 1, ZIP_NAME_NUL},
        {"a", 1, ZIP_OK},
        {"a/", 2, ZIP_OK},
        {"...", 3, ZIP_OK},
        {"..a/.b/c..", 10, ZIP_OK},
        {"a\\..\\b", 6, ZIP_OK},
        {"C:x", 3, ZIP_OK},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        CHECK_EQ(zip_name_check(cases[i].name, cases[i].n), cases[i].problem);
}

TEST(parts_of_255_bytes)
{
    char name[600];

    memset(name, 'x', sizeof(name));
    CHECK_EQ(zip_name_check(name, 255), ZIP_OK);
    CHECK_EQ(zip_name_check(name, 256), ZIP_NAME_TOO_LONG);
    name[255] = '/';
    CHECK_EQ(zip_name_check(name, 256), ZIP_OK);
    CHECK_EQ(zip_name_check(name, 511), ZIP_OK);
    CHECK_EQ(zip_name_check(name, 512), ZIP_NAME_TOO_LONG);
    name[511] = '/';
    CHECK_EQ(zip_name_check(name, 600), ZIP_OK);
}

TEST(part_grows_past_255_when_decoded)
{
    struct zip_builder builder = {0};
    struct zip_bytes raw = {0};
    struct zip_member member = {.name_len = 86};
    struct zip_directory dir;

    zip_bytes_fill(&raw, 0xb0, 86); /* 258 bytes, decoded */
    member.name = (const char *)raw.bytes;
    zip_builder_add(&builder, &member);
    zip_builder_end(&builder, NULL);
    CHECK_EQ(zip_open_bytes(builder.out.bytes, builder.out.n, 0, &dir), 0);
    CHECK_EQ(dir.entries[0].problem, ZIP_NAME_TOO_LONG);
    CHECK_EQ(dir.entries[0].name_len, 258);
    CHECK_EQ(dir.entries[0].local_name_len, 86);
    zip_directory_free(&dir);
    zip_builder_free(&builder);
    free(raw.bytes);
}
