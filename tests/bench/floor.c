/*
 * What copying the tree of a remote archive costs without a filesystem: the archive's bytes come
 * over eight raw connections in ranges of 4 MiB, two threads inflate the members as their ranges
 * arrive, check the CRC-32, and write files. Nothing here retries, caches or is general: it reads
 * the benchmark's own archives from its own server, and stops at whatever it did not expect.
 *
 * usage: bench-floor HOST PORT PATH FOLDER
 *
 * Sources: RFC 9112 (as far as nginx answers a range), APPNOTE 4.3.7, 4.3.12 and 4.3.16.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONNECTIONS 8
#define INFLATERS   2
#define CHUNK       (4u * 1024 * 1024)
#define TAIL        (64u * 1024)
#define OUTPUT      (256u * 1024)
#define HEADER_MAX  4096
#define LOCAL_SIZE  30
#define DIRENT_SIZE 46
#define END_SIZE    22

struct member {
    char *name;
    uint64_t header; /* offset of its local header */
    uint64_t packed; /* bytes */
    uint64_t size;
    uint32_t crc;
    unsigned method;
};

static struct {
    struct sockaddr_in server;
    const char *path;
    int folder;

    uint8_t *bytes; /* the archive, as far as its chunks have come */
    uint64_t size;
    uint64_t end; /* where the members end: the directory's offset */

    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t arrived;
    uint8_t *have; /* by chunk */
    uint64_t next_chunk;
    size_t next_member;

    struct member *members; /* not changed once the inflaters run */
    size_t count;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER, .arrived = PTHREAD_COND_INITIALIZER};

/* --- the wire -------------------------------------------------------------------------------- */

static int connect_server(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&all.server, sizeof(all.server)) < 0)
        err(1, "cannot connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static void receive(int fd, uint8_t *to, uint64_t n)
{
    while (n > 0) {
        ssize_t got = recv(fd, to, n, MSG_WAITALL);
        if (got <= 0)
            err(1, "the server has hung up");
        to += got;
        n -= (uint64_t)got;
    }
}

/* Asks for a range, and reads the header of the answer into `header`, which may hold the begin of
 * the body then. Returns that begin; sets `len` to its length and `total` to the object's size. */
static const uint8_t *ask(int fd, const char *range, char *header, size_t *len, uint64_t *total)
{
    int n = snprintf(header, HEADER_MAX,
                     "GET %s HTTP/1.1\r\nHost: bench\r\nRange: bytes=%s\r\n\r\n", all.path, range);
    if (send(fd, header, (size_t)n, MSG_NOSIGNAL) != n)
        err(1, "cannot send");
    size_t have = 0;
    const char *end = NULL, *field;
    while (!end) {
        ssize_t got = recv(fd, header + have, HEADER_MAX - 1 - have, 0);
        if (got <= 0)
            err(1, "no answer");
        have += (size_t)got;
        header[have] = '\0';
        end = strstr(header, "\r\n\r\n");
    }
    if (strncmp(header, "HTTP/1.1 206", 12) != 0)
        errx(1, "not a part: %.20s", header);
    field = strcasestr(header, "\r\nContent-Range: bytes ");
    field = field ? strchr(field, '/') : NULL;
    if (!field)
        errx(1, "no Content-Range");
    *total = strtoull(field + 1, NULL, 10);
    *len = have - (size_t)(end + 4 - header);
    return (const uint8_t *)end + 4;
}

static void fetch(int fd, uint64_t first, uint64_t end)
{
    char range[64], header[HEADER_MAX];
    size_t len;
    uint64_t total;
    snprintf(range, sizeof(range), "%llu-%llu", (unsigned long long)first,
             (unsigned long long)end - 1);
    const uint8_t *begin = ask(fd, range, header, &len, &total);
    if (len > end - first || total != all.size)
        errx(1, "a wrong answer");
    memcpy(all.bytes + first, begin, len);
    receive(fd, all.bytes + first + len, end - first - len);
}

/* Takes chunk after chunk, until there are no more. */
static void *fetcher(void *arg)
{
    int fd = arg ? *(int *)arg : connect_server();
    for (;;) {
        pthread_mutex_lock(&all.lock);
        uint64_t chunk = all.next_chunk++;
        pthread_mutex_unlock(&all.lock);
        uint64_t first = chunk * CHUNK;
        if (first >= all.end)
            break;
        fetch(fd, first, first + CHUNK < all.end ? first + CHUNK : all.end);
        pthread_mutex_lock(&all.lock);
        all.have[chunk] = 1;
        pthread_cond_broadcast(&all.arrived);
        pthread_mutex_unlock(&all.lock);
    }
    close(fd);
    return NULL;
}

/* Waits for the byte at `at`. Returns how many there are from it on in its chunk. */
static uint64_t await(uint64_t at)
{
    uint64_t chunk = at / CHUNK;
    if (at >= all.end)
        errx(1, "a member beyond the directory");
    pthread_mutex_lock(&all.lock);
    while (!all.have[chunk])
        pthread_cond_wait(&all.arrived, &all.lock);
    pthread_mutex_unlock(&all.lock);
    uint64_t end = (chunk + 1) * CHUNK;
    return (end < all.end ? end : all.end) - at;
}

/* --- the directory --------------------------------------------------------------------------- */

static unsigned le16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
    return le16(p) | (uint32_t)le16(p + 2) << 16;
}

/* Fetches the tail and learns the size; the fetchers can begin then. Returns where the tail
 * begins. */
static uint64_t fetch_tail(int fd)
{
    char header[HEADER_MAX], range[16];
    size_t len;
    snprintf(range, sizeof(range), "-%u", TAIL);
    const uint8_t *begin = ask(fd, range, header, &len, &all.size);
    uint64_t first = all.size > TAIL ? all.size - TAIL : 0;
    all.bytes = mmap(NULL, all.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    all.have = calloc(all.size / CHUNK + 1, 1);
    if (all.bytes == MAP_FAILED || !all.have || len > all.size - first)
        errx(1, "no room for %llu bytes", (unsigned long long)all.size);
    madvise(all.bytes, all.size, MADV_HUGEPAGE);
    memcpy(all.bytes + first, begin, len);
    receive(fd, all.bytes + first + len, all.size - first - len);
    return first;
}

/* The end record, which has no comment behind it here, nor is it one of Zip64. */
static uint64_t find_directory(uint64_t *len)
{
    const uint8_t *end = all.bytes + all.size - END_SIZE;
    if (all.size < END_SIZE || le32(end) != 0x06054b50 || le32(end + 16) == UINT32_MAX)
        errx(1, "no end record that this program reads");
    all.count = le16(end + 10);
    *len = le32(end + 12);
    return le32(end + 16);
}

static void make_parents(char *name)
{
    for (char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdirat(all.folder, name, 0755) < 0 && errno != EEXIST)
            err(1, "cannot make '%s'", name);
        *slash = '/';
    }
}

static void parse_directory(uint64_t at, uint64_t len)
{
    const uint8_t *p = all.bytes + at, *end = p + len;
    all.members = calloc(all.count + 1, sizeof(*all.members));
    if (!all.members)
        errx(1, "no memory");
    for (size_t i = 0; i < all.count; i++) {
        if (end - p < DIRENT_SIZE || le32(p) != 0x02014b50)
            errx(1, "a bad directory");
        struct member *member = &all.members[i];
        unsigned name = le16(p + 28);
        size_t whole = DIRENT_SIZE + name + le16(p + 30) + le16(p + 32);
        if ((size_t)(end - p) < whole)
            errx(1, "a bad directory");
        *member = (struct member){.name = strndup((const char *)p + DIRENT_SIZE, name),
                                  .header = le32(p + 42),
                                  .packed = le32(p + 20),
                                  .size = le32(p + 24),
                                  .crc = le32(p + 16),
                                  .method = le16(p + 10)};
        if (!member->name || member->name[0] == '/' || strstr(member->name, ".."))
            errx(1, "a name that is not the benchmark's");
        make_parents(member->name);
        p += whole;
    }
}

/* --- members --------------------------------------------------------------------------------- */

struct worker {
    struct inflate_state state;
    uint8_t out[OUTPUT];
};

static void put(int fd, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0)
            err(1, "cannot write");
        bytes += done;
        n -= (size_t)done;
    }
}

/* Where the member's data begins. */
static uint64_t data_of(const struct member *member)
{
    await(member->header);
    await(member->header + LOCAL_SIZE - 1);
    const uint8_t *local = all.bytes + member->header;
    if (le32(local) != 0x04034b50)
        errx(1, "'%s': no local header", member->name);
    return member->header + LOCAL_SIZE + le16(local + 26) + le16(local + 28);
}

static void extract(struct worker *worker, const struct member *member, int fd)
{
    uint64_t at = data_of(member), end = at + member->packed, size = 0;
    uint32_t crc = 0;
    struct inflate_state *state = &worker->state;
    isal_inflate_init(state);
    while (member->method == 8 && state->block_state != ISAL_BLOCK_FINISH) {
        if (state->avail_in == 0 && at < end) {
            uint64_t n = await(at);
            n = n < end - at ? n : end - at;
            state->next_in = all.bytes + at;
            state->avail_in = (uint32_t)n;
            at += n;
        }
        state->next_out = worker->out;
        state->avail_out = OUTPUT;
        int error = isal_inflate(state);
        uint32_t n = OUTPUT - state->avail_out;
        if (error != ISAL_DECOMP_OK ||
            (n == 0 && at == end && state->block_state != ISAL_BLOCK_FINISH))
            errx(1, "'%s': bad data", member->name);
        crc = crc32_gzip_refl(crc, worker->out, n);
        size += n;
        put(fd, worker->out, n);
    }
    while (member->method == 0 && at < end) {
        uint64_t n = await(at);
        n = n < end - at ? n : end - at;
        crc = crc32_gzip_refl(crc, all.bytes + at, n);
        put(fd, all.bytes + at, n);
        size += n;
        at += n;
    }
    if (crc != member->crc || size != member->size)
        errx(1, "'%s': wrong CRC or size", member->name);
}

static void *inflater(void *arg)
{
    struct worker *worker = malloc(sizeof(*worker));
    if (!worker)
        errx(1, "no memory");
    for (;;) {
        pthread_mutex_lock(&all.lock);
        size_t i = all.next_member++;
        pthread_mutex_unlock(&all.lock);
        if (i >= all.count)
            break;
        const struct member *member = &all.members[i];
        if (member->name[0] == '\0' || member->name[strlen(member->name) - 1] == '/')
            continue;
        int fd = openat(all.folder, member->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0)
            err(1, "cannot make '%s'", member->name);
        extract(worker, member, fd);
        close(fd);
    }
    free(worker);
    return arg;
}

static pthread_t start(void *(*run)(void *), void *arg)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, arg))
        errx(1, "cannot start a thread");
    return thread;
}

int main(int argc, char **argv)
{
    pthread_t fetchers[CONNECTIONS], inflaters[INFLATERS];
    if (argc != 5)
        errx(2, "usage: bench-floor HOST PORT PATH FOLDER");
    all.server.sin_family = AF_INET;
    all.server.sin_port = htons((uint16_t)atoi(argv[2]));
    if (inet_pton(AF_INET, argv[1], &all.server.sin_addr) != 1)
        errx(2, "'%s' is no IPv4 address", argv[1]);
    all.path = argv[3];
    all.folder = open(argv[4], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (all.folder < 0)
        err(1, "cannot open '%s'", argv[4]);

    int first = connect_server();
    uint64_t tail = fetch_tail(first), len, at = find_directory(&len);
    if (at > all.size || len > all.size - at)
        errx(1, "a directory outside of the archive");
    all.end = at;
    for (int i = 1; i < CONNECTIONS; i++)
        fetchers[i] = start(fetcher, NULL);
    if (at < tail)
        fetch(first, at, tail);
    fetchers[0] = start(fetcher, &first);
    parse_directory(at, len);
    for (int i = 0; i < INFLATERS; i++)
        inflaters[i] = start(inflater, NULL);
    for (int i = 0; i < CONNECTIONS; i++)
        pthread_join(fetchers[i], NULL);
    for (int i = 0; i < INFLATERS; i++)
        pthread_join(inflaters[i], NULL);
    return 0;
}
