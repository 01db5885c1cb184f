#include "live/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Headers of older kernels lack these. */
#define FS_TRUNCATE       (UINT64_C(1) << 14)
#define FS_IOCTL_DEV      (UINT64_C(1) << 15)
#define NET_BIND_TCP      (UINT64_C(1) << 0)
#define NET_CONNECT_TCP   (UINT64_C(1) << 1)
#define RULE_NET_PORT     2
#define SCOPE_ABSTRACT    (UINT64_C(1) << 0)
#define SCOPE_SIGNAL      (UINT64_C(1) << 1)
#define FS_FIRST_VERSION  (2 * LANDLOCK_ACCESS_FS_MAKE_SYM - 1) /* all rights up to this one */
#define FS_READ           (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define NAME_SERVICE_PORT 53

struct ruleset {
    uint64_t files, network, scopes; /* what is forbidden, but for the rules */
};

struct port_rule {
    uint64_t allowed, port;
};

/* Returns the version of Landlock, or 0 when the kernel has none. */
static long version_of_kernel(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    return version < 0 ? 0 : version;
}

/* Returns a descriptor, or -1. The kernel takes the first fields alone, as it knows more of
 * them. */
static int make_ruleset(long version)
{
    struct ruleset set = {.files = FS_FIRST_VERSION};
    size_t size = sizeof(set.files);

    if (version >= 2)
        set.files |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3)
        set.files |= FS_TRUNCATE;
    if (version >= 4) {
        set.network = NET_BIND_TCP | NET_CONNECT_TCP;
        size += sizeof(set.network);
    }
    if (version >= 5)
        set.files |= FS_IOCTL_DEV;
    if (version >= 6) {
        set.scopes = SCOPE_ABSTRACT | SCOPE_SIGNAL;
        size += sizeof(set.scopes);
    }
    return (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
}

/* What is not there needs no rule. */
static int allow_reading(int ruleset, const char *path)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = FS_READ,
                                              .parent_fd = open(path, O_PATH | O_CLOEXEC)};
    long rc;

    if (rule.parent_fd < 0)
        return 0;
    rc = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
    return rc ? -errno : 0;
}

/* A name server is asked over TCP when its answer is long. */
static int allow_name_service(int ruleset)
{
    struct port_rule rule = {.allowed = NET_CONNECT_TCP, .port = NAME_SERVICE_PORT};

    return syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) ? -errno : 0;
}

static int fill_and_enter(int ruleset, long version)
{
    /* Libraries that the resolver loads, and what it reads. */
    static const char *const paths[] = {"/etc",
                                        "/usr",
                                        "/lib",
                                        "/lib64",
                                        "/run/systemd/resolve",
                                        "/run/resolvconf",
                                        "/run/NetworkManager"};
    int rc = version >= 4 ? allow_name_service(ruleset) : 0;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]) && !rc; i++)
        rc = allow_reading(ruleset, paths[i]);
    if (!rc && syscall(SYS_landlock_restrict_self, ruleset, 0))
        rc = -errno;
    return rc;
}

int sandbox_enter(void)
{
    long version = version_of_kernel();
    int ruleset, rc;

    if (!version)
        return 0;
    ruleset = make_ruleset(version);
    if (ruleset < 0)
        return -errno;
    rc = fill_and_enter(ruleset, version);
    close(ruleset);
    return rc;
}
