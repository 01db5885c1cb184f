"""Machines and mounts that break the rules, and machines that do not answer."""
import os
import subprocess
import time

from support import (ANSWER, CLOSE, CLOSED, HEADER, OPEN, SEND, Live, Service, equal)

GOOD = ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
        "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=setup:active\r\n"
        f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}\r\n"
        "a=candidate:1 1 udp 2130706431 192.0.2.250 9 typ host\r\n")


def answer_is_refused(sdp, words):
    with Live() as live:
        live.offer()
        live.write(ANSWER, 1, sdp)
        why = live.expect(CLOSED, 1).decode()
        assert words in why, why


def test_answers_that_are_wrong():
    for sdp, words in (("x", "malformed"), (GOOD.replace("ice-ufrag", "ice-u"), "ice-ufrag"),
                       (GOOD.replace("setup:active", "setup:passive"), "DTLS client"),
                       (GOOD.replace("m=application 9", "m=application 0"), "refused"),
                       (GOOD.replace("AB:AB", "AB:AG"), "fingerprint is malformed")):
        answer_is_refused(sdp, words)


def test_a_machine_with_another_certificate():
    with Service() as service, Live() as live:
        service.tracker("--edit-answer", "a=fingerprint:.*", "a=fingerprint:sha-256 " + ":".join(["AB"] * 32))
        try:
            live.connect(service)
        except AssertionError as error:
            assert "not the one that it has announced" in str(error), error
        else:
            raise AssertionError("it was taken")


def test_a_second_fingerprint_must_match_too():
    with Service() as service, Live() as live:
        service.tracker("--edit-answer", "(a=fingerprint:.*)\r", "\\1\r\na=fingerprint:sha-512 " + ":".join(["AB"] * 64) + "\r")
        try:
            live.connect(service)
        except AssertionError as error:
            assert "not the one that it has announced" in str(error), error
        else:
            raise AssertionError("it was taken")


def test_a_machine_that_cannot_be_reached():
    with Live() as live:
        live.offer()
        live.write(ANSWER, 1, GOOD)
        began = time.monotonic()
        equal(live.expect(CLOSED, 1, 60), b"no answer to ICE checks: UDP may be blocked")
        assert time.monotonic() - began < 50


def test_an_offer_that_is_not_answered_can_be_closed():
    with Live() as live:
        live.offer()
        live.expect_nothing(1, 0.5)
        live.write(CLOSE, 1)
        equal(live.expect(CLOSED, 1), b"closed")


def test_servers_that_do_not_answer_hold_the_offer_for_five_seconds():
    with Live() as live:
        began = time.monotonic()
        sdp = live.offer(servers="stun 192.0.2.250 3478\nturn 192.0.2.250 3478\n")
        assert time.monotonic() - began < 8
        assert sdp.endswith("a=end-of-candidates\r\n") and "typ host" in sdp, sdp


def test_a_name_that_is_not_known_is_no_server():
    with Live() as live:
        assert "typ host" in live.offer(servers="stun nowhere.invalid 3478\n")


def test_lists_of_servers_that_are_wrong():
    for servers in ("stun", "stun host\n", "stun host 0\n", "stun host 65536\n", "stun host 1", "http host 1\n",
                    "stun a b 1\n", "stun h\0st 1\n", "\n", "stun host 1\n" * 9):
        with Live() as live:
            live.write(OPEN, 1, servers)
            equal(live.expect(CLOSED, 1), b"the list of ICE servers is malformed", servers)


def test_a_request_before_the_channel():
    with Live() as live:
        live.offer()
        live.write(SEND, 1, "{}")
        equal(live.expect(CLOSED, 1), b"a request was sent before the channel was open")


def test_an_answer_before_the_offer_or_a_second_one():
    with Live() as live:
        live.write(OPEN, 1, "stun 192.0.2.250 3478\n")
        live.write(ANSWER, 1, GOOD)
        equal(live.expect(CLOSED, 1), b"an answer has come that was not asked for")
        live.offer(2)
        live.write(ANSWER, 2, GOOD)
        live.write(ANSWER, 2, GOOD)
        equal(live.expect(CLOSED, 2), b"an answer has come that was not asked for")


def broken_frame(payload, words):
    live = Live()
    live.socket.sendall(payload)
    live.socket.shutdown(1)
    said = live.end()
    assert live.status == 1 and words in said, (live.status, said)


def test_frames_that_are_malformed_end_it():
    broken_frame(HEADER.pack(0, 99, 1), "malformed frame")
    broken_frame(HEADER.pack(0xffffffff, SEND, 1), "malformed frame")
    broken_frame(HEADER.pack(1, CLOSE, 1) + b"x", "malformed frame")
    broken_frame(HEADER.pack(0, 17, 1), "malformed frame")
    broken_frame(HEADER.pack(0, OPEN, 1) * 2, "connection 1 is open already")
    broken_frame(b"\1", "malformed frame")


def test_it_ends_with_the_mount():
    live = Live()
    live.offer()
    equal((live.end(), live.status), ("", 0))


def test_it_needs_a_mount():
    got = subprocess.run([os.environ["TASKFS_LIVE"]], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert got.returncode == 2 and b"is started by taskfs" in got.stderr, got
