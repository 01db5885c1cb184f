/*
 * A link with a delay, for a kernel without netem: makes a network namespace of its own and a TUN
 * device `delay` in it, and sends every packet that the kernel puts into the device back into it,
 * half the round trip later, with source and destination exchanged. So a connection to an address
 * behind the device reaches whoever listens on the sender's own address, and real TCP, with its
 * handshake, slow start and windows, runs over the delay.
 *
 * usage: bench-delay MILLISECONDS        (of a round trip)
 *
 * It writes `ready` once others can enter the namespace (/proc/PID/ns/net) and give the device its
 * addresses, and ends when its standard input does.
 *
 * The device takes and gives whole segments of up to 64 KiB with the packet size beside them
 * (TUN_F_TSO4): the kernel sees connections of an ordinary packet size, and what passes through
 * here are few large reads and writes. Exchanging the addresses leaves all checksums right.
 *
 * Sources: linux/if_tun.h and linux/virtio_net.h, RFC 791 section 3.1.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define RING     (256u * 1024 * 1024) /* bytes under way; what does not fit is dropped */
#define SLOTS    65536u
#define PACKET   (64u * 1024 + 256)
#define IPV4_MIN 20

struct slot {
    int64_t due; /* ns of CLOCK_MONOTONIC */
    uint32_t at; /* in the ring */
    uint32_t len;
};

struct link {
    int device;
    int64_t delay; /* ns, one way */
    uint8_t *ring; /* packets lie in it one after the other, none around its end */
    struct slot *slots;
    uint64_t first, end; /* of the slots in use, modulo SLOTS */
    uint32_t next;       /* where in the ring the next packet goes */
    uint64_t dropped;
};

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int open_device(void)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
    int size = sizeof(struct virtio_net_hdr), fd;
    if (unshare(CLONE_NEWNET) < 0)
        err(1, "cannot make a network namespace");
    fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        err(1, "cannot open /dev/net/tun");
    memcpy(request.ifr_name, "delay", sizeof("delay"));
    if (ioctl(fd, TUNSETIFF, &request) < 0 || ioctl(fd, TUNSETVNETHDRSZ, &size) < 0 ||
        ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) < 0)
        err(1, "cannot make a TUN device");
    return fd;
}

/* Returns whether there is room for the largest packet at `next`, and begins the ring anew where
 * there is none up to its end. */
static int has_room(struct link *link)
{
    if (link->first == link->end) {
        link->next = 0;
        return 1;
    }
    uint32_t oldest = link->slots[link->first % SLOTS].at;
    if (link->end - link->first == SLOTS)
        return 0;
    if (link->next > oldest || link->slots[(link->end - 1) % SLOTS].at >= oldest) {
        if (RING - link->next >= PACKET)
            return 1;
        if (oldest <= PACKET)
            return 0;
        link->next = 0;
        return 1;
    }
    return oldest - link->next > PACKET;
}

/* Takes what the kernel has sent. */
static void take(struct link *link)
{
    static uint8_t spare[PACKET];
    for (;;) {
        int room = has_room(link);
        uint8_t *packet = room ? link->ring + link->next : spare;
        ssize_t n = read(link->device, packet, PACKET);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n < 0)
            err(1, "cannot read from the device");
        uint8_t *ip = packet + sizeof(struct virtio_net_hdr);
        if ((size_t)n < sizeof(struct virtio_net_hdr) + IPV4_MIN || ip[0] >> 4 != 4)
            continue; /* IPv6 looks for neighbours */
        if (!room) {
            link->dropped++;
            continue;
        }
        uint8_t source[4];
        memcpy(source, ip + 12, 4);
        memcpy(ip + 12, ip + 16, 4);
        memcpy(ip + 16, source, 4);
        link->slots[link->end++ % SLOTS] = (struct slot){now_ns() + link->delay, link->next,
                                                         (uint32_t)n};
        link->next += (uint32_t)n;
    }
}

/* Gives back what is due. Returns the nanoseconds until the next is, or -1 when there is none. */
static int64_t give(struct link *link)
{
    while (link->first != link->end) {
        const struct slot *slot = &link->slots[link->first % SLOTS];
        int64_t left = slot->due - now_ns();
        if (left > 0)
            return left;
        /* What the kernel does not want is lost, as on any link. */
        if (write(link->device, link->ring + slot->at, slot->len) < 0 && errno == EAGAIN)
            link->dropped++;
        link->first++;
    }
    return -1;
}

int main(int argc, char **argv)
{
    double milliseconds = argc == 2 ? atof(argv[1]) : 0;
    if (milliseconds <= 0 || milliseconds > 10000)
        errx(2, "usage: bench-delay MILLISECONDS");
    prctl(PR_SET_TIMERSLACK, 1000UL);
    struct link link = {.device = open_device(), .delay = (int64_t)(milliseconds * 1e6 / 2)};
    link.ring = mmap(NULL, RING, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    link.slots = calloc(SLOTS, sizeof(*link.slots));
    if (link.ring == MAP_FAILED || !link.slots)
        errx(1, "no memory");
    puts("ready");
    fflush(stdout);
    struct pollfd fds[] = {{.fd = link.device, .events = POLLIN},
                           {.fd = STDIN_FILENO, .events = POLLIN}};
    while (!(fds[1].revents & (POLLIN | POLLHUP | POLLERR))) {
        int64_t left = give(&link);
        struct timespec wait = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
        if (ppoll(fds, 2, left < 0 ? NULL : &wait, NULL) < 0 && errno != EINTR)
            err(1, "cannot wait");
        if (fds[0].revents & POLLIN)
            take(&link);
    }
    if (link.dropped)
        fprintf(stderr, "bench-delay: %llu packets were dropped\n",
                (unsigned long long)link.dropped);
    return 0;
}
