"""What the workers do with the files of running tasks (machines.py). They end as the jobs of
jobs.py do."""
import errno
import os
import time

from jobs import CHUNK, differ, write_ctl
from machines import GROWING, REPLACED, STEADY, TASKS, shown, version
from worker import ALLOWED, Wrong

# What an operation may say as well, when a machine is out of reach or the program was killed.
ALLOWED_LIVE = ALLOWED | {errno.EHOSTUNREACH, errno.ECONNRESET}
CALLS = 6  # as many as one read of a live file can make: the size, the bytes, and both again
FRESH_SECONDS = 7  # after which what is opened has what was written, even if the connection is lost


def live(job):
    job.allowed = ALLOWED_LIVE
    return job


def live_path(worker, task, name=""):
    return os.path.join(worker.mount, task, "live", name)


def size_of(worker, fd, path):
    with worker.watched(f"fstat {path}", CALLS):
        return os.fstat(fd).st_size


def read_on(worker, fd, got, path):
    """From behind what was read to the end."""
    size = worker.chance.choice([4096, 65536, CHUNK])
    while part := worker.pread(fd, size, len(got), path, CALLS):
        got += part
    return got


def expect_same(got, wanted, path):
    if got != wanted:
        raise Wrong(f"wrong bytes of '{path}', {len(got)} of {len(wanted)}, {differ(got, wanted)}")


# --- files that do not change ------------------------------------------------------------------


def read_steady(worker, task, name):
    """As an archiver does, which believes the size of a file that it has opened."""
    path = live_path(worker, task, f"{STEADY}/{name}")
    wanted = shown(worker.machines.path(task, f"{STEADY}/{name}").read_bytes())
    with worker.opened(path) as fd:
        size = size_of(worker, fd, path)
        expect_same(read_on(worker, fd, b"", path), wanted, path)
    if size != len(wanted):
        raise Wrong(f"'{path}' has {len(wanted)} bytes, and {size} when it was opened")


@live
def live_steady(worker):
    task = worker.chance.choice(TASKS)
    read_steady(worker, task, worker.chance.choice(worker.machines.steady_files(task)))


@live
def live_archive(worker):
    """A pass over a directory: all its names are looked at, then each file is read."""
    task, found = worker.chance.choice(TASKS), []

    def visit(below):
        with worker.watched(f"list {below} of {task}", CALLS):
            names = os.listdir(live_path(worker, task, f"{STEADY}/{below}"))
        for name in names:
            with worker.watched(f"lstat {below}{name} of {task}", CALLS):
                os.lstat(live_path(worker, task, f"{STEADY}/{below}{name}"))
        for name in sorted(names):
            found.append(below + name)
            if worker.machines.path(task, f"{STEADY}/{below}{name}").is_dir():
                visit(f"{below}{name}/")
            else:
                read_steady(worker, task, below + name)

    visit("")
    if sorted(found) != worker.machines.names(task, STEADY):
        raise Wrong(f"'{STEADY}' of task '{task}' has {sorted(found)}")


def list_names(worker, task):
    base, found, folder = live_path(worker, task).rstrip("/"), [], ""
    with open(worker.scratch / "list", "w+", encoding="utf-8", errors="surrogateescape") as out:
        worker.run_tool("ls", "-R", base, stdout=out)
        out.seek(0)
        for line in out.read().splitlines():
            if line.startswith(base) and line.endswith(":"):
                folder = line[:-1]
            elif line:
                found.append(os.path.relpath(os.path.join(folder, line), base))
    if sorted(found) != worker.machines.names(task):
        raise Wrong(f"task '{task}' has the live files {sorted(found)}")


@live
def live_list(worker):
    list_names(worker, worker.chance.choice(TASKS))


# --- files that change -------------------------------------------------------------------------


def read_growing(worker, task, rounds):
    """What was read is always how the file begins, and nothing of it goes away."""
    path, machine = live_path(worker, task, GROWING), worker.machines.path(task, GROWING)
    when, least = worker.seen.get(task, (time.monotonic(), 0))
    if time.monotonic() - when < FRESH_SECONDS:
        least = 0
    else:
        worker.seen.pop(task, None)
    worker.seen.setdefault(task, (time.monotonic(), machine.stat().st_size))
    got = b""
    with worker.opened(path) as fd:
        for number in range(rounds):
            if number:
                time.sleep(worker.chance.uniform(0, 0.7))
            before = size_of(worker, fd, path)
            if before < len(got):
                raise Wrong(f"'{path}' has {before} bytes, after {len(got)} were read")
            got = read_on(worker, fd, got, path)
            if len(got) < max(before, least - 1):
                raise Wrong(f"{len(got)} bytes of '{path}', of at least {max(before, least - 1)}")
            wanted = machine.read_bytes()[:len(got)]
            expect_same(got, wanted, path)


@live
def live_growing(worker):
    read_growing(worker, worker.chance.choice(TASKS), worker.chance.choice([1, 2, 4]))


def newest(path):
    """The version that whoever opens the file now gets at least."""
    with open(path, "rb") as file:
        age = time.time() - os.fstat(file.fileno()).st_mtime
        return int(file.readline().split()[1]) if age > FRESH_SECONDS else 0


def read_replaced(worker, task):
    """The bytes are those of one version, as long as the file is open."""
    path, least = live_path(worker, task, REPLACED), newest(worker.machines.path(task, REPLACED))
    with worker.opened(path) as fd:
        size_of(worker, fd, path)
        got = read_on(worker, fd, b"", path)
        number = int(got.split(None, 2)[1]) if got else -1
        expect_same(got, shown(version(number)), path)
        if number < least:
            raise Wrong(f"'{path}' is version {number}, and {least} was there before")
        if worker.chance.random() < 0.3:
            time.sleep(worker.chance.uniform(0, 1.5))
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            expect_same(read_on(worker, fd, b"", path), got, path)


@live
def live_replaced(worker):
    read_replaced(worker, worker.chance.choice(TASKS))


# --- the rest ----------------------------------------------------------------------------------


def read_top(worker, task):
    path = os.path.join(worker.mount, task, "top")
    with worker.opened(path) as fd:
        got = read_on(worker, fd, b"", path)
        size = size_of(worker, fd, path)
    if not got.startswith(b"top - ") or len(got) != size:
        raise Wrong(f"'{path}' has {size} bytes: {got[:40]!r}")


@live
def live_top(worker):
    read_top(worker, worker.chance.choice(TASKS))


@live
def live_refresh(worker):
    write_ctl(worker, worker.chance.choice(TASKS), "refresh")


def refresh_all(worker):
    for task in TASKS:
        write_ctl(worker, task, "refresh")


def checks(worker):
    """(what, a call that compares it) for all that there is, when nothing is written any more."""
    for task in TASKS:
        of = f"of task '{task}'"
        yield f"the names {of}", lambda task=task: list_names(worker, task)
        for name in worker.machines.steady_files(task):
            yield f"'{name}' {of}", lambda task=task, name=name: read_steady(worker, task, name)
        yield f"'{GROWING}' {of}", lambda task=task: read_growing(worker, task, 1)
        yield f"'{REPLACED}' {of}", lambda task=task: read_replaced(worker, task)
        yield f"'top' {of}", lambda task=task: read_top(worker, task)


JOBS = [(live_steady, 5), (live_archive, 3), (live_list, 3), (live_growing, 5), (live_replaced, 5),
        (live_top, 1), (live_refresh, 2)]
