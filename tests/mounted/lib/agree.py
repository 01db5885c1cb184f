#!/usr/bin/python3
"""Reads one file in every way that programs do, and prints where they disagree.

usage: agree.py FILE...   (exit status 1 when any two readings differ)
"""
import mmap
import os
import subprocess
import sys
import tempfile


def run(*command, stdin=None):
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, stdin=stdin).stdout


def by_mmap(path):
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size == 0:
            return b""
        with mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) as view:
            return view[:]


def by_sendfile(path):
    with open(path, "rb") as source, tempfile.TemporaryFile() as target:
        offset = 0
        while sent := os.sendfile(target.fileno(), source.fileno(), offset, 1 << 20):
            offset += sent
        target.seek(0)
        return target.read()


def by_splice(path):
    pieces = []
    read_end, write_end = os.pipe()
    with open(path, "rb") as source:
        while moved := os.splice(source.fileno(), write_end, 32768):
            pieces.append(os.read(read_end, moved))
    os.close(read_end)
    os.close(write_end)
    return b"".join(pieces)


def by_tar(path):
    folder, name = os.path.split(path)
    packed = subprocess.Popen(["tar", "-C", folder, "-cf", "-", "--", name], stdout=subprocess.PIPE)
    data = run("tar", "-xOf", "-", stdin=packed.stdout)
    if packed.wait():
        raise RuntimeError("tar failed")
    return data


def by_copy(*command):
    def copy(path):
        with tempfile.TemporaryDirectory() as folder:
            target = os.path.join(folder, "copy")
            run(*command, path, target)
            with open(target, "rb") as file:
                return file.read()
    return copy


def by_wc(path):
    return int(run("wc", "-c", path).split()[0])


def by_wc_stdin(path):
    with open(path, "rb") as file:
        return int(run("wc", "-c", stdin=file).split()[0])


def backwards(path):
    """Small reads from the end to the start."""
    fd = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(fd).st_size
        step = max(1000, size // 50)
        starts = range(0, size, step)
        return b"".join(reversed([os.pread(fd, step, at) for at in reversed(starts)]))
    finally:
        os.close(fd)


READERS = {
    "cat": lambda path: run("cat", path),
    "busybox cat": lambda path: run("busybox", "cat", path),
    "dd bs=777": lambda path: run("dd", f"if={path}", "bs=777", "status=none"),
    "dd bs=1M": lambda path: run("dd", f"if={path}", "bs=1M", "status=none"),
    "tail -c +1": lambda path: run("tail", "-c", "+1", path),
    "tar": by_tar,
    "cp": by_copy("cp"),
    "cp --sparse=always": by_copy("cp", "--sparse=always"),
    "rsync -a": by_copy("rsync", "-a"),
    "mmap": by_mmap,
    "sendfile": by_sendfile,
    "splice": by_splice,
    "backwards": backwards,
}
COUNTERS = {"stat": lambda path: os.stat(path).st_size, "wc -c": by_wc, "wc -c <": by_wc_stdin}


def disagreements(path):
    with open(path, "rb") as file:
        expected = file.read()
    for name, reader in READERS.items():
        try:
            data = reader(path)
        except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
            yield f"{path}: {name}: {error}"
            continue
        if data != expected:
            yield f"{path}: {name} reads {len(data)} bytes, other than read()'s {len(expected)}"
    for name, counter in COUNTERS.items():
        if counter(path) != len(expected):
            yield f"{path}: {name} says {counter(path)} bytes, read() gives {len(expected)}"
    if expected and run("tail", "-c", "100", path) != expected[-100:]:
        yield f"{path}: tail -c 100 gives other bytes"


def main():
    bad = [line for path in sys.argv[1:] for line in disagreements(path)]
    print("\n".join(bad), end="\n" if bad else "")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
