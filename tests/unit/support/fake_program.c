/*
 * A program in the place of taskfs-live: this one, started by another name. It makes an offer,
 * takes any answer, and does what each message says:
 *
 *      echo TEXT   answers with TEXT        silent   does not answer
 *      big         answers with 65 MiB      mute     does not answer from now on, probes too
 *      die         ends                     lose     closes the connection
 *      lose-first  closes the connection if it is the first, else answers `second`
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/tracker.h"
#include "base/live_frame.h"
#include "machine/program.h"

static unsigned opened;
static int is_mute;

static void put(const void *bytes, size_t n)
{
    for (const char *at = bytes; n;) {
        ssize_t done = write(LIVE_FD, at, n);

        if (done <= 0)
            _exit(0);
        at += done;
        n -= (size_t)done;
    }
}

static void put_frame(enum live_frame_type type, uint32_t connection, const void *payload, size_t n)
{
    unsigned char header[LIVE_FRAME_HEADER];

    live_frame_header(header, type, connection, n);
    put(header, sizeof(header));
    put(payload, n);
}

static void put_message(uint32_t connection, const char *text, size_t n, int is_last)
{
    char *payload = malloc(n + 1);

    if (!payload)
        _exit(1);
    payload[0] = (char)is_last;
    memcpy(payload + 1, text, n);
    put_frame(LIVE_MESSAGE, connection, payload, n + 1);
    free(payload);
}

static void put_big(uint32_t connection)
{
    static const char zeros[65536];

    for (int i = 0; i < 65 * 16; i++)
        put_message(connection, zeros, sizeof(zeros), 0);
    put_message(connection, "", 0, LIVE_MESSAGE_LAST);
}

static void take_text(uint32_t connection, const char *text)
{
    static const char refusal[] =
        "{\"status\": \"invalid\", \"message\": \"Unknown operation type: " TRACKER_PROBE "\"}";

    if (strcmp(text, "mute") == 0)
        is_mute = 1;
    if (is_mute || strcmp(text, "silent") == 0)
        return;
    if (strstr(text, TRACKER_PROBE))
        put_message(connection, refusal, sizeof(refusal) - 1, LIVE_MESSAGE_LAST);
    else if (strncmp(text, "echo ", 5) == 0)
        put_message(connection, text + 5, strlen(text + 5), LIVE_MESSAGE_LAST);
    else if (strcmp(text, "big") == 0)
        put_big(connection);
    else if (strcmp(text, "die") == 0)
        _exit(1);
    else if (strcmp(text, "lose") == 0 || opened == 1)
        put_frame(LIVE_CLOSED, connection, "it was told so", 14);
    else
        put_message(connection, "second", 6, LIVE_MESSAGE_LAST);
}

static void take(const struct live_frame *frame)
{
    char *text;

    if (frame->type == LIVE_OPEN) {
        opened++;
        put_frame(LIVE_OFFER, frame->connection, "v=0\r\n", 5);
    } else if (frame->type == LIVE_CLOSE) {
        put_frame(LIVE_CLOSED, frame->connection, "as wanted", 9);
    } else if (frame->type == LIVE_ANSWER) {
        put_frame(LIVE_READY, frame->connection, NULL, 0);
    } else {
        text = strndup((const char *)frame->payload, frame->len);
        if (!text)
            _exit(1);
        take_text(frame->connection, text);
        free(text);
    }
}

static void __attribute__((noreturn)) run_program(void)
{
    static unsigned char bytes[LIVE_FRAME_HEADER + LIVE_PAYLOAD_MAX];
    size_t len = 0;

    for (;;) {
        struct live_frame frame;
        ssize_t n = live_frame_parse(LIVE_FROM_MOUNT, bytes, len, &frame);

        if (n < 0)
            _exit(1);
        if (n > 0) {
            take(&frame);
            memmove(bytes, bytes + n, len - (size_t)n);
            len -= (size_t)n;
            continue;
        }
        n = read(LIVE_FD, bytes + len, sizeof(bytes) - len);
        if (n <= 0)
            _exit(0);
        len += (size_t)n;
    }
}

__attribute__((constructor)) static void be_program(int argc, char **argv)
{
    if (argc == 1 && strcmp(argv[0], PROGRAM_NAME) == 0)
        run_program();
}
