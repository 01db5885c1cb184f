#!/usr/bin/python3
"""A tour of a mount whose allocations are made to fail (tests/allocfail/allocfail.h).

usage: alloc_tour.py make ROOT
       alloc_tour.py tour RULE MOUNT

`make` makes the tasks: `good` shows what is right, the `spare`s are like it, one for each try, as
nothing has touched them yet; the `live`s are to be killed. RULE is the file the daemon looks into.
Whatever fails does so with ENOMEM or
EIO, what succeeds is right, and once nothing is made to fail any more all succeeds at once.
"""
import errno
import os
import random
import re
import shutil
import signal
import stat
import struct
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

OFF, AT, FROM, EVERY, CHANCE = range(5)
BORNE = {errno.ENOMEM, errno.EIO}
HANG_SECONDS = 20
SPARES, LIVES = 600, 60
RULES = [(FROM, 1, 0), (FROM, 100, 0), (EVERY, 2, 0), (EVERY, 7, 0), (EVERY, 23, 0), (EVERY, 101, 0),
         (CHANCE, 100, 1), (CHANCE, 30, 2), (CHANCE, 10, 3), (CHANCE, 3, 4), (CHANCE, 2, 5)]
TEXTS = ["status", "info", "task.json", "outputs_info", "computation_time", "machine_type"]
# What differs from task to task in what the emulator makes up: id, times, names of machines.
OWN = re.compile(rb"good|spare\d+|\d{4}-\d\d-\d\d[T ][\d:.+]*|api-[0-9a-f]{8}|[0-9a-f]{12}")


class Rule:
    """The words of struct allocfail; the daemon sees them as they are written."""

    def __init__(self, path):
        self.fd = os.open(path, os.O_RDWR)

    def set(self, mode, a=0, b=0):
        os.pwrite(self.fd, struct.pack("=Q", OFF), 0)
        os.pwrite(self.fd, struct.pack("=QQQQ", a, b, 0, 0), 8)
        os.pwrite(self.fd, struct.pack("=Q", mode), 0)

    def off(self):
        """Returns how many allocations failed."""
        os.pwrite(self.fd, struct.pack("=Q", OFF), 0)
        return struct.unpack("=Q", os.pread(self.fd, 8, 32))[0]


def read(path):
    with open(path, "rb", buffering=0) as file:
        data = b""
        while piece := file.read(1 << 20):
            data += piece
        return data


def read_texts(task):
    return [OWN.sub(b"", read(f"{task}/{name}")) for name in TEXTS]


def refuse(error):
    raise error


def walk(task):
    """Names, types, sizes and targets of all below outputs/ and inputs/."""
    found = []
    for top in ("outputs", "inputs"):
        for folder, folders, files in os.walk(f"{task}/{top}", onerror=refuse):
            for name in sorted(folders + files):
                path = os.path.join(folder, name)
                st = os.lstat(path)
                target = os.readlink(path) if stat.S_ISLNK(st.st_mode) else ""
                found.append((path[len(task):], st.st_mode, st.st_size, target))
    return sorted(found)


def read_file(name):
    return lambda task: read(f"{task}/{name}")


def read_at(fd, length, offset):
    """Where a later page of a read fails, the kernel gives what is before it: the rest is asked
    for."""
    data = b""
    while len(data) < length:
        more = os.pread(fd, length - len(data), offset + len(data))
        if not more:
            break
        data += more
    return data


def read_at_random(task):
    chance = random.Random(5)
    fd = os.open(f"{task}/outputs/large.txt", os.O_RDONLY)
    try:
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
        size = os.fstat(fd).st_size
        return [read_at(fd, 5000, chance.randrange(size)) for _ in range(6)]
    finally:
        os.close(fd)


def copy(task):
    """As `cp -r`: every file in the directory's order."""
    target = tempfile.mkdtemp()
    try:
        copied = {}
        for folder, _, files in os.walk(f"{task}/outputs", onerror=refuse):
            for name in files:
                path = os.path.join(folder, name)
                if not stat.S_ISLNK(os.lstat(path).st_mode):  # islink takes an error for "no"
                    shutil.copyfile(path, f"{target}/file")
                    copied[path[len(task):]] = read(f"{target}/file")
        return copied
    finally:
        shutil.rmtree(target)


def control(*verbs):
    def write(task):
        for verb in verbs:
            fd = os.open(f"{task}/ctl", os.O_WRONLY | os.O_TRUNC)
            try:
                os.write(fd, verb.encode())
            finally:
                os.close(fd)
        return read(f"{task}/ctl_error")

    return write


def list_all(task):
    """Whether the task is among them."""
    return os.path.basename(task) in os.listdir(os.path.dirname(task))


def read_stats(task):
    read(os.path.dirname(task) + "/.taskfs/stats")
    return os.statvfs(task).f_bsize


# (what it is called, what it does with a task's directory, how many N in a row are tried)
STEPS = [
    ("texts", read_texts, 70),
    ("listings", walk, 40),
    ("a stored file", read_file("outputs/stored.bin"), 40),
    ("a deflated file", read_file("outputs/large.txt"), 40),
    ("a file for libzip", read_file("outputs/other.txt"), 40),
    ("random reads", read_at_random, 20),
    ("the archive", read_file("output.zip"), 20),
    ("ctl", control("wait", "refresh", "refresh\nwait"), 40),
    ("all tasks", list_all, 3),
    ("stats", read_stats, 10),
]
COPY = ("a copy", copy, 0)


class Tour:
    borne = BORNE

    def __init__(self, rule, mount):
        self.rule, self.mount = rule, mount
        self.unused = {"spare": SPARES, "live": LIVES}
        self.right = {}
        self.outcomes = {}
        self.failed = 0

    def task(self, kind="spare"):
        self.unused[kind] -= 1
        assert self.unused[kind] >= 0, f"more tasks of the kind '{kind}' are needed"
        return f"{self.mount}/{kind}{self.unused[kind]}"

    def try_step(self, step, task):
        """Runs it while allocations may fail."""
        name, run, _ = step
        try:
            value = run(task)
        except OSError as error:
            assert error.errno in self.borne, f"{name}: {error}"
            self.count(errno.errorcode[error.errno])
            return
        self.check(name, value)
        self.count("ok")

    def count(self, outcome):
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    def check(self, name, value):
        right = self.right[name]
        if value == right:
            return
        if isinstance(value, bytes):
            differ = [i for i in range(min(len(value), len(right))) if value[i] != right[i]]
            raise AssertionError(f"{name}: {len(value)} bytes, {len(right)} are right; "
                                 f"different at {differ[:1]} to {differ[-1:]}, {len(differ)}")
        if isinstance(value, dict):
            differ = [key for key in value.keys() | right.keys() if value.get(key) != right.get(key)]
            raise AssertionError(f"{name}: {differ} differ")
        raise AssertionError(f"{name}: {value} is not {right}")

    def must(self, step, task):
        self.check(step[0], step[1](task))

    def learn(self):
        for step in STEPS + [COPY]:
            self.right[step[0]] = step[1](f"{self.mount}/good")

    def one_at_a_time(self, step):
        """The Nth allocation fails, N = 1, 2, ...; beyond what the step allows, further apart."""
        n = 1
        while True:
            task = self.task()
            signal.alarm(HANG_SECONDS)
            self.rule.set(AT, n)
            self.try_step(step, task)
            failed = self.rule.off()
            self.failed += failed
            self.must(step, task)
            if not failed:
                return n
            n += 1 if n < step[2] else max(1, n // 4)

    def kill(self):
        """The Nth allocation of a kill fails; the task can be killed all the same."""
        n, failed = 1, 1
        self.right["kill"] = b"ok\n"
        while failed:
            task = self.task("live")
            signal.alarm(HANG_SECONDS)
            self.rule.set(AT, n)
            self.try_step(("kill", control("kill"), 0), task)
            failed = self.rule.off()
            self.failed += failed
            try:
                control("kill")(task)
            except ProcessLookupError:
                pass  # the first one did it, whatever it said
            assert read(f"{task}/status") in (b"pending-kill\n", b"killed\n"), task
            n += max(1, n // 8)
        return n

    def many(self, mode, a, b):
        """The whole tour by three at a time, two of them in one task, while allocations fail all
        the time. Each writes to the ctl of a task of its own: ctl_error tells of the last write,
        whoever made it."""
        errors = []

        def go(task, own):
            try:
                for step in 3 * (STEPS + [COPY]):
                    self.try_step(step, own if step[0] == "ctl" else task)
            except BaseException as error:  # of another thread
                errors.append(error)

        tasks = [self.task(), self.task()]
        own = [*tasks, self.task()]
        signal.alarm(2 * HANG_SECONDS)
        self.rule.set(mode, a, b)
        threads = [threading.Thread(target=go, args=(tasks[i % 2], own[i])) for i in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.failed += self.rule.off()
        if errors:
            raise errors[0]
        for task in own:
            for step in STEPS + [COPY]:
                self.must(step, task)


def make(root):
    """The tasks, as folders of the emulator's."""
    chance = random.Random(1)
    text = "\n".join(f"{i} {chance.random()}" for i in range(100000))
    link = zipfile.ZipInfo("artifacts/sub/link")
    link.external_attr = 0o120777 << 16
    os.mkdir(f"{root}/good")
    with zipfile.ZipFile(f"{root}/good/output.zip", "w") as out:
        out.writestr("artifacts/large.txt", text, zipfile.ZIP_DEFLATED)
        out.writestr("artifacts/stored.bin", chance.randbytes(300000), zipfile.ZIP_STORED)
        out.writestr("artifacts/other.txt", text[:300000], zipfile.ZIP_BZIP2)
        out.writestr(link, "../large.txt")
        for i in range(30):
            out.writestr(f"artifacts/sub/d{i % 3}/small{i}.txt", f"number {i}\n" * 100,
                         zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(f"{root}/good/input.zip", "w") as out:
        out.writestr("sim_dir/case/config.yaml", "steps: 3")
    Path(f"{root}/good/task.json").write_text('{"status": "success"}')
    for i in range(SPARES):
        os.mkdir(f"{root}/spare{i}")
        for name in ("task.json", "output.zip", "input.zip"):
            os.link(f"{root}/good/{name}", f"{root}/spare{i}/{name}")
    for i in range(LIVES):
        os.mkdir(f"{root}/live{i}")
        Path(f"{root}/live{i}/task.json").write_text(
            '{"status": "computation-started", "emulator": {"kill_seconds": 0.05}}')


def timed(what, run, *arguments):
    before = time.monotonic()
    result = run(*arguments)
    print(f"{what}: {result or ''} {time.monotonic() - before:.1f} s", flush=True)


def tour(rule, mount):
    it = Tour(Rule(rule), mount)
    it.learn()
    for step in STEPS:
        timed(step[0], it.one_at_a_time, step)
    timed("kill", it.kill)
    for rules in RULES:
        timed(f"rule {rules}", it.many, *rules)
    print(f"{it.failed} failed; {it.outcomes}; unused: {it.unused}")
    assert it.failed > 300 and it.outcomes.get("ENOMEM", 0) > 200, "hardly anything failed"


if __name__ == "__main__":
    {"make": make, "tour": tour}[sys.argv[1]](*sys.argv[2:])
