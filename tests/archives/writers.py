#!/usr/bin/python3
"""Archives as real programs write them.

usage: writers.py sample FOLDER [SEED]          a tree of lifelike result files
       writers.py WRITER ARCHIVE FOLDER         packs FOLDER as artifacts/ (or TOP, see --top)
       writers.py zipfile ARCHIVE NAME TEXT...  names and their texts, whole names as given

WRITER: 7zz (to a pipe, as the service runs it), zipfile (seekable), zipfile-pipe (unseekable),
stream_zip (the shape of that Python library's method ZIP_64), stored, zip (Info-ZIP)
"""
import os
import random
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib

from builder import (DEFLATED, S_IFDIR, S_IFREG, Member, archive, extra_ut)


def sample(folder, seed=1):
    """Some 60 files: logs, tables, floats, noise, an empty one, names with spaces, deep folders."""
    chance = random.Random(int(seed))
    write(folder, "empty.dat", b"")
    write(folder, "one byte.txt", b"x")
    write(folder, "solver.log", b"".join(
        b"Time = %d  residual %.6e  continuity %.6e\n" % (i, 1 / (i + 1), chance.random())
        for i in range(20000)))
    for step in range(0, 40):
        rows = [f"{x},{step * 0.01:.3f},{chance.gauss(0, 1):.6f}\n" for x in range(300)]
        write(folder, f"postProcessing/forces/{step:04d}/force.csv", "".join(rows).encode())
    write(folder, "fields/U final.vtk", b"# vtk DataFile Version 2.0\n" + b"".join(
        b"%.5f %.5f %.5f\n" % (chance.random(), chance.random(), 0.0) for _ in range(60000)))
    write(folder, "fields/p.bin", struct.pack("<100000d", *(1 / (i + 1) for i in range(100000))))
    write(folder, "noise.bin", chance.randbytes(3_000_000))
    write(folder, "zeros.bin", bytes(2_000_000))
    write(folder, "deep/er/and/deeper/notes.txt", "résumé\n".encode())
    write(folder, "unicode ünï/日本.txt", b"text\n")
    script = write(folder, "run.sh", b"#!/bin/sh\nexec true\n")
    os.chmod(script, 0o755)


def write(folder, name, data):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def walk(folder):
    """(path on disk, name in the archive, is a directory), sorted, depth first."""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        yield path, name, os.path.isdir(path)
        if os.path.isdir(path):
            for below, inner, is_directory in walk(path):
                yield below, f"{name}/{inner}", is_directory


def with_7zz(target, folder, top):
    with tempfile.TemporaryDirectory() as place:
        # 7zz names members by the path it is given, so it stands above the folder.
        shutil.copytree(folder, os.path.join(place, top))
        with open(target, "wb") as out:
            packer = subprocess.Popen(["7zz", "a", "-tzip", "-mx=1", "-mmt=on", "-so", "-bd", "x.zip",
                                       top], cwd=place, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL)
            shutil.copyfileobj(packer.stdout, out)
            if packer.wait():
                raise RuntimeError("7zz failed")


def with_zip(target, folder, top):
    with tempfile.TemporaryDirectory() as place:
        shutil.copytree(folder, os.path.join(place, top))
        subprocess.run(["zip", "-q", "-r", os.path.abspath(target), top], cwd=place, check=True)


class Pipe:
    """A file that can't seek or tell, as a pipe or a socket is."""

    def __init__(self, file):
        self.file = file

    def write(self, data):
        return self.file.write(data)

    def flush(self):
        self.file.flush()


def with_zipfile(target, folder, top, method=zipfile.ZIP_DEFLATED, pipe=False):
    with open(target, "wb") as out, zipfile.ZipFile(Pipe(out) if pipe else out, "w", method) as z:
        for path, name, _ in walk(folder):
            z.write(path, f"{top}/{name}")


def with_stream_zip(target, folder, top):
    members = [Member(f"{top}/", b"", DEFLATED, mode=S_IFDIR | 0o700, zip64=True, descriptor=True)]
    for path, name, is_directory in walk(folder):
        mtime = int(os.stat(path).st_mtime)
        data = b""
        if not is_directory:
            with open(path, "rb") as file:
                data = file.read()
        executable = os.stat(path).st_mode & stat.S_IXUSR
        mode = S_IFDIR | 0o700 if is_directory else S_IFREG | (0o700 if executable else 0o600)
        members.append(Member(f"{top}/{name}" + ("/" if is_directory else ""), data, DEFLATED,
                              raw=packed(data), mode=mode, zip64=True, descriptor=True,
                              extra=extra_ut(mtime), local_extra=extra_ut(mtime), flags=1 << 11))
    with open(target, "wb") as out:
        out.write(archive(members, zip64=True))


def packed(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


WRITERS = {
    "7zz": with_7zz,
    "zip": with_zip,
    "zipfile": with_zipfile,
    "zipfile-pipe": lambda target, folder, top: with_zipfile(target, folder, top, pipe=True),
    "stored": lambda target, folder, top: with_zipfile(target, folder, top, zipfile.ZIP_STORED),
    "stream_zip": with_stream_zip,
}


def named_texts(target, pairs):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in zip(pairs[::2], pairs[1::2]):
            z.writestr(name, text)


def main(arguments):
    top = "artifacts"
    if arguments and arguments[0].startswith("--top="):
        top = arguments.pop(0)[len("--top="):]
    if arguments[:1] == ["sample"] and len(arguments) in (2, 3):
        sample(*arguments[1:])
    elif arguments[:1] == ["zipfile"] and len(arguments) != 3:
        named_texts(arguments[1], arguments[2:])
    elif len(arguments) == 3 and arguments[0] in WRITERS:
        WRITERS[arguments[0]](arguments[1], arguments[2], top)
    else:
        print(__doc__, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
