"""A worker process: does one random job after the other, each system call under a watch, and tells
the parent of each job how it ended."""
import contextlib
import errno
import json
import os
import random
import re
import signal
import struct
import subprocess
import time
from pathlib import Path

SLOT = 256  # bytes of the shared memory for a worker: when its call must be over, and what it is

# What an operation may say while the network is bad. EAGAIN, ENOENT and the like never.
ALLOWED = {errno.EIO, errno.ETIMEDOUT, errno.ESTALE, errno.EINTR, errno.EOPNOTSUPP}
REPLACED_WORDS = "replaced while being copied"  # cp looks whether it opened what it had looked up


class Wrong(Exception):
    """A promise is broken."""


class Bad(Exception):
    """A tool or a process met an error that is allowed; its text is the errno's name."""


def words_of(allowed):
    return re.compile("|".join([os.strerror(number) for number in sorted(allowed)] +
                               [REPLACED_WORDS]))


def name_of(error):
    return errno.errorcode.get(error.errno, str(error.errno))


def progress(pid):
    """Changes whenever the process comes out of a wait; None when it is gone."""
    try:
        switches = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                    if "ctxt_switches" in line]
        return switches, Path(f"/proc/{pid}/syscall").read_text()
    except OSError:
        return None


class Worker:
    def __init__(self, number, world, mount, options, shared, pipe):
        self.number, self.world, self.mount = number, world, str(mount)
        self.options, self.mounts = options, options.mounts
        self.machines = options.machines
        self.seen = {}  # of files that grow: (when, how large they were)
        self.allowed = ALLOWED
        self.seed, self.limit = options.seed, options.timeout + 10
        self.chance = random.Random(f"{options.seed}/{options.phase}/{number}")
        self.shared, self.pipe = shared, pipe
        self.scratch = Path(options.directory) / f"scratch{number}"
        self.bytes = 0
        self.made = 0

    # --- the watch ---

    def note(self, until, what):
        text = what.encode()[:SLOT - 12]
        self.shared[self.number * SLOT:(self.number + 1) * SLOT] = \
            struct.pack("<dI", until, len(text)) + text.ljust(SLOT - 12, b"\0")

    @contextlib.contextmanager
    def watched(self, what, calls=1):
        """One system call, in which the kernel can make so many requests one after the other."""
        limit = self.limit * calls
        before = time.monotonic()
        self.note(before + limit, what)
        try:
            yield
        finally:
            self.note(0, "")
        took = time.monotonic() - before
        if took > limit:
            raise Wrong(f"{what} took {took:.1f} s, at most {limit} s are allowed")

    def run_tool(self, *command, stdout=subprocess.DEVNULL):
        """Runs a program; one that fails with words that are allowed raises Bad. Its own calls are
        watched by whether it gets on."""
        with open(self.scratch / "stderr", "w+b") as errors:
            child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                     stdout=stdout, stderr=errors, env={**os.environ, "LC_ALL": "C"})
            self.follow(child, " ".join(map(str, command)))
            errors.seek(0)
            said = errors.read().decode(errors="replace")
        if child.returncode == 0 and not said:
            return
        words = words_of(self.allowed)
        for line in said.splitlines():
            if not words.search(line) and line.strip() and not line.startswith("total "):
                raise Wrong(f"'{command[0]}' says: {line}")
        if child.returncode < 0:
            raise Wrong(f"'{command[0]}' was ended by signal {-child.returncode}")
        found = words.search(said)
        raise Bad(next((errno.errorcode[number] for number in self.allowed
                        if found and os.strerror(number) == found[0]), "replaced"))

    def follow(self, child, what):
        last, since = None, time.monotonic()
        while True:
            try:
                child.wait(0.2)
                break
            except subprocess.TimeoutExpired:
                now = progress(child.pid)
                if now != last:
                    last, since = now, time.monotonic()
                # A page that was not read ahead is asked for once more.
                self.note(since + 2 * self.limit, f"process {child.pid}: {what}")
        self.note(0, "")

    # --- the loop ---

    def tell(self, **what):
        os.write(self.pipe, json.dumps(what).encode() + b"\n")

    def loop(self, jobs, until):
        self.scratch.mkdir(exist_ok=True)
        weights = [weight for _, weight in jobs]
        while time.monotonic() < until:
            job = self.chance.choices([job for job, _ in jobs], weights)[0]
            self.one(job)

    def one(self, job):
        before, self.bytes = time.monotonic(), 0
        outcome = "ok"
        self.allowed = getattr(job, "allowed", ALLOWED)
        if len(self.mounts) > 1:
            self.mount = self.chance.choice(self.mounts)
        try:
            job(self)
        except Wrong as error:
            self.tell(failure=f"{job.__name__}: {error}")
            return
        except Bad as error:
            outcome = str(error)
        except OSError as error:
            outcome = name_of(error)
            if error.errno not in self.allowed:
                self.tell(failure=f"{job.__name__}: {error!r} of {error.filename!r}")
                return
        self.tell(job=job.__name__, outcome=outcome, bytes=self.bytes,
                  seconds=round(time.monotonic() - before, 3))

    # --- what jobs stand on ---

    def pick_task(self, *but):
        return self.chance.choice([task for task in self.world.trees if task not in but])

    def pick_file(self, task, least=0):
        return self.chance.choice([f for f in self.world.files[task] if f[1] >= least])[0]

    def output(self, task, name=""):
        return os.path.join(self.mount, task, "outputs", name)

    def originals(self, task, name):
        """The contents that a file may have, one for each version of the archive."""
        return [(tree / name).read_bytes() for tree in self.world.trees[task]]

    @contextlib.contextmanager
    def opened(self, path):
        # As many lookups as the path has parts, and the opening.
        with self.watched(f"open {path}", 2 + path.count("/") - self.mount.count("/")):
            fd = os.open(path, os.O_RDONLY)
        try:
            yield fd
        finally:
            os.close(fd)

    def pread(self, fd, size, at, path, calls=2):
        # What was not read ahead is asked for once more.
        with self.watched(f"read {path} at {at}", calls):
            data = os.pread(fd, size, at)
        self.bytes += len(data)
        return data

    def in_child(self, act):
        """Runs act() in a process of its own, which a fault of memory may end. What it returns is
        the exit status."""
        pid = os.fork()
        if pid == 0:
            status = 100
            try:
                signal.alarm(int(self.limit * 4))
                status = act()
            except OSError as error:
                status = error.errno if error.errno in ALLOWED else 101
            finally:
                os._exit(status)
        self.note(time.monotonic() + self.limit * 4, f"process {pid}")
        _, status = os.waitpid(pid, 0)
        self.note(0, "")
        return os.waitstatus_to_exitcode(status)


def work(number, world, mount, options, shared, pipe, jobs, until):
    """The life of a worker process; does not return."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        worker = Worker(number, world, mount, options, shared, pipe)
        try:
            worker.loop(jobs, until)
            status = 0
        except Exception as error:  # pylint: disable=broad-except
            worker.tell(failure=f"worker {number}: {error!r}")
    finally:
        os._exit(status)
