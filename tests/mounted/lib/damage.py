#!/usr/bin/python3
"""Damages the files of a cache on disk, as crashes, bad disks and users do.

usage: damage.py CACHE truncate KIND LENGTH     files of a kind, to so many bytes (or -N: by N)
       damage.py CACHE flip COUNT SEED          so many random bits over all files
       damage.py CACHE swap-segments one|two    segments of one object, or of two
       damage.py CACHE swap-records             records of one kind, in pairs
       damage.py CACHE format KIND              of another version of the format, well-formed
       damage.py CACHE folders KIND empty|full  a folder in the place of each file
       damage.py CACHE junk SEED                files and folders that do not belong there
       damage.py CACHE pages SINCE SEED         a power cut: of what was written since the time of
                                                the file SINCE, pages are zero, files are short or
                                                gone

KIND is account, task, object, tail, blocks, states, segment (blocks and states), record (all else)
or all. What is done is printed, one line a file. Exits with 1 when there is no such file.
"""
import os
import random
import struct
import sys
from pathlib import Path

PAGE = 4096
SEGMENT_SUMMED, RECORD_SUMMED = 40, 24  # src/disk/format.c
SEGMENT_MAGIC, RECORD_MAGIC = b"tskfsSEG", b"tskfsREC"
CRC = []


def crc64(seed, data):
    """CRC-64 of ECMA-182, reflected, as isa-l has it."""
    if not CRC:
        for number in range(256):
            for _ in range(8):
                number = number >> 1 ^ (0xC96C5795D7870F42 if number & 1 else 0)
            CRC.append(number)
    crc = ~seed & 0xFFFFFFFFFFFFFFFF
    for byte in data:
        crc = CRC[(crc ^ byte) & 255] ^ crc >> 8
    return ~crc & 0xFFFFFFFFFFFFFFFF


def kind_of(path):
    if path.name in ("account", "object", "tail"):
        return path.name
    if path.parent.name == "tasks":
        return "task"
    if "." in path.name:
        return "blocks" if path.name.startswith("0.") else "states"
    return None


def is_of(path, wanted):
    kind = kind_of(path)
    is_segment = kind in ("blocks", "states")
    return kind and (wanted in ("all", kind) or wanted == ("segment" if is_segment else "record"))


def files_of(cache, wanted):
    found = sorted(path for path in (cache / "v1").rglob("*")
                   if path.is_file() and not path.is_symlink() and is_of(path, wanted))
    if not found:
        sys.exit(f"damage.py: no {wanted} in '{cache}'")
    return found


def told(what, path):
    print(what, path)


def truncate(cache, wanted, length):
    for path in files_of(cache, wanted):
        size = path.stat().st_size
        to = int(length) if int(length) >= 0 else size + int(length)
        if 0 <= to < size:
            os.truncate(path, to)
            told(f"truncated from {size} to {to}:", path)


def flip(cache, count, seed):
    """Holes of sparse files take part: nobody may read them."""
    chance = random.Random(int(seed))
    files = files_of(cache, "all")
    sizes = [path.stat().st_size for path in files]
    for _ in range(int(count)):
        # Small files are to be hit too, but a record that is hit can hide what became of the rest.
        path = chance.choices(files, sizes if chance.random() < 1 - 2 / int(count) else None)[0]
        at = chance.randrange(path.stat().st_size)
        if chance.random() < 0.05:
            at = chance.randrange(min(1088, path.stat().st_size))  # heads and tables
        with open(path, "r+b") as file:
            file.seek(at)
            byte = file.read(1)[0] ^ 1 << chance.randrange(8)
            file.seek(at)
            file.write(bytes([byte]))
        told(f"bit flipped at {at}:", path)


def swap(left, right):
    spare = left.with_name("spare")
    left.rename(spare)
    right.rename(left)
    spare.rename(right)
    told(f"swapped with {right}:", left)


def swap_segments(cache, how):
    files = files_of(cache, "segment")
    parents = sorted({path.parent for path in files})
    if how == "one":
        for parent in parents:
            own = [path for path in files if path.parent == parent]
            for left, right in zip(own[::2], own[1::2]):
                swap(left, right)
    else:
        for left in [path for path in files if path.parent == parents[0]]:
            right = parents[1] / left.name
            if right.exists():
                swap(left, right)


def swap_records(cache):
    for kind in ("task", "object", "tail"):
        files = files_of(cache, kind)
        for left, right in zip(files[::2], files[1::2]):
            swap(left, right)


def other_format(cache, wanted):
    """The version is 2. The checksum of a segment's head is right; that of a record cannot be, as
    its seed is not known here."""
    for path in files_of(cache, wanted):
        data = bytearray(path.read_bytes())
        data[8:12] = struct.pack("<I", 2)
        if data[:8] == SEGMENT_MAGIC:
            data[SEGMENT_SUMMED:SEGMENT_SUMMED + 8] = struct.pack("<Q", crc64(0, data[:SEGMENT_SUMMED]))
        path.write_bytes(data)
        told("format 2:", path)


def folders(cache, wanted, how):
    for path in files_of(cache, wanted):
        path.unlink()
        path.mkdir()
        if how == "full":
            (path / "something").write_text("in it\n")
        told(f"{how} folder:", path)


def junk(cache, seed):
    chance = random.Random(int(seed))
    places = [cache, *[path for path in cache.rglob("*") if path.is_dir()]]
    for place in places:
        for name in ("junk", "0.", ".0", "0.zz", "1.00000001", "0.ffffffff", "f" * 16, "ffffffff.ffffffff",
                     "-1.-1", "object.part", "new\nline", "\x1b[31mred", ".hidden", "a" * 255):
            path = place / name
            if path.exists():
                continue
            if chance.random() < 0.3:
                path.mkdir()
                (path / "0.00000000").write_bytes(chance.randbytes(2000))
            elif chance.random() < 0.1:
                os.mkfifo(path)
            else:
                path.write_bytes(chance.randbytes(chance.choice([0, 1, 31, 32, 64, 1088, 70000])))
    told("junk:", cache)


def pages(cache, since, seed):
    chance = random.Random(int(seed))
    since = os.stat(since).st_mtime_ns
    for path in sorted(path for path in cache.rglob("*") if path.is_file()):
        status = path.stat()
        if status.st_mtime_ns <= since:
            continue
        what = chance.random()
        if what < 0.1:
            path.unlink()
            told("gone:", path)
        elif what < 0.3:
            os.truncate(path, chance.randrange(status.st_size + 1))
            told("shorter:", path)
        elif what < 0.8:
            with open(path, "r+b") as file:
                count = (status.st_size + PAGE - 1) // PAGE
                for page in {0 if chance.random() < 0.3 else chance.randrange(count)
                             for _ in range(1 + count // chance.choice([4, 16, 64]))} if count else ():
                    file.seek(page * PAGE)
                    file.write(bytes(min(PAGE, status.st_size - page * PAGE)))
            told("pages of zeros:", path)


def main():
    cache, command, *words = sys.argv[1:]
    {"truncate": truncate, "flip": flip, "swap-segments": swap_segments, "swap-records": swap_records,
     "format": other_format, "folders": folders, "junk": junk, "pages": pages}[command](Path(cache),
                                                                                      *words)


if __name__ == "__main__":
    main()
