"""Helpers of the tests of taskfs-live: the program with its socket, the emulator of the service and
stand-ins of the program on the tasks' machines (tests/tracker)."""
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SECONDS = 20  # the timeout of whatever a test waits for
SLOWER = int(os.environ.get("TASKFS_SLOWER", "1"))
KEY = "test-key"

OPEN, CLOSE, ANSWER, SEND = 1, 2, 3, 4
OFFER, READY, MESSAGE, CLOSED = 16, 17, 18, 19
NAMES = {OFFER: "OFFER", READY: "READY", MESSAGE: "MESSAGE", CLOSED: "CLOSED"}
HEADER = struct.Struct("<IBI")


class Skip(Exception):
    """This machine lacks what the test needs."""


class Live:
    """The program, which `wrapper` may start, and the mount's side of the socket. Frames are kept
    for each connection."""

    def __init__(self, env=None, wrapper=()):
        self.socket, theirs = socket.socketpair()
        self.stderr = tempfile.TemporaryFile()
        fd = theirs.fileno()
        as_three = "" if fd == 3 else f"3<&{fd} {fd}<&-"
        command = ["bash", "-c", f'exec "$0" "$@" {as_three}', *wrapper, os.environ["TASKFS_LIVE"]]
        self.process = subprocess.Popen(command, pass_fds=[fd], stdin=subprocess.DEVNULL, stderr=self.stderr, env=env)
        theirs.close()
        self.bytes = bytearray()
        self.frames = {} # by number
        self.status = None

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        said = self.end()
        if kind is None:
            assert self.status in (0, -signal.SIGKILL), f"taskfs-live ended with {self.status}: {said}"
            assert not said, f"taskfs-live said: {said}"

    def end(self):
        """Closes the socket. Returns what it has said on stderr."""
        self.socket.close()
        if self.status is None:
            try:
                self.status = self.process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                self.status = "no end"
        self.stderr.seek(0)
        return self.stderr.read().decode()

    def kill(self):
        self.process.kill()
        self.status = self.process.wait()

    def write(self, kind, number, payload=b""):
        if isinstance(payload, str):
            payload = payload.encode()
        self.socket.sendall(HEADER.pack(len(payload), kind, number) + payload)

    def read_some(self, seconds):
        """Reads once, and sorts the frames that are complete. Returns False when nothing came."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            piece = self.socket.recv(1 << 20)
        except (TimeoutError, socket.timeout):
            return False
        if not piece:
            raise EOFError("taskfs-live has closed the socket")
        self.bytes += piece
        at = 0
        while len(self.bytes) - at >= HEADER.size:
            length, kind, number = HEADER.unpack_from(self.bytes, at)
            if len(self.bytes) - at < HEADER.size + length:
                break
            payload = bytes(self.bytes[at + HEADER.size:at + HEADER.size + length])
            self.frames.setdefault(number, []).append((kind, payload))
            at += HEADER.size + length
        del self.bytes[:at]
        return True

    def next(self, number, seconds=SECONDS):
        """Returns the next frame of a connection."""
        deadline = time.monotonic() + seconds * SLOWER
        while not self.frames.get(number):
            left = deadline - time.monotonic()
            assert left > 0, f"no frame of connection {number} came"
            self.read_some(left)
        return self.frames[number].pop(0)

    def expect(self, kind, number, seconds=SECONDS):
        got, payload = self.next(number, seconds)
        assert got == kind, f"{NAMES[got]} came, not {NAMES[kind]}: {payload[:200]!r}"
        return payload

    def expect_nothing(self, number, seconds):
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not self.frames.get(number):
            self.read_some(left)
        assert not self.frames.get(number), f"{self.frames[number]} came"

    def memory(self):
        """The resident memory, in MiB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise AssertionError("no VmRSS")

    def offer(self, number=1, servers=""):
        self.write(OPEN, number, servers)
        return self.expect(OFFER, number).decode()

    def connect(self, service, number=1, task="abc"):
        """Opens a connection to the machine of a task, through the service."""
        client = str(uuid.uuid4())
        service.post(task, "register", {"sender_id": client})
        sdp = self.offer(number)
        service.post(task, "offer", {"sender_id": client, "receiver_id": task, "type": "offer", "sdp": sdp})
        self.write(ANSWER, number, service.answer(task, client))
        self.expect(READY, number, 50)

    def request(self, kind, number=1, follow=None, **args):
        body = {"type": kind, "args": args, **({} if follow is None else {"follow": follow})}
        self.write(SEND, number, json.dumps(body))

    def message(self, number=1, seconds=SECONDS):
        """Returns a whole message, parsed."""
        return json.loads(self.raw_message(number, seconds))

    def raw_message(self, number=1, seconds=SECONDS):
        whole = b""
        while True:
            payload = self.expect(MESSAGE, number, seconds)
            whole += payload[1:]
            if payload[0] == 1:
                return whole

    def ask(self, kind, number=1, **args):
        self.request(kind, number, **args)
        return self.message(number)


class Service:
    """The emulator, with a running task `abc`, and trackers; `with` starts and ends them."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="live-test-"))
        self.outputs = self.folder / "outputs"
        self.outputs.mkdir()
        self.root = self.folder / "root"
        self.trackers = []
        self.emulator = None
        self.api = None
        self.task("abc")

    def task(self, name):
        (self.root / name).mkdir(parents=True)
        (self.root / name / "task.json").write_text('{"status": "computation-started"}')

    def __enter__(self):
        port_file = self.folder / "port"
        self.emulator = subprocess.Popen([os.environ["TASKFS_EMULATOR"], "--root", str(self.root),
                                          "--port-file", str(port_file)], stdout=subprocess.DEVNULL)
        eventually(port_file.exists)
        self.api = f"http://127.0.0.1:{port_file.read_text().strip()}"
        return self

    def __exit__(self, kind, value, trace):
        for process in self.trackers + [self.emulator]:
            process.kill()
            process.wait()
        if kind:
            for path in sorted(self.folder.glob("tracker*.log")):
                sys.stderr.write(f"--- {path.name}\n{path.read_text()[-3000:]}")
        shutil.rmtree(self.folder)

    def tracker(self, *options, task="abc"):
        """Starts a tracker of a task, and returns when it listens."""
        n = len(self.trackers)
        ready, log = self.folder / f"ready{n}", self.folder / f"tracker{n}.log"
        command = ["/usr/bin/python3", str(TOP / "tests/tracker/tracker.py"), "--api", self.api, "--task", task,
                   "--folder", str(self.outputs), "--ready-file", str(ready),
                   "--count-file", str(self.folder / f"count{n}"), *map(str, options)]
        with open(log, "wb") as out:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.trackers.append(process)
        eventually(lambda: ready.exists() or process.poll() is not None)
        assert ready.exists(), f"the tracker did not start: {log.read_text()}"
        return process

    def counts(self, n=0):
        """Connections now, connections ever, requests ever."""
        return [int(word) for word in (self.folder / f"count{n}").read_text().split()]

    def write(self, name, content):
        path = self.outputs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def append(self, name, text):
        with open(self.outputs / name, "a", encoding="utf-8") as file:
            file.write(text)

    def call(self, target, body=None):
        request = urllib.request.Request(self.api + target, None if body is None else json.dumps(body).encode(),
                                         {"X-API-Key": KEY, "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=SECONDS * 4) as answer:
            return answer.status, answer.read()

    def post(self, task, call, body):
        self.call(f"/tasks/{task}/{call}", body)

    def answer(self, task, client):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            status, body = self.call(f"/tasks/{task}/message?client={client}&block_s=10")
            if status == 200:
                return json.loads(body)["sdp"]
        raise AssertionError("no answer came")


def eventually(condition, seconds=SECONDS):
    """Polls until the condition is true. Returns its value."""
    deadline = time.monotonic() + seconds * SLOWER
    while not (value := condition()):
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.02)
    return value


def equal(actual, expected, what=""):
    assert actual == expected, f"{what or 'it'} is {actual!r}, expected {expected!r}"
