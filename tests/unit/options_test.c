#include "cli/options.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "test.h"

static struct options options;
static char why[400];

/* getopt remembers where it was in the arguments of the test before. */
static void forget_getopt(void)
{
    char name[] = "taskfs", *none[] = {name, NULL};

    optind = 0;
    getopt(1, none, "f");
}

/* Arguments after the program's name; up to 8. */
static int parse(const char *const *args)
{
    char copies[10][600], *argv[11];
    int argc = 1, rc;

    strcpy(copies[0], "taskfs");
    argv[0] = copies[0];
    for (; args[argc - 1] && argc < 10; argc++) {
        snprintf(copies[argc], sizeof(copies[argc]), "%s", args[argc - 1]);
        argv[argc] = copies[argc];
    }
    argv[argc] = NULL;
    forget_getopt();
    memset(&options, 0xee, sizeof(options));
    why[0] = '\0';
    rc = options_parse(&options, argc, argv, why, sizeof(why));
    return rc;
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})

/* -o LIST /mnt */
static int parse_list(const char *list)
{
    return PARSE("-o", list, "/mnt");
}

static void plain_environment(void)
{
    unsetenv("INDUCTIVA_API_KEY");
    unsetenv("INDUCTIVA_API_URL");
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
    unsetenv("INDUCTIVA_TURN_SERVER_URL");
    setenv("HOME", "/home/somebody", 1);
}

TEST(options_defaults)
{
    plain_environment();
    CHECK_EQ(PARSE("/mnt"), 0);
    CHECK_STR(options.mountpoint, "/mnt");
    CHECK_STR(options.connection.api_url, "https://api.inductiva.ai");
    CHECK_STR(options.connection.key_file, "/home/somebody/.inductiva/api_key");
    CHECK(!options.connection.key_env && !options.project && !options.status &&
          !options.connection.ca_file);
    CHECK_EQ(options.ttl_ms, 1000);
    CHECK_EQ(options.connection.timeout_ms, 60000);
    CHECK(!options.connection.is_timeout_given);
    CHECK_EQ(options.cache_size, 256 * 1024 * 1024);
    CHECK_EQ(options.uid, getuid());
    CHECK_EQ(options.gid, getgid());
    CHECK_EQ(options.umask, 0);
    CHECK(!options.allow_other && !options.read_only && !options.foreground && !options.debug);
    CHECK(!options.show_help && !options.show_version);
    options_free(&options);
}

TEST(options_all)
{
    plain_environment();
    CHECK_EQ(PARSE("-f", "-o", "api_url=http://127.0.0.1:8080/base//,project=a b,status=success",
                   "-o", "ttl=0.25,timeout=90,cache_size=64M,ca_file=/dev/null,ro,allow_other",
                   "-ouid=12,gid=34,umask=027", "/mnt"),
             0);
    CHECK_STR(options.connection.api_url, "http://127.0.0.1:8080/base");
    CHECK_STR(options.project, "a b");
    CHECK_STR(options.status, "success");
    CHECK_STR(options.connection.ca_file, "/dev/null");
    CHECK_EQ(options.ttl_ms, 250);
    CHECK_EQ(options.connection.timeout_ms, 90000);
    CHECK(options.connection.is_timeout_given);
    CHECK_EQ(options.cache_size, 64 * 1024 * 1024);
    CHECK_EQ(options.uid, 12);
    CHECK_EQ(options.gid, 34);
    CHECK_EQ(options.umask, 027);
    CHECK(options.read_only && options.allow_other && options.foreground && !options.debug);
    options_free(&options);
}

TEST(options_flags)
{
    plain_environment();
    CHECK_EQ(PARSE("-d", "/mnt"), 0);
    CHECK_EQ(options.debug, LOG_ALL);
    CHECK(options.foreground);
    options_free(&options);
    CHECK_EQ(PARSE("/mnt", "-o", "debug"), 0); /* options may follow */
    CHECK_EQ(options.debug, LOG_ALL);
    CHECK(!options.foreground);
    CHECK_STR(options.mountpoint, "/mnt");
    options_free(&options);
    CHECK_EQ(PARSE("--help"), 0);
    CHECK(options.show_help);
    options_free(&options);
    CHECK_EQ(PARSE("-h"), 0);
    CHECK(options.show_help);
    options_free(&options);
    CHECK_EQ(PARSE("-V"), 0);
    CHECK(options.show_version);
    options_free(&options);
    CHECK_EQ(PARSE("--version"), 0);
    CHECK(options.show_version);
    options_free(&options);
    CHECK_EQ(PARSE("--", "-odd"), 0);
    CHECK_STR(options.mountpoint, "-odd");
    options_free(&options);
}

TEST(options_wrong_arguments)
{
    static const char *const cases[][4] = {{"-x", "/mnt"}, {"--unknown", "/mnt"}, {"-o"},
                                           {"/mnt", "-o"}, {"/mnt", "/other"},    {"-f"}};

    plain_environment();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_EQ(parse(cases[i]), -EINVAL);
        CHECK(why[0] && !strchr(why, '\n'));
        options_free(&options);
    }
    CHECK_EQ(parse((const char *const[]){NULL}), -EINVAL);
    CHECK(strstr(why, "mount point"));
    options_free(&options);
}

TEST(options_what_mount_passes_is_borne)
{
    plain_environment();
    CHECK_EQ(parse_list("rw,dev,nodev,suid,nosuid,exec,auto,noauto,user,users,nouser,owner,async,"
                        "atime,noatime,relatime,defaults,default_permissions,_netdev,nofail"),
             0);
    CHECK(!options.read_only && !options.allow_other);
    options_free(&options);
    CHECK_EQ(parse_list(",,ro,,"), 0);
    CHECK(options.read_only);
    options_free(&options);
    CHECK_EQ(parse_list(""), 0);
    options_free(&options);
}

TEST(options_escaped_commas)
{
    plain_environment();
    CHECK_EQ(parse_list("project=a\\,b\\\\c,ro"), 0);
    CHECK_STR(options.project, "a,b\\c");
    CHECK(options.read_only);
    options_free(&options);
    CHECK_EQ(parse_list("project=x\\"), 0);
    CHECK_STR(options.project, "x\\");
    options_free(&options);
}

TEST(options_last_one_counts)
{
    plain_environment();
    CHECK_EQ(parse_list("project=a,project=b,ttl=1,ttl=2,api_url=http://a,api_url=http://b"), 0);
    CHECK_STR(options.project, "b");
    CHECK_STR(options.connection.api_url, "http://b");
    CHECK_EQ(options.ttl_ms, 2000);
    options_free(&options);
}

TEST(options_numbers)
{
    static const struct {
        const char *list;
        int64_t ttl, timeout;
    } cases[] = {
        {"ttl=0", 0, 60000},
        {"ttl=0.5", 500, 60000},
        {"ttl=.5", 500, 60000},
        {"ttl=1.", 1000, 60000},
        {"ttl=0.0019", 1, 60000},
        {"ttl=86400", 86400000, 60000},
        {"ttl=86400.000", 86400000, 60000},
        {"timeout=0.001", 1000, 1},
        {"timeout=86400", 1000, 86400000},
        {"ttl=007", 7000, 60000},
        {"ttl=0.99999999999999999999999", 999, 60000},
    };

    plain_environment();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_EQ(parse_list(cases[i].list), 0);
        CHECK_EQ(options.ttl_ms, cases[i].ttl);
        CHECK_EQ(options.connection.timeout_ms, cases[i].timeout);
        options_free(&options);
    }
}

TEST(options_sizes)
{
    static const struct {
        const char *list;
        uint64_t size;
    } cases[] = {
        {"cache_size=4M", 4 << 20},
        {"cache_size=4194304", 4 << 20},
        {"cache_size=4096k", 4 << 20},
        {"cache_size=2G", UINT64_C(2) << 30},
        {"cache_size=1t", UINT64_C(1) << 40},
        {"cache_size=0004m", 4 << 20},
        {"cache_size=9223372036854775807", INT64_MAX},
    };

    plain_environment();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CHECK_EQ(parse_list(cases[i].list), 0);
        CHECK_EQ(options.cache_size, cases[i].size);
        options_free(&options);
    }
}

TEST(options_bad_values)
{
    static const char *const lists[] = {
        "api_url=ftp://x",
        "api_url=https://",
        "api_url=http:///x",
        "api_url=x.example",
        "api_url=http://user@x",
        "api_url=http://x?q",
        "api_url=http://x#f",
        "api_url=http://x y",
        "api_url=http://x\n",
        "api_url=http://x\"",
        "api_url=http://-x",
        "api_url=HTTP",
        "api_url",
        "api_url=",
        "project",
        "project=",
        "status",
        "status=",
        "ttl",
        "ttl=",
        "ttl=-1",
        "ttl=x",
        "ttl=1s",
        "ttl=.",
        "ttl=86401",
        "ttl=86400.001",
        "ttl=99999999999999999999",
        "ttl=1e3",
        "ttl= 1",
        "ttl=1.2.3",
        "timeout=0",
        "timeout=0.0001",
        "timeout=-1",
        "timeout=86401",
        "timeout",
        "cache_size=4095K",
        "cache_size=3M",
        "cache_size=",
        "cache_size=M",
        "cache_size=4MB",
        "cache_size=4X",
        "cache_size=-4M",
        "cache_size=4.5M",
        "cache_size=18446744073709551616",
        "cache_size=99999999999999999999999M",
        "cache_size=9000000T",
        "cache_size=0x400000",
        "uid=",
        "uid=root",
        "uid=-1",
        "uid=4294967295",
        "uid=4294967296",
        "uid=1x",
        "gid=x",
        "gid=4294967295",
        "umask=8",
        "umask=1000",
        "umask=-1",
        "umask=x",
        "umask=",
        "umask=0x1",
        "ca_file",
        "ro=1",
        "allow_other=1",
        "debug=1",
        "rw=1",
        "unknown",
        "unknown=1",
        "Ro",
        " ro",
        "=",
        "=x",
    };

    plain_environment();
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        int rc = parse_list(lists[i]);

        if (rc != -EINVAL || !why[0])
            test_fail(__FILE__, __LINE__, "'%s' gave %d", lists[i], rc);
        options_free(&options);
    }
}

TEST(options_environment)
{
    plain_environment();
    setenv("INDUCTIVA_API_KEY", "key", 1);
    setenv("INDUCTIVA_API_URL", "http://env.example/", 1);
    CHECK_EQ(PARSE("/mnt"), 0);
    CHECK_STR(options.connection.key_env, "key");
    CHECK_STR(options.connection.api_url, "http://env.example");
    options_free(&options);
    CHECK_EQ(parse_list("api_url=http://opt.example"), 0);
    CHECK_STR(options.connection.api_url, "http://opt.example");
    options_free(&options);
    setenv("INDUCTIVA_API_URL", "nonsense", 1);
    CHECK_EQ(PARSE("/mnt"), -EINVAL);
    CHECK(strstr(why, "INDUCTIVA_API_URL"));
    options_free(&options);
    CHECK_EQ(parse_list("api_url=http://opt.example"), 0); /* an option heals it */
    CHECK_STR(options.connection.api_url, "http://opt.example");
    options_free(&options);
    CHECK_EQ(PARSE("--help"), 0);
    options_free(&options);
    setenv("INDUCTIVA_API_URL", "", 1);
    unsetenv("HOME");
    CHECK_EQ(PARSE("/mnt"), 0);
    CHECK_STR(options.connection.api_url, "https://api.inductiva.ai");
    CHECK(!options.connection.key_file);
    options_free(&options);
    plain_environment();
}

TEST(options_leave_the_umask_alone)
{
    mode_t before = umask(027);

    plain_environment();
    CHECK_EQ(PARSE("/mnt"), 0);
    options_free(&options);
    CHECK_EQ(umask(before), 027);
}

TEST(options_debug_names_components)
{
    plain_environment();
    CHECK_EQ(PARSE("-o", "debug=net:zip", "/mnt"), 0);
    CHECK_EQ(options.debug, 1u << LOG_NET | 1u << LOG_ZIP);
    CHECK(!options.foreground);
    options_free(&options);
    CHECK_EQ(PARSE("-d", "-o", "debug=api,debug=fuse", "/mnt"), 0);
    CHECK_EQ(options.debug, 1u << LOG_API | 1u << LOG_FUSE);
    CHECK(options.foreground);
    options_free(&options);
    CHECK_EQ(PARSE("-o", "debug=ne", "/mnt"), -EINVAL);
    CHECK(strstr(why, "'ne'") && strstr(why, "net"));
    options_free(&options);
    CHECK_EQ(PARSE("-o", "debug=", "/mnt"), -EINVAL);
    options_free(&options);
}

TEST(options_of_mount_and_fstab)
{
    plain_environment();
    CHECK_EQ(PARSE("-o", "rw,noexec,nosuid,nodev,noauto,user,_netdev", "/mnt"), 0);
    CHECK(options.no_exec && !options.read_only);
    options_free(&options);
    CHECK_EQ(PARSE("-o", "noexec,exec", "/mnt"), 0);
    CHECK(!options.no_exec);
    options_free(&options);
    CHECK_EQ(PARSE("-o", "x-systemd.automount,X-mount.mkdir=0755,comment=a tree", "/mnt"), 0);
    options_free(&options);
    CHECK_EQ(PARSE("-o", "commentary", "/mnt"), -EINVAL);
    options_free(&options);
}

TEST(options_say_what_is_missing)
{
    static const char *const lists[] = {"ttl=", "ttl"};

    plain_environment();
    for (size_t i = 0; i < 2; i++) {
        CHECK_EQ(parse_list(lists[i]), -EINVAL);
        CHECK_STR(why, "option 'ttl' needs a value in seconds, for example ttl=0.5");
        options_free(&options);
    }
    CHECK_EQ(parse_list("timeout=x"), -EINVAL);
    CHECK_STR(why, "bad value for 'timeout': 'x' is not a number of seconds, up to 86400");
    options_free(&options);
    CHECK_EQ(parse_list("debug=net:nte"), -EINVAL);
    CHECK_STR(why,
              "unknown component 'nte': use fuse, fs, api, zip, cache or net, separated by ':'");
    options_free(&options);
    CHECK_EQ(PARSE("-o"), -EINVAL);
    CHECK_STR(why, "option '-o' needs a value: see taskfs --help");
    options_free(&options);
}

/* As for curl(1): an option wins over them. */
TEST(options_authorities_of_the_environment)
{
    plain_environment();
    setenv("SSL_CERT_FILE", "/ssl.pem", 1);
    CHECK_EQ(PARSE("/mnt"), 0);
    CHECK_STR(options.connection.ca_file, "/ssl.pem");
    CHECK_STR(options.connection.ca_source, "SSL_CERT_FILE");
    CHECK(!options.connection.ca_dir);
    options_free(&options);
    setenv("SSL_CERT_DIR", "/ssl.d", 1);
    CHECK_EQ(PARSE("/mnt"), 0);
    CHECK_STR(options.connection.ca_file, "/ssl.pem");
    CHECK_STR(options.connection.ca_dir, "/ssl.d");
    options_free(&options);
    CHECK_EQ(parse_list("ca_file=/option.pem"), 0);
    CHECK_STR(options.connection.ca_file, "/option.pem");
    CHECK_STR(options.connection.ca_source, "ca_file");
    CHECK(!options.connection.ca_dir);
    options_free(&options);
    setenv("SSL_CERT_FILE", "", 1); /* as if it were not there */
    CHECK_EQ(PARSE("/mnt"), 0);
    CHECK(!options.connection.ca_file);
    CHECK_STR(options.connection.ca_dir, "/ssl.d");
    options_free(&options);
    plain_environment();
}

TEST(options_about_running_machines)
{
    static const char *const bad[] = {"host", "host:", ":3478", "host:0", "host:70000", "a b:1"};

    plain_environment();
    CHECK_EQ(PARSE("/mnt"), 0);
    CHECK(!options.live_program);
    CHECK_STR(options.live_server, "webrtc.inductiva.ai:3478");
    options_free(&options);
    setenv("INDUCTIVA_TURN_SERVER_URL", "turn.example:1", 1);
    CHECK_EQ(parse_list("live_program=/opt/taskfs-live"), 0);
    CHECK_STR(options.live_program, "/opt/taskfs-live");
    CHECK_STR(options.live_server, "turn.example:1");
    options_free(&options);
    setenv("INDUCTIVA_TURN_SERVER_URL", "", 1);
    CHECK_EQ(PARSE("/mnt"), 0);
    CHECK_STR(options.live_server, "");
    options_free(&options);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        setenv("INDUCTIVA_TURN_SERVER_URL", bad[i], 1);
        CHECK_EQ(PARSE("/mnt"), -EINVAL);
        CHECK(strstr(why, "HOST:PORT"));
        options_free(&options);
    }
    plain_environment();
}
