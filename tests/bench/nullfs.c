/*
 * What FUSE itself costs: a tree of files of given sizes, all of whose bytes come from one constant
 * buffer, so that copying it costs the kernel's side, libfuse's and the copying program's alone.
 * Done as a filesystem would that has all it needs in memory: readdirplus, long timeouts, many
 * threads, replies without a copy.
 *
 * usage: bench-nullfs MANIFEST MOUNTPOINT     (stays in the foreground)
 *
 * The manifest has a line for each file, `SIZE PATH`, those of one folder beside each other and a
 * folder's before those of the folders in it.
 */
#include <err.h>
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUFFER    (1024u * 1024)
#define NODES_MAX 2000000u
#define TIMEOUT   86400.0 /* seconds */

/* Node i has the inode number i + 1; node 0 is the root. */
struct node {
    char *name;
    size_t parent;
    size_t first_child, last_child, next; /* 0 none */
    uint64_t size;
    int is_dir;
};

static struct node *nodes;
static size_t count;
static char constant[BUFFER];

static size_t node_of(fuse_ino_t ino)
{
    return (size_t)ino - FUSE_ROOT_ID;
}

static size_t find(size_t parent, const char *name, size_t len)
{
    for (size_t i = nodes[parent].first_child; i; i = nodes[i].next) {
        if (strncmp(nodes[i].name, name, len) == 0 && nodes[i].name[len] == '\0')
            return i;
    }
    return 0;
}

static size_t add(size_t parent, const char *name, size_t len, int is_dir, uint64_t size)
{
    if (count >= NODES_MAX)
        errx(1, "too many files");
    size_t i = count++;
    nodes[i] = (struct node){.name = strndup(name, len), .parent = parent, .size = size};
    nodes[i].is_dir = is_dir;
    if (!nodes[i].name)
        errx(1, "no memory");
    if (nodes[parent].last_child)
        nodes[nodes[parent].last_child].next = i;
    else
        nodes[parent].first_child = i;
    nodes[parent].last_child = i;
    return i;
}

static void read_manifest(const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    nodes = calloc(NODES_MAX, sizeof(*nodes));
    if (!file || !nodes)
        err(1, "cannot read '%s'", path);
    nodes[count++] = (struct node){.name = strdup(""), .is_dir = 1};
    while (getline(&line, &room, file) > 0) {
        char *name, *slash;
        uint64_t size = strtoull(line, &name, 10);
        size_t folder = 0;
        name++;
        name[strcspn(name, "\n")] = '\0';
        for (; (slash = strchr(name, '/')); name = slash + 1) {
            size_t len = (size_t)(slash - name), next = nodes[folder].last_child;
            /* Mostly it is the one that came last. */
            if (!next || strncmp(nodes[next].name, name, len) != 0 || nodes[next].name[len])
                next = find(folder, name, len);
            folder = next ? next : add(folder, name, len, 1, 0);
        }
        add(folder, name, strlen(name), 0, size);
    }
    free(line);
    fclose(file);
}

static struct stat stat_of(size_t i)
{
    return (struct stat){.st_ino = i + FUSE_ROOT_ID,
                         .st_mode = nodes[i].is_dir ? S_IFDIR | 0755 : S_IFREG | 0644,
                         .st_nlink = 1,
                         .st_size = (off_t)nodes[i].size,
                         .st_blocks = (blkcnt_t)((nodes[i].size + 511) / 512),
                         .st_uid = getuid(),
                         .st_gid = getgid()};
}

static struct fuse_entry_param entry_of(size_t i)
{
    return (struct fuse_entry_param){.ino = i + FUSE_ROOT_ID,
                                     .attr = stat_of(i),
                                     .attr_timeout = TIMEOUT,
                                     .entry_timeout = TIMEOUT};
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    size_t i = find(node_of(parent), name, strlen(name));
    struct fuse_entry_param entry = entry_of(i);
    if (i)
        fuse_reply_entry(req, &entry);
    else
        fuse_reply_err(req, ENOENT);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    struct stat st = stat_of(node_of(ino));
    (void)fi;
    fuse_reply_attr(req, &st, TIMEOUT);
}

/* The offset of an entry is 1 more than its node's number; so that 0 is the begin. */
static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                           struct fuse_file_info *fi)
{
    char *buf = malloc(size);
    size_t used = 0, i = off ? nodes[off - 1].next : nodes[node_of(ino)].first_child;
    (void)fi;
    if (!buf) {
        fuse_reply_err(req, ENOMEM);
        return;
    }
    for (; i; i = nodes[i].next) {
        struct fuse_entry_param entry = entry_of(i);
        size_t n = fuse_add_direntry_plus(req, buf + used, size - used, nodes[i].name, &entry,
                                          (off_t)i + 1);
        if (n > size - used)
            break;
        used += n;
    }
    fuse_reply_buf(req, buf, used);
    free(buf);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
    (void)ino;
    fi->keep_cache = 1;
    fuse_reply_open(req, fi);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
                    struct fuse_file_info *fi)
{
    uint64_t end = nodes[node_of(ino)].size, at = (uint64_t)off;
    (void)fi;
    if (at >= end)
        size = 0;
    else if (size > end - at)
        size = (size_t)(end - at);
    fuse_reply_buf(req, constant, size < BUFFER ? size : BUFFER);
}

static void op_init(void *userdata, struct fuse_conn_info *conn)
{
    (void)userdata;
    conn->want &= ~(unsigned)FUSE_CAP_READDIRPLUS_AUTO;
}

static const struct fuse_lowlevel_ops ops = {
    .init = op_init,
    .lookup = op_lookup,
    .getattr = op_getattr,
    .readdirplus = op_readdirplus,
    .open = op_open,
    .read = op_read,
};

int main(int argc, char **argv)
{
    struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
    struct fuse_session *session;
    int status = 1;
    if (argc != 3)
        errx(2, "usage: bench-nullfs MANIFEST MOUNTPOINT");
    read_manifest(argv[1]);
    memset(constant, 'x', sizeof(constant));
    if (fuse_opt_add_arg(&args, argv[0]) || fuse_opt_add_arg(&args, "-odefault_permissions,ro"))
        errx(1, "no memory");
    session = fuse_session_new(&args, &ops, sizeof(ops), NULL);
    if (!session || fuse_set_signal_handlers(session))
        errx(1, "cannot begin");
    if (fuse_session_mount(session, argv[2]) == 0) {
        struct fuse_loop_config *config = fuse_loop_cfg_create();
        status = fuse_session_loop_mt(session, config) != 0;
        fuse_loop_cfg_destroy(config);
        fuse_session_unmount(session);
    }
    fuse_remove_signal_handlers(session);
    fuse_session_destroy(session);
    fuse_opt_free_args(&args);
    return status;
}
