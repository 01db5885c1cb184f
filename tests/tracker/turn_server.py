#!/usr/bin/python3
"""A STUN and TURN server (RFC 8489, RFC 8656) that lends relays over UDP and IPv4 to anybody, for
tests in which a mount and a machine cannot reach each other.

usage: turn_server.py ADDRESS PORT COUNT_FILE

It makes COUNT_FILE when it listens, and writes into it, whenever it has had nothing to do for a
moment: relays lent ever, bytes from their owners, bytes to them. It answers nothing without the
cookie of RFC 5389. Relays, permissions and channels do not expire.
"""
import contextlib
import os
import select
import socket
import struct
import sys

COOKIE = 0x2112a442
BINDING, ALLOCATE, REFRESH, SEND, DATA, CREATE_PERMISSION, CHANNEL_BIND = 1, 3, 4, 6, 7, 8, 9
INDICATION, SUCCESS, ERROR = 0x010, 0x100, 0x110 # what a method becomes
CHANNEL_NUMBER, LIFETIME, PEER, PAYLOAD, RELAYED, MAPPED, ERROR_CODE = 0xc, 0xd, 0x12, 0x13, 0x16, 0x20, 9
LONGEST = 65536


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def masked(where):
    number = struct.unpack("!I", socket.inet_aton(where[0]))[0]
    return struct.pack("!BBHI", 0, 1, where[1] ^ COOKIE >> 16, number ^ COOKIE)


def unmasked(value):
    port, number = struct.unpack("!HI", value[2:8])
    return socket.inet_ntoa(struct.pack("!I", number ^ COOKIE)), port ^ COOKIE >> 16


def attributes(body):
    """By their kind; of several of one kind, the last."""
    found, at = {}, 0
    while at + 4 <= len(body):
        kind, length = struct.unpack_from("!HH", body, at)
        found[kind] = body[at + 4:at + 4 + length]
        at += 4 + length + -length % 4
    return found


class Relay:
    def __init__(self, address, owner):
        self.owner = owner
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 0))
        self.permitted = set() # hosts
        self.channels = {} # peers by number

    def channel_of(self, peer):
        return next((number for number, other in self.channels.items() if other == peer), None)


class Server:
    def __init__(self, address, port, count_file):
        self.address = address
        self.count_file = count_file
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.relays = {} # by owner
        self.counts = [0, 0, 0]

    def write_counts(self):
        with open(self.count_file + ".new", "w", encoding="ascii") as file:
            file.write(" ".join(map(str, self.counts)) + "\n")
        os.rename(self.count_file + ".new", self.count_file)

    def serve(self):
        self.write_counts()
        while True:
            by_socket = {relay.socket: relay for relay in self.relays.values()}
            ready, _, _ = select.select([self.socket, *by_socket], [], [], 0.1)
            for one in ready:
                packet, sender = one.recvfrom(LONGEST)
                if one is self.socket:
                    self.take(packet, sender)
                else:
                    self.hand_over(by_socket[one], packet, sender)
            if not ready:
                self.write_counts()

    def hand_over(self, relay, packet, peer):
        """What a peer sends to a relay."""
        if peer[0] not in relay.permitted:
            return
        self.counts[2] += len(packet)
        number = relay.channel_of(peer)
        if number:
            self.socket.sendto(struct.pack("!HH", number, len(packet)) + packet, relay.owner)
        else:
            self.say(DATA | INDICATION, os.urandom(12), attribute(PEER, masked(peer)) + attribute(PAYLOAD, packet),
                     relay.owner)

    def say(self, kind, transaction, body, client):
        self.socket.sendto(struct.pack("!HHI", kind, len(body), COOKIE) + transaction + body, client)

    def send(self, relay, payload, peer):
        if peer and peer[0] in relay.permitted:
            self.counts[1] += len(payload)
            with contextlib.suppress(OSError): # there may be no route
                relay.socket.sendto(payload, peer)

    def take(self, packet, client):
        relay = self.relays.get(client)
        if len(packet) >= 4 and 0x40 <= packet[0] < 0x50:
            number, length = struct.unpack_from("!HH", packet)
            if relay:
                self.send(relay, packet[4:4 + length], relay.channels.get(number))
            return
        if len(packet) < 20:
            return
        kind, _, cookie = struct.unpack_from("!HHI", packet)
        if cookie != COOKIE:
            return
        found = attributes(packet[20:])
        if kind == SEND | INDICATION:
            if relay and PEER in found:
                self.send(relay, found.get(PAYLOAD, b""), unmasked(found[PEER]))
            return
        body = self.answer(kind, found, relay, client)
        if body is None:
            self.say(kind | ERROR, packet[8:20], attribute(ERROR_CODE, b"\0\0\4\x25Allocation Mismatch"), client)
        else:
            self.say(kind | SUCCESS, packet[8:20], body, client)

    def answer(self, kind, found, relay, client):
        """Returns the attributes of the answer to a request, or None for an error."""
        if kind == BINDING:
            return attribute(MAPPED, masked(client))
        if kind == ALLOCATE:
            if not relay:
                relay = self.relays[client] = Relay(self.address, client)
                self.counts[0] += 1
            return (attribute(RELAYED, masked(relay.socket.getsockname())) + attribute(MAPPED, masked(client)) +
                    attribute(LIFETIME, struct.pack("!I", 600)))
        if not relay:
            return None
        if kind == REFRESH:
            if found.get(LIFETIME) == bytes(4):
                relay.socket.close()
                del self.relays[client]
            return attribute(LIFETIME, found.get(LIFETIME, struct.pack("!I", 600)))
        if kind not in (CREATE_PERMISSION, CHANNEL_BIND) or PEER not in found:
            return None
        relay.permitted.add(unmasked(found[PEER])[0])
        if kind == CHANNEL_BIND:
            relay.channels[struct.unpack("!H", found[CHANNEL_NUMBER][:2])[0]] = unmasked(found[PEER])
        return b""


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    Server(sys.argv[1], int(sys.argv[2]), sys.argv[3]).serve()
