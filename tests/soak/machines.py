"""The machines of running tasks, played by tests/tracker/fake_live.py: their files, what is written
to them while the soak runs, and what goes wrong with them."""
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

from daemon import KEY

FAKE = Path(__file__).resolve().parent.parent / "tracker" / "fake_live.py"
TASKS = ("running0", "running1")
STEADY, GROWING, REPLACED = "steady", "growing.txt", "replaced.txt"
GROWN_MOST = 32 << 20  # bytes; above 64 MiB files are not shown
# What a machine does for some seconds.
TROUBLES = ["delay=0.2", "delay=3", "lose", "lose", "silent", "part=1000", "part=7 delay=0.05"]


def text(chance, lines):
    return "".join(f"{number} {chance.randbytes(chance.randrange(1, 40)).hex()} größe\n"
                   for number in range(lines))


def version(number):
    """The file that is replaced, as it was written for the numberth time."""
    chance = random.Random(number)
    return "".join(f"version {number} line {line}\n"
                   for line in range(chance.choice([1, 40, 900, 9000]))).encode()


class Machines(threading.Thread):
    """A thread writes to the files; what a worker needs to know is in the files themselves."""

    def __init__(self, directory, world, port, seed):
        super().__init__(daemon=True)
        self.folder = Path(directory) / "machines"
        self.chance = random.Random(f"{seed}/machines")
        self.over = threading.Event()
        self.pause = threading.Event()
        self.error = None
        self.number = 0
        self.program = Path(directory) / "fake-live"
        self.make(directory)
        for task in TASKS:
            world.put_task(task, {"status": "computation-started"})
        with open(Path(directory) / "machines.stderr", "ab") as errors:
            self.child = subprocess.Popen(
                [sys.executable, FAKE, "machine", f"http://127.0.0.1:{port}", KEY, self.folder,
                 *TASKS],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        self.start()

    def make(self, directory):
        """As root, the mount may start the program as another user."""
        os.chmod(directory, 0o755)
        self.program.write_text(f'#!/bin/sh\nexec /usr/bin/python3 "{FAKE}" program\n')
        self.program.chmod(0o755)
        for task in TASKS:
            steady = self.folder / task / STEADY
            (steady / "deep" / "er").mkdir(parents=True)
            for name, lines in [("short.txt", 3), ("deep/long.txt", 9000),
                                ("deep/er/middle.txt", 900), ("deep/er/größe.txt", 1)]:
                (steady / name).write_text(text(self.chance, lines))
            (steady / "unended.txt").write_text("no newline")
            (steady / "empty.txt").write_text("")
            (self.folder / task / GROWING).write_text("0\n")
            (self.folder / task / REPLACED).write_bytes(version(0))
            log = self.folder / f"{task}.log"
            log.touch()
            log.chmod(0o666)

    # --- what is written ---

    def run(self):
        try:
            while not self.over.wait(self.chance.uniform(0.02, 0.3)):
                task = self.chance.choice(TASKS)
                if self.pause.is_set():
                    continue
                if self.chance.random() < 0.1:
                    self.replace(task)
                else:
                    self.add(task)
        except Exception as error:  # pylint: disable=broad-except
            self.error = f"the machines: {error!r}"

    def add(self, task):
        """Whole lines and parts of them, but no part of a character."""
        path = self.folder / task / GROWING
        if path.stat().st_size < GROWN_MOST:
            more = text(self.chance, self.chance.choice([1, 1, 10, 200]))
            with open(path, "a", encoding="utf-8") as file:
                file.write(more[:-1] if self.chance.random() < 0.5 else more)

    def replace(self, task):
        self.number += 1
        new = self.folder / f"{task}.new"
        new.write_bytes(version(self.number))
        new.rename(self.folder / task / REPLACED)

    # --- what goes wrong ---

    def trouble(self, task, words):
        new = self.folder / f"{task}.faults.new"
        new.write_text(words + "\n")
        new.rename(self.folder / f"{task}.faults")

    def stop(self):
        self.over.set()
        self.join()
        self.child.kill()
        self.child.wait()

    # --- what is there; any process ---

    def path(self, task, name):
        return self.folder / task / name

    def names(self, task, below=""):
        top = self.folder / task / below
        return sorted(str(path.relative_to(top)) for path in top.rglob("*"))

    def steady_files(self, task):
        return [name for name in self.names(task, STEADY)
                if self.path(task, f"{STEADY}/{name}").is_file()]


def shown(content):
    """The last newline of a file is not known."""
    return content[:-1] if content.endswith(b"\n") else content
