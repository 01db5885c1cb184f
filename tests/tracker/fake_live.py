#!/usr/bin/python3
"""Stands in for taskfs-live and for a machine without any WebRTC between them, so that what the
mount does can be tested without a network, and with faults.

usage: fake_live.py program              speaks the frames of src/base/live_frame.h on descriptor 3
       fake_live.py machine URL KEY DIR TASK...
                                         takes offers for the tasks out of their mailboxes;
                                         its answers name the folder DIR/TASK to the program

The program serves the folder as the tracker does (operations.py). It appends a line to FOLDER.log
for each connection (`open N`, `close N`) and request (`N {...}`). What FOLDER.faults has at a
request changes what is done with it; each word is a fault:

  silent        nothing is answered, on this connection never again
  die           the program ends
  lose          the connection is closed, with a reason
  delay=S       the answer comes after S seconds
  part=N        it comes in frames of N bytes
  big=N         a text of N bytes is the answer
  raw=JSON      this is the answer (to the end of the line)
  deaf          at the answer to an offer: the channel is never opened
"""
import asyncio
import http.client
import json
import os
import struct
import sys
import threading
import time
import types
import urllib.parse
import urllib.request

import operations

OPEN, CLOSE, ANSWER, SEND, OFFER, READY, MESSAGE, CLOSED = 1, 2, 3, 4, 16, 17, 18, 19
LAST = 1


class Connection:
    def __init__(self, program, number):
        self.program = program
        self.number = number
        self.folder = None
        self.is_silent = False
        self.queue = asyncio.Queue()
        self.worker = asyncio.ensure_future(self.work())

    def log(self, text):
        if self.folder:
            with open(self.folder + ".log", "a", encoding="utf-8") as file:
                file.write(f"{time.time():.3f} {text}\n")

    def faults(self):
        try:
            with open(self.folder + ".faults", encoding="utf-8") as file:
                text = file.read()
        except OSError:
            return {}
        raw = text.find("raw=")
        found = {"raw": text[raw + 4:].rstrip("\n")} if raw >= 0 else {}
        for word in (text[:raw] if raw >= 0 else text).split():
            name, _, value = word.partition("=")
            found[name] = value
        return found

    def answer(self, sdp):
        self.folder = sdp.split("folder=", 1)[1].strip()
        self.log(f"open {self.number}")
        if "deaf" not in self.faults():
            self.program.send(READY, self.number, b"")

    async def work(self):
        while True:
            await self.serve(await self.queue.get())

    async def serve(self, text):
        self.log(f"{self.number} {text}")
        faults = self.faults()
        if "die" in faults:
            os._exit(1)
        if "lose" in faults:
            self.program.close(self, "the connection was cut by a fault")
            return
        await asyncio.sleep(float(faults.get("delay", 0)))
        is_probe = "taskfs-probe" in text
        self.is_silent |= "silent" in faults
        if self.is_silent:
            return
        if "raw" in faults and not is_probe:
            answer = faults["raw"].encode()
        elif "big" in faults and not is_probe:
            answer = json.dumps({"status": "success", "message": ["x" * int(faults["big"])]}).encode()
        else:
            answer = await self.run(text)
        if answer is not None:
            self.send(answer, int(faults.get("part", 65536)))

    async def run(self, text):
        request = json.loads(text)
        options = types.SimpleNamespace(folder=self.folder, big=0)
        try:
            result = await operations.make_operation(request["type"], request["args"], options).run()
            answer = {"status": "success", "message": result}
        except operations.Failure as failure:
            answer = {"status": "error", "message": str(failure)}
        except operations.Invalid as invalid:
            answer = {"status": "invalid", "message": str(invalid)}
        except Exception: # the tracker logs it, and that is all
            return None
        return json.dumps(answer).encode()

    def send(self, answer, part):
        parts = [answer[at:at + part] for at in range(0, len(answer), part)] or [b""]
        for i, piece in enumerate(parts):
            self.program.send(MESSAGE, self.number, bytes([LAST if i == len(parts) - 1 else 0]) + piece)


class Program:
    def __init__(self):
        self.connections = {}
        self.writer = None

    def send(self, kind, number, payload):
        self.writer.write(struct.pack("<IBI", len(payload), kind, number) + payload)

    def close(self, connection, why):
        connection.log(f"close {connection.number}")
        self.connections.pop(connection.number)
        self.send(CLOSED, connection.number, why.encode())
        connection.worker.cancel()

    def take(self, kind, number, payload):
        connection = self.connections.get(number)
        if kind == OPEN and connection:
            sys.exit(f"connection {number} is open already")
        if kind == OPEN:
            self.connections[number] = Connection(self, number)
            self.send(OFFER, number, b"v=0\r\ns=fake\r\n")
        elif connection is None:
            return
        elif kind == CLOSE:
            self.close(connection, "the mount has closed it")
        elif kind == ANSWER:
            connection.answer(payload.decode())
        elif kind == SEND:
            connection.queue.put_nowait(payload.decode())

    async def run(self):
        import socket
        reader, self.writer = await asyncio.open_connection(sock=socket.socket(fileno=3))
        while True:
            try:
                length, kind, number = struct.unpack("<IBI", await reader.readexactly(9))
                payload = await reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            self.take(kind, number, payload)


def machine(url, key, task, folder):
    """One mailbox, polled for ever."""
    base = f"{url}/tasks/{task}/"

    def call(path, body=None):
        request = urllib.request.Request(base + path, headers={"X-API-Key": key, "Content-Type": "application/json"},
                                         data=json.dumps(body).encode() if body else None)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    call("register", {"sender_id": task, "receiver_id": None, "type": None, "sdp": None})
    while True:
        try:
            message = call("message?" + urllib.parse.urlencode({"client": task, "block_s": 30}))
            if message:
                offer = json.loads(message)
                call("offer", {"sender_id": task, "receiver_id": offer["sender_id"], "type": "answer",
                               "sdp": f"v=0\r\nfolder={folder}\r\n"})
        except (OSError, ValueError, http.client.HTTPException):
            time.sleep(0.2)


if __name__ == "__main__":
    if sys.argv[1:] == ["program"]:
        asyncio.run(Program().run())
    elif len(sys.argv) >= 6 and sys.argv[1] == "machine":
        url, key, folder = sys.argv[2:5]
        for task in sys.argv[5:]:
            threading.Thread(target=machine, args=(url, key, task, f"{folder}/{task}")).start()
    else:
        sys.exit(__doc__)
