/*
 * What a flaw in a library could do within taskfs-live: this is loaded into it (LD_PRELOAD), is
 * called when it lists the addresses of the machine, and tries things. Each line that it writes on
 * standard error has the name of a thing and the errno, 0 for success. For sandbox_test.py.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *what, long rc)
{
    dprintf(STDERR_FILENO, "%s %d\n", what, rc < 0 ? errno : 0);
}

static void try_files(void)
{
    const char *secret = getenv("PEEK_FILE");

    say("read", open(secret, O_RDONLY));
    say("write", open(secret, O_WRONLY));
    say("truncate", truncate(secret, 0));
    say("make", mkdir(getenv("PEEK_FOLDER"), 0755));
    say("list", open("/", O_RDONLY | O_DIRECTORY));
    say("resolver", open("/etc/passwd", O_RDONLY));
}

static void try_others(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

    address.sin_port = htons((uint16_t)atoi(getenv("PEEK_PORT")));
    say("connect",
        connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof(address)));
    say("signal", kill(getppid(), 0));
    say("trace", ptrace(PTRACE_ATTACH, getppid(), NULL, NULL));
}

static void say_limits(void)
{
    struct rlimit data, core;

    getrlimit(RLIMIT_DATA, &data);
    getrlimit(RLIMIT_CORE, &core);
    dprintf(STDERR_FILENO, "limits %ld %ld\n", (long)data.rlim_max, (long)core.rlim_max);
    dprintf(STDERR_FILENO, "user %d\n", (int)geteuid());
}

int getifaddrs(struct ifaddrs **list)
{
    *list = NULL;
    try_files();
    try_others();
    say_limits();
    errno = EPERM;
    return -1;
}
