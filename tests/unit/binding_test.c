#include "rtc/binding.h"

#include <errno.h>

#include "test.h"

static const unsigned char id[BINDING_ID_SIZE] = "abcdefghijkl";

#define ANSWER(length)                       \
    "\x01\x01\x00" length "\x21\x12\xa4\x42" \
    "abcdefghijkl"
/* 203.0.113.7, port 4242, as it is and masked; and 192.0.2.1, port 1. */
#define PLAIN  "\x00\x01\x00\x08\x00\x01\x10\x92\xcb\x00\x71\x07"
#define MASKED "\x00\x20\x00\x08\x00\x01\x31\x80\xea\x12\xd5\x45"
#define OTHER  "\x00\x01\x00\x08\x00\x01\x00\x01\xc0\x00\x02\x01"
#define SOFT           \
    "\x80\x22\x00\x05" \
    "hello\0\0\0" /* an attribute that is not known, with its padding */
#define IPV6                           \
    "\x00\x20\x00\x14\x00\x02\x31\x80" \
    "0123456789abcdef"

/* The answer without the NUL of the literal. */
#define PARSE(text, seen) binding_parse_answer(text, sizeof(text) - 1, id, seen)

TEST(binding_request_is_as_the_rfc_lays_it_out)
{
    unsigned char out[BINDING_REQUEST_SIZE];

    binding_write_request(out, id);
    CHECK(memcmp(out,
                 "\x00\x01\x00\x00\x21\x12\xa4\x42"
                 "abcdefghijkl",
                 sizeof(out)) == 0);
}

TEST(binding_answers_have_an_address_of_either_kind)
{
    struct binding_address seen = {0};

    CHECK_EQ(PARSE(ANSWER("\x0c") MASKED, &seen), 0);
    CHECK_EQ(seen.address, 0xcb007107);
    CHECK_EQ(seen.port, 4242);
    seen.port = 0;
    CHECK_EQ(PARSE(ANSWER("\x18") SOFT PLAIN, &seen), 0);
    CHECK_EQ(seen.address, 0xcb007107);
    CHECK_EQ(seen.port, 4242);
}

TEST(binding_masked_address_is_believed_before_the_plain_one)
{
    struct binding_address seen = {0};

    CHECK_EQ(PARSE(ANSWER("\x18") MASKED OTHER, &seen), 0);
    CHECK_EQ(seen.port, 4242);
    CHECK_EQ(PARSE(ANSWER("\x18") OTHER MASKED, &seen), 0);
    CHECK_EQ(seen.port, 4242);
}

TEST(binding_answers_without_a_usable_address_are_none)
{
    struct binding_address seen;

    CHECK_EQ(PARSE(ANSWER("\x00"), &seen), -EPROTO);
    CHECK_EQ(PARSE(ANSWER("\x0c") SOFT, &seen), -EPROTO);
    CHECK_EQ(PARSE(ANSWER("\x18") IPV6, &seen), -EPROTO);
    CHECK_EQ(PARSE(ANSWER("\x0c") "\x00\x01\x00\x08\x00\x01\x00\x00\xcb\x00\x71\x07", &seen),
             -EPROTO);
    CHECK_EQ(PARSE(ANSWER("\x0c") "\x00\x01\x00\x08\x00\x01\x10\x92\x00\x00\x00\x00", &seen),
             -EPROTO);
}

TEST(binding_packets_that_are_no_answers_are_none)
{
    struct binding_address seen;
    char packet[] = ANSWER("\x18") SOFT PLAIN;

    for (size_t n = 0; n < sizeof(packet) - 1; n++)
        CHECK_EQ(binding_parse_answer(packet, n, id, &seen), -EPROTO);
    for (size_t i = 0; i < BINDING_REQUEST_SIZE; i++) { /* type, length, cookie, id */
        packet[i] ^= 0x10;
        CHECK_EQ(PARSE(packet, &seen), -EPROTO);
        packet[i] ^= 0x10;
    }
    packet[23] = 0x7f; /* an attribute that is longer than the packet */
    CHECK_EQ(PARSE(packet, &seen), -EPROTO);
    CHECK_EQ(PARSE(ANSWER("\x0e") PLAIN "\0\0", &seen), -EPROTO);
}
