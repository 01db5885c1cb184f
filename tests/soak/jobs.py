"""What the workers do. A job returns, or raises OSError or Bad for an error that a bad network
excuses, or Wrong for what nothing excuses."""
import errno
import mmap
import os
import shutil
import signal
import subprocess
import time

from daemon import KEY
from world import LIED_ABOUT, REPLACED
from worker import ALLOWED, Bad, Wrong

CHUNK = 128 * 1024


def differ(got, wanted, at=0):
    place = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b),
                 min(len(got), len(wanted)))
    return f"at byte {at + place}: {got[place:place + 12].hex()}, not {wanted[place:place + 12].hex()}"


class Versions:
    """Which versions of a file the bytes seen so far may come from: one open file never mixes
    two."""

    def __init__(self, contents, path):
        self.contents, self.path = contents, path

    def check(self, data, at):
        left = [c for c in self.contents if c[at:at + len(data)] == data]
        if not left:
            wanted = self.contents[0][at:at + len(data)]
            raise Wrong(f"wrong bytes of '{self.path}', {len(data)} {differ(data, wanted, at)}")
        self.contents = left

    def check_end(self, size):
        if size not in [len(c) for c in self.contents]:
            raise Wrong(f"'{self.path}' ends at byte {size}")


# --- bytes -------------------------------------------------------------------------------------


def read_whole(worker, task, name):
    """One file, from the start to the end. Of a task that is lied about, what comes before an error
    may be wrong; what is read to its end may not."""
    path = worker.output(task, name)
    versions = Versions(worker.originals(task, name), path)
    with worker.opened(path) as fd:
        if task in LIED_ABOUT:
            forget_some(worker, fd)
        data, at = [], 0
        size = worker.chance.choice([4096, 65536, CHUNK, CHUNK])
        while part := worker.pread(fd, size, at, path):
            if task not in LIED_ABOUT:
                versions.check(part, at)
            data.append(part)
            at += len(part)
        if task in LIED_ABOUT:
            versions.check(b"".join(data), 0)
        versions.check_end(at)


def forget_some(worker, fd):
    """Has the kernel drop pages, so that they are asked for again."""
    size = os.fstat(fd).st_size
    at = worker.chance.randrange(size) // CHUNK * CHUNK
    if worker.chance.random() < 0.7:
        os.posix_fadvise(fd, at, worker.chance.choice([CHUNK, 4 * CHUNK, size]),
                         os.POSIX_FADV_DONTNEED)


def sequential(worker):
    task = worker.pick_task()
    read_whole(worker, task, worker.pick_file(task))


def lied_about(worker):
    task = worker.chance.choice(LIED_ABOUT)
    read_whole(worker, task, worker.pick_file(task))


def part_of_lied_about(worker):
    """Nothing is promised of these bytes; but they must not come to whom a promise is made."""
    task = worker.chance.choice(LIED_ABOUT)
    path = worker.output(task, worker.pick_file(task))
    with worker.opened(path) as fd:
        forget_some(worker, fd)
        size = os.fstat(fd).st_size
        for _ in range(worker.chance.choice([1, 2, 5])):
            at = worker.chance.choice([0, worker.chance.randrange(size)])
            worker.pread(fd, worker.chance.choice([100, CHUNK]), at, path)


def random_reads(worker):
    task = worker.pick_task(*LIED_ABOUT)
    name = worker.pick_file(task, 100_000) if task != "many" else worker.pick_file(task)
    path = worker.output(task, name)
    versions = Versions(worker.originals(task, name), path)
    with worker.opened(path) as fd:
        size = os.fstat(fd).st_size
        for _ in range(30):
            at = worker.chance.randrange(size + 1)
            wanted = worker.chance.choice([1, 100, 4096, 30000, CHUNK])
            data = worker.pread(fd, wanted, at, path)
            if not data and at < size:
                raise Wrong(f"no bytes of '{path}' at {at}")
            versions.check(data, at)


def archive_itself(worker):
    task = worker.pick_task(REPLACED, *LIED_ABOUT)
    path = os.path.join(worker.mount, task, "output.zip")
    with open(worker.world.root / task / "output.zip", "rb") as good, worker.opened(path) as fd:
        size = os.fstat(fd).st_size
        at = worker.chance.randrange(size)
        for _ in range(20):
            data = worker.pread(fd, CHUNK, at, path)
            wanted = os.pread(good.fileno(), CHUNK, at)
            if data != wanted[:len(data)] or (not data and wanted):
                raise Wrong(f"wrong bytes of '{path}', {differ(data, wanted, at)}")
            at += len(data)


def mapped(worker):
    task = worker.pick_task(*LIED_ABOUT)
    name = worker.pick_file(task, 1)
    path, contents = worker.output(task, name), worker.originals(task, name)
    places = [worker.chance.random() for _ in range(20)]

    def look():
        fd = os.open(path, os.O_RDONLY)
        size = os.fstat(fd).st_size
        left = [c for c in contents if len(c) == size]
        with mmap.mmap(fd, size, prot=mmap.PROT_READ) as view:
            for place in places:
                at = int(place * size)
                data = view[at:at + 10000]
                left = [c for c in left if c[at:at + 10000] == data]
        return 0 if left else 102

    status = worker.in_child(look)
    if status == -signal.SIGBUS:
        raise Bad("SIGBUS")
    if status in ALLOWED:
        raise Bad(errno.errorcode[status])
    if status:
        raise Wrong(f"mmap of '{path}': " + {102: "wrong bytes"}.get(status, f"status {status}"))


def tail(worker):
    task = worker.pick_task(REPLACED, *LIED_ABOUT)
    name = worker.pick_file(task)
    count = worker.chance.choice([1, 1000, 200_000])
    with open(worker.scratch / "tail", "w+b") as out:
        worker.run_tool("tail", "-c", count, worker.output(task, name), stdout=out)
        out.seek(0)
        got, wanted = out.read(), worker.originals(task, name)[0][-count:]
    if got != wanted:
        raise Wrong(f"tail -c {count} of '{name}' of task '{task}': {len(got)} bytes, "
                    f"{differ(got, wanted)}")


# --- trees -------------------------------------------------------------------------------------


def compare_copy(worker, task, below, is_whole):
    """The copy of a tree, or of a folder in it; when it is not whole, each of its files is the
    beginning of one."""
    for name, _ in worker.world.files[task]:
        if not name.startswith(below):
            continue
        path = worker.scratch / "copy" / name
        if not path.exists():
            if is_whole:
                raise Wrong(f"'{name}' of task '{task}' was not copied")
            continue
        data = path.read_bytes()
        worker.bytes += len(data)
        if not any(data == c if is_whole else c.startswith(data)
                   for c in worker.originals(task, name)):
            raise Wrong(f"copy of '{name}' of task '{task}': {len(data)} bytes, "
                        f"{differ(data, worker.originals(task, name)[0])}")


def copy_tree(worker):
    task = worker.pick_task("large", *LIED_ABOUT)
    copy = worker.scratch / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    below = worker.pick_file(task).split("/")[0] if task == "many" else ""
    source, copy = worker.output(task, below), copy / below
    copy.parent.mkdir(exist_ok=True)
    try:
        worker.run_tool("cp", "-r", source, copy)
    except Bad:
        compare_copy(worker, task, below, False)
        raise
    compare_copy(worker, task, below, True)


def small_files(worker):
    for _ in range(40):
        read_whole(worker, "many", worker.pick_file("many"))


def list_tree(worker):
    task = worker.pick_task(REPLACED)
    base = worker.output(task)
    with open(worker.scratch / "list", "w+", encoding="utf-8", errors="surrogateescape") as out:
        worker.run_tool("find", base, "-type", "f", "-printf", r"%P\t%s\n", stdout=out)
        out.seek(0)
        found = sorted((line.rstrip("\n").rsplit("\t", 1)[0], int(line.rsplit("\t", 1)[1]))
                       for line in out)
    if found != worker.world.files[task]:
        wrong = set(found) ^ set(worker.world.files[task])
        raise Wrong(f"the tree of task '{task}' is another: {sorted(wrong)[:4]}")


def list_long(worker):
    worker.run_tool("ls", "-lR", worker.output(worker.pick_task()))


def list_root(worker):
    with worker.watched("list the root", 2):
        names = set(os.listdir(worker.mount))
    missing = set(worker.world.trees) - names
    if missing:
        raise Wrong(f"the listing lacks {sorted(missing)}")


def small_texts(worker):
    task = worker.pick_task()
    for name in ("status", "info", "task.json", "machine_type", "outputs_info", "ctl_error"):
        path = os.path.join(worker.mount, task, name)
        with worker.opened(path) as fd:
            data = worker.pread(fd, CHUNK, 0, path)
            size = os.fstat(fd).st_size
        if name == "status" and data != b"success\n" or len(data) != min(size, CHUNK):
            raise Wrong(f"'{path}' is {data[:50]!r}, {len(data)} of {size} bytes")


def own_files(worker):
    for name in ("stats", "log", "config"):
        path = os.path.join(worker.mount, ".taskfs", name)
        with worker.opened(path) as fd:
            while worker.pread(fd, CHUNK, worker.bytes, path):
                pass
        worker.bytes = 0


# --- tasks that live, and what ends in the middle ----------------------------------------------


def write_ctl(worker, task, text, calls=1):
    path = os.path.join(worker.mount, task, "ctl")
    with worker.watched(f"open {path}", 4):
        fd = os.open(path, os.O_WRONLY | os.O_TRUNC)
    try:
        with worker.watched(f"{text} > {path}", calls):
            os.write(fd, text.encode())
    finally:
        os.close(fd)


def living_task(worker):
    """Kills a task of its own, waits for it, and sees what became of it."""
    worker.made += 1
    task = f"living{worker.number}x{worker.made}x{worker.chance.randrange(10**6)}"
    worker.world.put_living(task)
    try:
        verb = worker.chance.choice(["kill", "kill 8", "kill 8"])
        try:
            write_ctl(worker, task, verb)
        except ProcessLookupError:
            pass  # the answer was lost, and the kill asked for again once the task was killed
        write_ctl(worker, task, "wait 8")
        path = os.path.join(worker.mount, task, "status")
        with worker.opened(path) as fd:
            data = worker.pread(fd, 100, 0, path)
        if data != b"killed\n":
            raise Wrong(f"after '{verb}' and 'wait' task '{task}' is {data!r}")
    finally:
        worker.world.remove(task)


def refresh(worker):
    write_ctl(worker, worker.pick_task(*LIED_ABOUT), "refresh")


def wait_of_finished(worker):
    write_ctl(worker, worker.pick_task(), "wait")


def ended_in_the_middle(worker):
    """A reader is told to end while it reads: it does, at once or by the stall deadline."""
    task = worker.pick_task()
    path = worker.output(task, worker.pick_file(task))
    number = worker.chance.choice([signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
    command = ["cat", path] if worker.chance.random() < 0.7 else ["grep", "-c", "zz", "-r",
                                                                 worker.output(task)]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    time.sleep(worker.chance.uniform(0, 0.3))
    child.send_signal(number)
    with worker.watched(f"the end of '{command[0]} {path}' after signal {number}"):
        child.wait()


JOBS = [(sequential, 12), (lied_about, 12), (part_of_lied_about, 10), (random_reads, 12),
        (archive_itself, 4), (mapped, 6), (tail, 5), (copy_tree, 6), (small_files, 6),
        (list_tree, 4), (list_long, 3), (list_root, 3), (small_texts, 5), (own_files, 3),
        (living_task, 4), (refresh, 3), (wait_of_finished, 2), (ended_in_the_middle, 8)]


# --- with a cache on disk ----------------------------------------------------------------------


def download(worker):
    """What has its name is right, whatever the download says; when it succeeds, all of it has."""
    task = worker.pick_task()
    copies = worker.scratch / "downloads"
    shutil.rmtree(copies, ignore_errors=True)
    options = worker.options
    with open(worker.scratch / "stderr", "w+b") as errors:
        child = subprocess.Popen([options.download, "-q", "--cache-dir", options.cache, "--disk-cache-size",
                                  "64M", "-o", copies, task],
                                 stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                                 env={**os.environ, "INDUCTIVA_API_KEY": KEY,
                                      "INDUCTIVA_API_URL": options.api_url})
        worker.follow(child, f"download of {task}")
    if child.returncode not in (0, 1):
        raise Wrong(f"a download ended with status {child.returncode}")
    for name, _ in worker.world.files[task]:
        path = copies / task / "outputs" / name
        if not path.exists():
            if child.returncode == 0:
                raise Wrong(f"'{name}' of task '{task}' was not downloaded")
            continue
        data = path.read_bytes()
        worker.bytes += len(data)
        if data not in worker.originals(task, name):
            raise Wrong(f"download of '{name}' of task '{task}': {len(data)} bytes, "
                        f"{differ(data, worker.originals(task, name)[0])}")
    if child.returncode:
        raise Bad("failed")


DISK_JOBS = [(download, 4)]
