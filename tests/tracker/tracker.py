#!/usr/bin/python3
"""A stand-in for the program on a running task's machine that lets clients look at its files: it
polls a mailbox of the service for offers, answers them, and serves requests on WebRTC data channels
from a folder. Its oddities, silences included, are those of the real one (README.md here).

usage: tracker.py --api URL --task ID --folder DIR [options]; --help lists them
"""
import argparse
import asyncio
import contextlib
import ctypes
import json
import os
import random
import re
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import aioice.ice
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription

from operations import Failure, Invalid, make_operation

BLOCK_SECONDS = 30
ROUND_SECONDS = 1 # of a follow


def parse_arguments():
    parser = argparse.ArgumentParser(description="a stand-in for the file tracker of a task's machine")
    parser.add_argument("--api", required=True, help="the URL of the service, such as an emulator's")
    parser.add_argument("--task", required=True)
    parser.add_argument("--folder", required=True, help="what ls and tail show; may be missing")
    parser.add_argument("--key", default="tracker-key")
    parser.add_argument("--address", help="the one address of this machine that clients are told; by "
                                          "default all, and 127.0.0.2 where there is no other")
    parser.add_argument("--ice-server", metavar="HOST:PORT", help="a STUN and TURN server, used without "
                                                                  "credentials; by default none")
    parser.add_argument("--ready-file", help="is made when it listens for offers")
    parser.add_argument("--count-file", help="says, at each change: connections now, connections ever, "
                                             "requests ever")
    faults = parser.add_argument_group("faults")
    faults.add_argument("--no-answer", type=int, default=0, metavar="N",
                        help="the first N offers get no answer")
    faults.add_argument("--answer-after", type=float, default=0, metavar="S",
                        help="each answer is sent so many seconds late")
    faults.add_argument("--edit-answer", nargs=2, action="append", default=[],
                        metavar=("REGEX", "TEXT"), help="replaces this in the SDP of each answer")
    faults.add_argument("--exit-after", type=int, default=0, metavar="N",
                        help="the machine is gone after N messages: no more packets")
    faults.add_argument("--close-after", type=int, default=0, metavar="N",
                        help="closes each connection after N messages on it")
    faults.add_argument("--silent-after", type=int, default=-1, metavar="N",
                        help="does not answer requests after the first N of each connection")
    faults.add_argument("--raw", nargs=2, action="append", default=[], metavar=("TYPE", "FILE"),
                        help="answers a request of TYPE with the text of FILE as it is, once")
    faults.add_argument("--big", type=int, default=0, metavar="BYTES",
                        help="answers `top` with so many bytes")
    faults.add_argument("--odd", action="store_true",
                        help="opens a channel of its own and sends on it; and before each answer "
                             "sends an empty message and one of bytes")
    faults.add_argument("--loss", type=float, default=0, metavar="PERCENT",
                        help="of all UDP packets, in each direction, are lost")
    faults.add_argument("--delay", type=float, default=0, metavar="S",
                        help="each UDP packet, in each direction, is so many seconds late")
    faults.add_argument("--seed", type=int, default=1, help="of what is lost")
    return parser.parse_args()


def set_addresses(address):
    usual = aioice.ice.get_host_addresses
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: (
        [address] if address else usual(use_ipv4, use_ipv6) or ["127.0.0.2"])


def ice_servers(where):
    return [RTCIceServer(f"{kind}:{where}") for kind in ("stun", "turn")] if where else []


def spoil_packets(percent, delay, seed):
    """Has a part of all packets dropped on their way in and out, and the others delayed."""
    chance = random.Random(seed)
    protocol = aioice.ice.StunProtocol
    received, made = protocol.datagram_received, protocol.connection_made

    def pass_on(function, *arguments):
        if chance.random() * 100 < percent:
            return
        if delay:
            asyncio.get_running_loop().call_later(delay, function, *arguments)
        else:
            function(*arguments)

    def send_late(transport, *packet):
        if not transport.is_closing():
            transport.sendto(*packet)

    def connect(self, transport):
        made(self, Spoiled(transport, lambda *packet: pass_on(send_late, transport, *packet)))

    protocol.datagram_received = lambda self, *packet: pass_on(received, self, *packet)
    protocol.connection_made = connect


class Spoiled:
    """A transport whose sendto is another."""

    def __init__(self, transport, sendto):
        self.transport = transport
        self.sendto = sendto

    def __getattr__(self, name):
        return getattr(self.transport, name)


class Api:
    """The calls of the service. They block, so they are made in threads."""

    def __init__(self, options):
        self.base = f"{options.api}/tasks/{options.task}"
        self.headers = {"X-API-Key": options.key, "Content-Type": "application/json",
                        "User-Agent": "FileTracker/0.1.0/python"}

    def call(self, target, body=None):
        """Returns status and body."""
        request = urllib.request.Request(f"{self.base}/{target}", headers=self.headers,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=BLOCK_SECONDS + 30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    async def post(self, call, sender, receiver=None, kind=None, sdp=None):
        body = {"sender_id": sender, "receiver_id": receiver, "type": kind, "sdp": sdp}
        return await asyncio.to_thread(self.call, call, body)

    async def message(self, client):
        return await asyncio.to_thread(self.call, f"message?client={client}&block_s={BLOCK_SECONDS}")


class Tracker:
    def __init__(self, options):
        self.options = options
        self.api = Api(options)
        self.raw = dict(options.raw)
        self.connections = set()
        self.counts = {"now": 0, "ever": 0, "requests": 0, "messages": 0}

    def count(self, **more):
        for name, number in more.items():
            self.counts[name] += number
        if self.options.count_file:
            beside = Path(self.options.count_file + ".new")
            beside.write_text("{now} {ever} {requests}\n".format(**self.counts))
            beside.replace(self.options.count_file)

    async def listen(self):
        options = self.options
        await self.api.post("register", options.task)
        self.count()
        if options.ready_file:
            Path(options.ready_file).touch()
        offers = 0
        while True:
            status, body = await self.api.message(options.task)
            if status == 200:
                message = json.loads(body)
                if message["type"] == "offer":
                    offers += 1
                    if offers > options.no_answer:
                        await self.answer(message)
            elif status != 204:
                print(f"tracker: status {status}: {body!r}", flush=True)
                await asyncio.sleep(5)

    async def answer(self, offer):
        connection = Connection(self)
        sdp = await connection.answer(offer["sdp"], offer["type"])
        for regex, text in self.options.edit_answer:
            sdp = re.sub(regex, text, sdp, flags=re.M)
        await asyncio.sleep(self.options.answer_after)
        await self.api.post("offer", self.options.task, offer["sender_id"], "answer", sdp)
        self.connections.add(connection)


class Connection:
    def __init__(self, tracker):
        self.tracker = tracker
        self.options = tracker.options
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=ice_servers(self.options.ice_server)))
        self.is_closed = asyncio.Event()
        self.is_counted = False
        self.messages = self.requests = 0

    async def answer(self, sdp, kind):
        self.peer.on("datachannel", self.on_channel)
        self.peer.on("connectionstatechange", self.on_state)
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=sdp, type=kind))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return self.peer.localDescription.sdp

    async def on_state(self):
        state = self.peer.connectionState
        if state == "connected":
            self.is_counted = True
            self.tracker.count(now=1, ever=1)
        elif state in ("closed", "failed") and self.is_counted:
            self.is_counted = False
            self.tracker.count(now=-1)
        if state == "failed":
            self.is_closed.set()

    async def on_channel(self, channel):
        """A coroutine, as in the real one: what arrives together with the channel's open is
        lost."""

        async def on_message(message):
            await self.serve(channel, message)

        async def on_close():
            self.is_closed.set()
            await self.peer.close()

        if self.options.odd:
            own = self.peer.createDataChannel("own")
            own.on("open", lambda: own.send("of its own channel"))
        channel.on("message", on_message)
        channel.on("close", on_close)

    def send(self, channel, text):
        channel.send(text)
        self.messages += 1
        self.tracker.count(messages=1)
        if 0 < self.options.exit_after <= self.tracker.counts["messages"]:
            asyncio.get_running_loop().call_later(0.2, os._exit, 0)

    async def serve(self, channel, text):
        """An exception ends it in silence, as in the real one."""
        self.requests += 1
        self.tracker.count(requests=1)
        if self.options.odd:
            channel.send("")
            channel.send(b"\xff\0bytes")
        request = json.loads(text)
        if 0 <= self.options.silent_after < self.requests:
            return
        raw = self.tracker.raw.pop(request["type"], None)
        if raw:
            self.send(channel, Path(raw).read_text(encoding="utf-8"))
            return
        try:
            operation = make_operation(request["type"], request["args"], self.options)
        except Invalid as error:
            self.send(channel, json.dumps({"status": "invalid", "message": str(error)}))
            return
        await self.rounds(channel, operation, request.get("follow", False))

    async def rounds(self, channel, operation, follows):
        status, message = "success", None
        while not self.is_closed.is_set():
            try:
                message = await operation.run()
            except Failure as error:
                status, message = "error", str(error) # and it stays an error in later rounds
            finally:
                # The previous message once more, when the round has ended in another exception.
                if message is not None:
                    self.send(channel, json.dumps({"status": status, "message": message}))
            if 0 < self.options.close_after <= self.messages:
                await asyncio.sleep(0.2) # the message goes first
                await self.peer.close()
            if not follows:
                return
            await asyncio.sleep(ROUND_SECONDS)


def die_with_parent():
    """A test that is killed leaves no tracker behind."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL) # PR_SET_PDEATHSIG


async def main():
    options = parse_arguments()
    die_with_parent()
    set_addresses(options.address)
    if options.loss or options.delay:
        spoil_packets(options.loss, options.delay, options.seed)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    await Tracker(options).listen()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
