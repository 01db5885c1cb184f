#!/usr/bin/python3
"""A tour of the files of running tasks while allocations of the mount fail, as alloc_tour.py is one
of the files of tasks that have ended.

usage: live_alloc_tour.py make FOLDER TASK...
       live_alloc_tour.py each|all RULE MOUNT FOLDER PID TASK...

`each` makes one allocation after the other fail, `all` many in several steps at once. `make` makes
what is on the machines, FOLDER/TASK. PID is the daemon's, which takes no answer for good that it
has had before (`ttl=0`): so each step asks the machine. The first two tasks are looked at all the
time, the others once. Files are opened from their directory, which is open: so a step makes few
allocations but those that are about live files.
"""
import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from alloc_tour import AT, BORNE, CHANCE, EVERY, FROM, Rule, Tour, control, read, refuse, timed

RULES = [(FROM, 1, 0), (FROM, 60, 0), (EVERY, 2, 0), (EVERY, 7, 0), (EVERY, 23, 0),
         (CHANCE, 100, 1), (CHANCE, 30, 2), (CHANCE, 10, 3)]
LONG = "".join(f"line {i} of a file that is long enough to be looked at by its end\n"
               for i in range(3000))
VERSION = 20_000  # bytes of the file that is rewritten
FILES = {"top.txt": "text\n", "sub/short.txt": "one\ntwo\n", "sub/long.txt": LONG,
         "sub/grown.txt": LONG, "sub/rewritten.txt": "x" * VERSION, "sub/empty.txt": "",
         "sub/deep/er.txt": "deep\n"}
NAMES = sorted([*FILES, "sub", "sub/deep"])
HANG_SECONDS = 30


def make(folder, *tasks):
    for task in tasks:
        for name, text in FILES.items():
            file = Path(folder, task, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)


def read_from(fd):
    data = b""
    while part := os.pread(fd, 1 << 16, len(data)):
        data += part
    return data


def expect_only(data, letter):
    assert data.count(letter.encode()) == len(data), f"not only '{letter}': {set(data)}"


class LiveTour(Tour):
    def __init__(self, rule, mount, folder, pid, tasks):
        super().__init__(rule, mount)
        self.folder, self.pid = folder, pid
        self.tasks = [f"{mount}/{task}" for task in tasks[:2]]
        self.fresh = [f"{mount}/{task}" for task in tasks[2:]]
        self.unused = {"fresh": len(self.fresh)}
        self.directories = {}
        #              (what it is called, what it does, how many N in a row are tried)
        self.steps = [
            ("texts", self.read_texts, 60),
            ("an empty file", self.find_empty, 0),
            ("a file that grows", self.follow, 60),
            ("a file that is rewritten", self.rewrite, 60),
            ("names", self.list_names, 30),
            ("top", self.read_top, 0),
            ("why", self.read_why, 30),
            ("refresh", self.refresh, 5),
        ]
        self.connecting = ("a connection", self.connect, 0)
        self.first = ("a first look", self.look, 0)
        for name, _, _ in [*self.steps, self.connecting, self.first]:
            self.right[name] = True

    def task(self, kind="spare"):
        if kind != "fresh":
            return self.tasks[0]
        self.unused["fresh"] -= 1
        return self.fresh[self.unused["fresh"]]

    def open(self, task, name):
        return os.open(name, os.O_RDONLY, dir_fd=self.directories[task])

    def machine(self, task, name):
        return Path(self.folder, os.path.basename(task), "sub", name)

    # --- steps: True, or an OSError ---

    def list_names(self, task):
        found = []
        for folder, folders, files in os.walk(f"{task}/live", onerror=refuse):
            found += [os.path.relpath(os.path.join(folder, name), f"{task}/live")
                      for name in folders + files]
        assert sorted(found) == NAMES, f"{sorted(found)} are listed"
        return True

    def read_texts(self, task):
        for name in ("short.txt", "long.txt", "deep/er.txt"):
            fd = self.open(task, name)
            try:
                got, text = read_from(fd).decode(), FILES[f"sub/{name}"][:-1]
                assert got == text, f"{len(got)} bytes of '{name}', {len(text)} are right"
            finally:
                os.close(fd)
        return True

    def find_empty(self, task):
        """A lookup: the machine is given half a second, as it does not answer."""
        os.close(os.open("empty.txt", os.O_PATH, dir_fd=self.directories[task]))
        return True

    def read_top(self, task):
        assert read(f"{task}/top").startswith(b"top - ")
        return True

    def read_why(self, task):
        assert read(f"{task}/live/.why")
        assert b"live/" in read(f"{task}/info")
        return True

    def refresh(self, task):
        said = control("refresh")(task)
        assert said == b"ok\n", said
        return self.list_names(task)

    def follow(self, task):
        """As `tail -f`: what is there, then what is added."""
        machine = self.machine(task, "grown.txt")
        fd = self.open(task, "grown.txt")
        try:
            got = b""
            for _ in range(2):
                while len(got) < os.fstat(fd).st_size:
                    part = os.pread(fd, 1 << 16, len(got))
                    assert part, "a read before the end gives nothing"
                    got += part
                    assert machine.read_bytes().startswith(got), "other bytes than were written"
                with open(machine, "a", encoding="ascii") as file:
                    file.write(f"{time.monotonic()} one more line\n")
        finally:
            os.close(fd)
        return True

    def rewrite(self, task):
        """Who has the old file open never gets a byte of the new one."""
        machine, new = self.machine(task, "rewritten.txt"), Path(f"{self.folder}/new")
        fd = self.open(task, "rewritten.txt")
        try:
            old = machine.read_text()[0]
            expect_only(os.pread(fd, 100, 0), old)
            new.write_text(("y" if old == "x" else "x") * VERSION)
            new.rename(machine)
            time.sleep(0.002)  # what is known is as old as its millisecond
            self.expect_rewritten(task, machine.read_text()[0])
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            try:
                expect_only(read_from(fd), old)
            except OSError as error:
                if error.errno != errno.ESTALE:
                    raise
        finally:
            os.close(fd)
        return True

    def expect_rewritten(self, task, letter):
        fd = self.open(task, "rewritten.txt")
        try:
            expect_only(read_from(fd), letter)
        finally:
            os.close(fd)

    def connect(self, task):
        """The program is killed, so another one has to make the connection."""
        found = subprocess.run(["pgrep", "-P", self.pid], capture_output=True, text=True,
                               check=False)
        for pid in found.stdout.split():
            with contextlib.suppress(ProcessLookupError):  # another one was killed, and is not gone
                os.kill(int(pid), signal.SIGKILL)
        return self.read_texts(task)

    def look(self, task):
        return self.list_names(task) and read(f"{task}/live/top.txt") == b"text"

    # --- the course ---

    def first_looks(self):
        """The Nth allocation of the first look at a task fails."""
        n, failed = 1, 1
        while failed and self.unused["fresh"]:
            task = self.task("fresh")
            signal.alarm(HANG_SECONDS)
            self.rule.set(AT, n)
            self.try_step(self.first, task)
            failed = self.rule.off()
            self.failed += failed
            self.must(self.first, task)
            n += 1
        assert not failed, f"a first look makes {n} allocations: more tasks are needed"
        return n

    def many(self, mode, a, b):
        """All steps by three at a time, two of them in one task. The program is killed again and
        again, so that a request can lose its connection twice."""
        errors = []
        self.borne = BORNE | {errno.ECONNRESET}

        def go(task, steps):
            try:
                for step in 3 * steps:
                    self.try_step(step, task)
            except BaseException as error:  # of another thread
                errors.append(error)

        # Only one thread writes to a task: ctl_error tells of the last write, whoever made it.
        def without(*runs):
            return [step for step in self.steps if step[1] not in runs]

        plans = [(self.tasks[0], self.steps),
                 (self.tasks[0], without(self.follow, self.rewrite, self.refresh)),
                 (self.tasks[1], [self.connecting, *without(self.follow, self.rewrite)])]
        signal.alarm(2 * HANG_SECONDS)
        self.rule.set(mode, a, b)
        threads = [threading.Thread(target=go, args=plan) for plan in plans]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.failed += self.rule.off()
        self.borne = BORNE
        if errors:
            raise errors[0]
        for task in self.tasks:
            for step in self.steps:
                self.must(step, task)


def tour(which, rule, mount, folder, pid, *tasks):
    it = LiveTour(Rule(rule), mount, folder, pid, tasks)
    if which == "each":
        timed("first looks", it.first_looks)
    for task in it.tasks:
        it.directories[task] = os.open(f"{task}/live/sub", os.O_RDONLY | os.O_DIRECTORY)
    for step in [*it.steps, it.connecting]:
        it.must(step, it.task())
        if which == "each":
            timed(step[0], it.one_at_a_time, step)
    for rules in RULES if which == "all" else []:
        timed(f"rule {rules}", it.many, *rules)
    assert read(f"{it.tasks[0]}/live/sub/empty.txt") == b""
    print(f"{it.failed} failed; {it.outcomes}; unused: {it.unused}")
    assert it.failed > 200 and it.outcomes.get("ENOMEM", 0) > 100, "hardly anything failed"


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(*sys.argv[2:])
    else:
        tour(*sys.argv[1:])
