"""The jobs: what one run of one contestant is, and which figures it gives."""
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from contestants import (COPY_TIMEOUT, CurlBsdtar, CurlUnzip, Download, Floor, KeepingTaskfs,
                         NullFs, RcloneFuseZip, Taskfs)
from data import TASK_NAMES
from processes import Failed, cpu_seconds, peak_memory, timed

HERE = Path(__file__).resolve().parent
RANDOM_READS = 500


class Job:
    """`run` gives a dict of figures by name, all numbers but `requests`, or None where the
    contestant does not take part. "seconds" is the one that is compared."""
    name = title = data = ""
    what = ""  # what is copied: the title without the command
    who = (Taskfs,)
    links = ("loopback", "delayed")

    def sets(self):
        """The sets of data that the job needs."""
        return (self.data,)

    def run(self, contestant, servers, place, is_first):
        with contestant.ready(servers, self.data, place) as state:
            figures = self.act(contestant, servers, place, state, is_first)
            if figures and contestant.is_taskfs:
                figures["cpu"] = cpu_seconds(state["pid"])
                figures["memory"] = peak_memory(state["pid"])
        return figures

    def act(self, contestant, servers, place, state, is_first):
        raise NotImplementedError


class Counted(Job):
    """A job after whose runs the servers are asked what they did, the mount included."""

    def run(self, contestant, servers, place, is_first):
        servers.mark()
        started = time.perf_counter()
        with contestant.ready(servers, self.data, place) as state:
            ready = time.perf_counter() - started
            figures = self.act(contestant, servers, place, state, is_first)
            if figures and contestant.is_taskfs:
                figures.update(mount=ready, cpu=cpu_seconds(state["pid"]),
                               memory=peak_memory(state["pid"]))
        if figures:
            figures.update(state.get("used", {}))
            figures["requests"] = servers.count().text()
        return figures


class Copy(Counted):
    who = (Taskfs, Download, CurlBsdtar, CurlUnzip, RcloneFuseZip, Floor, NullFs)

    def __init__(self, name, what):
        self.name = self.data = name
        self.what = what
        self.title = f"`cp -r` of {what}"

    def act(self, contestant, servers, place, state, is_first):
        seconds, result = contestant.copy(servers, self.data, place, state)
        if is_first:
            contestant.verify(result, servers.root / self.data / "tree")
        return {"seconds": seconds}


class Many(Copy):
    """Against the rival that does best with so many."""
    who = (Taskfs, Download, CurlUnzip)
    links = ("loopback",)


class Tools(Counted):
    """Programs that read a whole tree, beside `cp -r`, each on a mount of its own."""
    who = (Taskfs,)
    links = ("loopback",)
    COMMANDS = {
        "seconds": "cp -r '{tree}' '{place}/copy'",
        "tar": "tar -cf - -C '{tree}' . | cat >/dev/null",
        "rsync": "rsync -a '{tree}/' '{place}/rsync'",
        "grep": "! grep -r -F 'no such text' '{tree}'",
    }

    def __init__(self, name, data, what):
        self.name, self.data = name, data
        self.title = f"`cp -r`, tar, rsync and grep of {what}"

    def run(self, contestant, servers, place, is_first):
        figures = {}
        for key, command in self.COMMANDS.items():
            own = place / key
            own.mkdir()
            with contestant.ready(servers, self.data, own) as state:
                figures[key] = timed(command.format(tree=state["outputs"], place=own), COPY_TIMEOUT)
        return figures


class KeptCopy(Copy):
    """With and without a cache on disk."""
    who = (Taskfs, KeepingTaskfs)

    def __init__(self, name, data, what):
        super().__init__(name, what)
        self.data = data
        self.title = f"`cp -r` of {what}, with a cache on disk"


class Tasks(Counted):
    """Several tasks at once, against the same ones one after the other."""
    name = "ten"
    what = title = f"{len(TASK_NAMES)} tasks of 100 MB"
    who = (Download, CurlUnzip)

    def sets(self):
        return TASK_NAMES

    def act(self, contestant, servers, place, state, is_first):
        seconds, results = contestant.copy_all(servers, TASK_NAMES, place, state)
        if is_first:
            for name, result in results.items():
                contestant.verify(result, servers.root / name / "tree")
        return {"seconds": seconds}


class List(Counted):
    name, title, data = "list", "cold `ls -R` of 2,000 files", "mixed"
    who = (Taskfs, CurlBsdtar, CurlUnzip, RcloneFuseZip)

    def act(self, contestant, servers, place, state, is_first):
        return {"seconds": contestant.list(servers, self.data, place, state)}


class Cat(Counted):
    """Of a member of about 6 KB somewhere behind the middle."""
    who = (Taskfs, CurlUnzip, RcloneFuseZip)

    def __init__(self, name, data, count):
        self.name, self.data = name, data
        self.title = f"cold `cat` of one 6 KB member of {count}"

    def act(self, contestant, servers, place, state, is_first):
        tree = servers.root / self.data / "tree"
        paths = sorted(tree.glob("*/*"))
        path = min(paths[len(paths) // 2:], key=lambda path: abs(path.stat().st_size - 6000))
        return {"seconds": contestant.cat(servers, self.data, place, state,
                                          path.relative_to(tree))}


class Again(Job):
    name, title, data = "again", "a second `cp -r` of the 1 GB in the same mount", "mixed"
    who = (Taskfs, RcloneFuseZip)
    links = ("loopback",)

    def act(self, contestant, servers, place, state, is_first):
        _, result = contestant.copy(servers, self.data, place, state)
        remove(result)
        servers.mark()
        source = state.get("outputs") or state["tree"] / "artifacts"
        seconds = timed(["cp", "-r", source, result], COPY_TIMEOUT)
        count = servers.count(clients_have_gone=False)
        return {"seconds": seconds, "asked": len(count.api) + count.ranges, "requests": count.text()}


class Random(Job):
    name, title, data = "random", "random 4 KiB in one 1 GiB member after one pass", "large"
    who = (Taskfs, RcloneFuseZip)

    def act(self, contestant, servers, place, state, is_first):
        if contestant.is_taskfs:
            path = state["outputs"] / "history.txt"
            first = timed(["cat", path], COPY_TIMEOUT)
        else:
            path = state["tree"] / "artifacts" / "history.txt"
            first = contestant.within(place, state, COPY_TIMEOUT, ["cat", path])
        servers.mark()
        times = sorted(self.read(path))
        count = servers.count(clients_have_gone=False)
        return {"seconds": statistics.median(times), "p90": times[len(times) * 9 // 10],
                "pass": first, "bytes a read": count.bytes / len(times),
                "cpu": cpu_seconds(state["pid"]), "memory": peak_memory(state["pid"]),
                "requests": count.text()}

    def read(self, path):
        command = [sys.executable, str(HERE / "random_reads.py"), str(path), str(RANDOM_READS), "7"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=COPY_TIMEOUT,
                              check=False)
        if done.returncode:
            raise Failed(f"random reads of '{path}': {done.stderr.strip()[-300:]}")
        return [float(line) for line in done.stdout.split()]


class Million(Counted):
    name, title, data = "million", "the first `ls` in an archive of a million entries", "million"
    who = (Taskfs, RcloneFuseZip)
    links = ("loopback",)

    def act(self, contestant, servers, place, state, is_first):
        if contestant.is_taskfs:
            return {"seconds": timed(["ls", state["outputs"] / "few"], COPY_TIMEOUT)}
        seconds = contestant.within(place, state, COPY_TIMEOUT,
                                    ["ls", state["tree"] / "artifacts" / "few"])
        return {"seconds": seconds, "cpu": cpu_seconds(state["pid"]),
                "memory": peak_memory(state["pid"])}


def remove(folder):
    """Outside of any time, so that the next writes into an empty scratch."""
    subprocess.run(["rm", "-rf", "--one-file-system", os.fspath(folder)], timeout=COPY_TIMEOUT,
                   check=False)


JOBS = (Copy("mixed", "1 GB in 2,000 files"), Copy("small", "10,000 files of 6 KB"), Tasks(),
        Many("many", "200,000 files of 16 bytes in one folder"),
        Tools("tools", "mixed", "1 GB in 2,000 files"),
        Tools("tools10k", "small", "10,000 files of 6 KB"),
        KeptCopy("kept", "mixed", "1 GB in 2,000 files"), List(), Cat("cat", "mixed", "2,000"), Cat("cat10k", "small", "10,000"), Again(), Random(),
        Million())
