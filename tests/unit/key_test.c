#include "api/key.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static char directory[64], path[80];
static struct key key;
static char why[5000], text[KEY_MAX + 1];

static void write_key(const void *bytes, size_t n)
{
    FILE *file = fopen(path, "w");

    if (!file || fwrite(bytes, 1, n, file) != n || fclose(file))
        abort();
}

static void start(void)
{
    strcpy(directory, "/tmp/taskfs-key-XXXXXX");
    if (!mkdtemp(directory))
        abort();
    snprintf(path, sizeof(path), "%s/api_key", directory);
    why[0] = '\0';
}

static void end(void)
{
    unlink(path);
    rmdir(directory);
}

static int load_file(const void *bytes, size_t n)
{
    int rc;

    start();
    write_key(bytes, n);
    rc = key_load(&key, NULL, path, why, sizeof(why));
    end();
    return rc;
}

TEST(key_from_the_environment)
{
    CHECK_EQ(key_load(&key, "Abc-1._", "/no/such/file", why, sizeof(why)), 0);
    key_copy(&key, text);
    CHECK_STR(text, "Abc-1._");
    CHECK_STR(key.file, "");
    CHECK_EQ(key_load(&key, " key\n", NULL, why, sizeof(why)), 0);
    key_copy(&key, text);
    CHECK_STR(text, "key");
    CHECK_EQ(key_reload(&key, "key"), 0); /* it can't change */
}

TEST(key_malformed_in_the_environment)
{
    static const char *const bad[] = {" ", "\n", "a b", "a\nb", "k\xc3\xa9y", "a/b", "a\r\nX: y"};
    char huge[KEY_MAX + 2];

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_EQ(key_load(&key, bad[i], NULL, why, sizeof(why)), -EINVAL);
        CHECK(strstr(why, "INDUCTIVA_API_KEY"));
        CHECK(bad[i][0] == ' ' || bad[i][0] == '\n' || !strstr(why, bad[i]));
    }
    memset(huge, 'k', sizeof(huge));
    huge[sizeof(huge) - 1] = '\0';
    CHECK_EQ(key_load(&key, huge, NULL, why, sizeof(why)), -EINVAL);
    huge[KEY_MAX] = '\0';
    CHECK_EQ(key_load(&key, huge, NULL, why, sizeof(why)), 0);
    key_copy(&key, text);
    CHECK_EQ(strlen(text), KEY_MAX);
}

TEST(key_from_a_file)
{
    CHECK_EQ(load_file("file-key", 8), 0);
    key_copy(&key, text);
    CHECK_STR(text, "file-key");
    CHECK_EQ(load_file(" \t\r\n file.key \n\n", 16), 0);
    key_copy(&key, text);
    CHECK_STR(text, "file.key");
    start();
    write_key("file", 4);
    CHECK_EQ(key_load(&key, "", path, why, sizeof(why)), 0); /* an empty variable is none */
    end();
    key_copy(&key, text);
    CHECK_STR(text, "file");
}

TEST(key_malformed_in_a_file)
{
    static char huge[KEY_MAX + 1];

    CHECK_EQ(load_file("", 0), -EINVAL);
    CHECK_EQ(load_file("\n", 1), -EINVAL);
    CHECK_EQ(load_file("a b", 3), -EINVAL);
    CHECK_EQ(load_file("a\nb", 3), -EINVAL);
    CHECK_EQ(load_file("a\0b", 3), -EINVAL);
    CHECK_EQ(load_file("ab\0", 3), -EINVAL);
    CHECK(strstr(why, path));
    memset(huge, 'k', sizeof(huge));
    CHECK_EQ(load_file(huge, KEY_MAX), 0);
    CHECK_EQ(load_file(huge, KEY_MAX + 1), -EINVAL);
}

TEST(key_nowhere)
{
    CHECK_EQ(key_load(&key, NULL, NULL, why, sizeof(why)), -ENOENT);
    CHECK(strstr(why, "INDUCTIVA_API_KEY"));
    CHECK_EQ(key_load(&key, NULL, "/no/such/file", why, sizeof(why)), -ENOENT);
    CHECK(strstr(why, "/no/such/file"));
    CHECK_EQ(key_load(&key, NULL, "/dev/null/file", why, sizeof(why)), -ENOTDIR);
    CHECK(strstr(why, "no API key"));
    start();
    CHECK_EQ(key_load(&key, NULL, directory, why, sizeof(why)), -EISDIR);
    CHECK(strstr(why, directory));
    end();
}

TEST(key_that_is_a_fifo_does_not_hang)
{
    int rc;

    start();
    CHECK_EQ(mkfifo(path, 0600), 0);
    rc = key_load(&key, NULL, path, why, sizeof(why));
    end();
    CHECK(rc < 0);
}

TEST(key_is_read_again)
{
    start();
    write_key("one", 3);
    CHECK_EQ(key_load(&key, NULL, path, why, sizeof(why)), 0);
    CHECK_EQ(key_reload(&key, "one"), 0);
    write_key("two\n", 4);
    CHECK_EQ(key_reload(&key, "one"), 1);
    key_copy(&key, text);
    CHECK_STR(text, "two");
    CHECK_EQ(key_reload(&key, "two"), 0);
    CHECK_EQ(key_reload(&key, "one"), 1); /* somebody else has read it again already */
    write_key("not a key", 9);
    CHECK_EQ(key_reload(&key, "two"), 0); /* the old one is kept */
    key_copy(&key, text);
    CHECK_STR(text, "two");
    end();
    CHECK_EQ(key_reload(&key, "two"), 0);
}
