/*
 * The protocol between the mount and taskfs-live, the program that speaks WebRTC: frames on a
 * stream socket pair. taskfs-live has its end as file descriptor LIVE_FD. Version 1.
 *
 * A frame is a header of LIVE_FRAME_HEADER bytes and a payload:
 *
 *      u32, little endian      length of the payload, at most the type's ceiling
 *      u8                      type
 *      u32, little endian      number of the connection
 *      payload
 *
 * The mount chooses the numbers. A connection lives from its OPEN to its CLOSED:
 *
 *      mount                                   taskfs-live
 *      OPEN: servers             ------->
 *                                <-------      OFFER: SDP, at most 5 s and some later
 *      ANSWER: SDP               ------->
 *                                <-------      READY: the channel is open
 *      SEND: one message         ------->
 *                                <-------      MESSAGE: a part of a message, any number of times
 *      CLOSE                     ------->
 *                                <-------      CLOSED: why, as one line of text
 *
 * - Each OPEN is ended by exactly one CLOSED, which can come at any time: after a CLOSE, after a
 *   failure, or at once when the connection cannot be opened. It is the last frame of the
 *   connection; then the number may be used for another. An OPEN of a number that is in use is an
 *   error of the mount.
 * - ANSWER, SEND and CLOSE of a number that is not open are ignored: they may have crossed CLOSED.
 *   A SEND before READY, and a second ANSWER, close the connection.
 * - At most LIVE_CONNECTIONS_MAX connections are open at once.
 * - taskfs-live closes a connection that is not ready LIVE_READY_S seconds after its ANSWER. It
 *   does not wait for an ANSWER by time: the mount sends CLOSE when it gives up.
 * - The mount may stop reading: then taskfs-live stops reading from the machines. taskfs-live may
 *   stop reading while the mount does not read, so the mount never waits for room to write without
 *   reading as well.
 * - When taskfs-live reads the end of the stream, it ends with status 0. It ends with status 1 and
 *   a line on standard error when a frame breaks the rules.
 *
 * Nothing here depends on a library or on another file of the program.
 */
#ifndef TASKFS_BASE_LIVE_FRAME_H
#define TASKFS_BASE_LIVE_FRAME_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LIVE_FD              3
#define LIVE_CONNECTIONS_MAX 256
#define LIVE_READY_S         45

#define LIVE_FRAME_HEADER    9             /* bytes */
#define LIVE_PAYLOAD_MAX     (1024 * 1024) /* bytes; of SEND and MESSAGE */
#define LIVE_SERVERS_MAX     4096          /* bytes; of OPEN */
#define LIVE_SDP_MAX         (64 * 1024)   /* bytes; of OFFER and ANSWER */
#define LIVE_WHY_MAX         512           /* bytes; of CLOSED */
#define LIVE_MESSAGE_CHUNK   (64 * 1024)   /* bytes; taskfs-live sends no longer MESSAGE */

enum live_frame_type {
    /* From the mount. */
    LIVE_OPEN = 1,   /* ICE servers: lines `stun HOST PORT` and `turn HOST PORT`, each ended by a
                      * newline; may be empty. HOST is a name or an address, without spaces. Of
                      * several STUN servers the last one is asked */
    LIVE_CLOSE = 2,  /* empty */
    LIVE_ANSWER = 3, /* the SDP of the answer */
    LIVE_SEND = 4,   /* a JSON text, not empty; sent as one text message */
    /* From taskfs-live. */
    LIVE_OFFER = 16,   /* the SDP of the offer, complete with all candidates */
    LIVE_READY = 17,   /* empty */
    LIVE_MESSAGE = 18, /* one byte of flags, then bytes of a message, which may be none */
    LIVE_CLOSED = 19,  /* why: one line of plain English, without a newline at its end */
};

/* The flags of a MESSAGE. All other bits are 0. */
#define LIVE_MESSAGE_LAST 1 /* the message ends with these bytes */

/* Who has written a frame. */
enum live_side { LIVE_FROM_MOUNT, LIVE_FROM_PROGRAM };

struct live_frame {
    enum live_frame_type type;
    uint32_t connection;
    const unsigned char *payload; /* points into the bytes that were parsed */
    size_t len;                   /* bytes of the payload */
};

/*
 * Writes the header of a frame whose payload has `len` bytes, at most what live_frame_ceiling says
 * of the type. The payload follows on the stream.
 */
void live_frame_header(unsigned char header[LIVE_FRAME_HEADER], enum live_frame_type type,
                       uint32_t connection, size_t len);

/* Returns the largest payload of a frame of this type, in bytes; 0 for types that have none, and
 * for numbers that are no type. */
size_t live_frame_ceiling(unsigned type);

/*
 * Parses the first frame of `n` bytes that the other side, `from`, has written. Returns the length
 * of the whole frame, and fills *frame; or 0 when its end is not among these bytes; or -EPROTO when
 * this is no frame of that side: an unknown type, a payload longer than its ceiling, empty where it
 * must not be, or with unknown flags. A header that breaks the rules is refused as soon as it is
 * complete, so a buffer of LIVE_FRAME_HEADER + LIVE_PAYLOAD_MAX bytes holds any frame that is not.
 * Never blocks.
 */
ssize_t live_frame_parse(enum live_side from, const void *bytes, size_t n,
                         struct live_frame *frame);

#endif
