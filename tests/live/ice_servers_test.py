"""STUN and TURN servers, which add candidates to an offer."""
import re
import socket
import struct
import threading
import time

from support import ANSWER, CLOSED, Live, equal

BINDING, ALLOCATE = 1, 3
ERROR, REALM, NONCE, LIFETIME, XOR_RELAYED, XOR_MAPPED = 9, 0x14, 0x15, 0x0d, 0x16, 0x20
COOKIE = 0x2112a442
SEEN = ("203.0.113.7", 4242) # what it tells clients of their address


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def address(host, port, mask=0):
    number = struct.unpack("!I", socket.inet_aton(host))[0]
    return struct.pack("!BBHI", 0, 1, port ^ mask >> 16, number ^ mask)


class IceServer:
    """A STUN and TURN server on an address of this machine; as TURN server it asks for credentials,
    or allocates. It does not answer requests of RFC 3489, which have no cookie, as many servers no
    longer do."""

    def __init__(self, host, allocates):
        self.host = host
        self.allocates = allocates
        self.requests = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            packet, client = self.socket.recvfrom(2000)
            kind, _, cookie = struct.unpack("!HHI", packet[:8])
            if cookie != COOKIE:
                continue
            self.requests.append(kind)
            code, attributes = self.answer(kind, client)
            if code:
                self.socket.sendto(struct.pack("!HH", code, len(attributes)) + packet[4:20] + attributes, client)

    def answer(self, kind, client):
        if kind == BINDING:
            return 0x101, attribute(XOR_MAPPED, address(*SEEN, COOKIE))
        if kind == ALLOCATE and self.allocates:
            return 0x103, (attribute(XOR_RELAYED, address(self.host, 40000, COOKIE)) +
                           attribute(XOR_MAPPED, address(*client, COOKIE)) +
                           attribute(LIFETIME, struct.pack("!I", 600)))
        if kind == ALLOCATE:
            return 0x113, (attribute(ERROR, b"\0\0\4\1Unauthorized") + attribute(REALM, b"realm") +
                           attribute(NONCE, b"nonce"))
        return 0, b""

    def lines(self, host=None):
        return f"stun {host or self.host} {self.port}\nturn {host or self.host} {self.port}\n"


ANSWER_OF_NOBODY = ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
                    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=ice-ufrag:abcd\r\n"
                    "a=ice-pwd:0123456789012345678901\r\na=setup:active\r\n"
                    f"a=fingerprint:sha-256 {':'.join(['AB'] * 32)}\r\n"
                    "a=candidate:1 1 udp 2130706431 192.0.2.250 9 typ host\r\n")


def candidates(sdp):
    return re.findall(r"^a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ (\S+)", sdp, re.M)


def own_address(live):
    return next(host for host, _, _ in candidates(live.offer(99)) if ":" not in host)


def test_a_server_that_asks_for_credentials_is_no_relay():
    """And what it says as STUN server is taken all the same."""
    with Live() as live:
        server = IceServer(own_address(live), allocates=False)
        began = time.monotonic()
        found = candidates(live.offer(1, server.lines()))
        assert time.monotonic() - began < 2, "an answer was not taken"
        assert (SEEN[0], str(SEEN[1]), "srflx") in found, found
        assert "relay" not in [kind for _, _, kind in found], found
        assert ALLOCATE in server.requests


def test_it_is_said_that_there_is_no_relay():
    with Live() as live:
        server = IceServer(own_address(live), allocates=False)
        live.offer(1, server.lines())
        live.write(ANSWER, 1, ANSWER_OF_NOBODY)
        why = live.expect(CLOSED, 1, 60).decode()
        assert "UDP is not blocked" in why and "gives no relay" in why, why


def test_a_relay():
    with Live() as live:
        server = IceServer(own_address(live), allocates=True)
        found = candidates(live.offer(1, server.lines()))
        assert (SEEN[0], str(SEEN[1]), "srflx") in found, found
        assert (server.host, "40000", "relay") in found, found


def test_a_server_of_either_kind():
    with Live() as live:
        server = IceServer(own_address(live), allocates=True)
        stun, turn = server.lines().splitlines(keepends=True)
        equal([kind for _, _, kind in candidates(live.offer(1, stun)) if kind != "host"], ["srflx"])
        assert "relay" in [kind for _, _, kind in candidates(live.offer(2, turn))]
