"""The service that a soak runs against: its tasks, with the originals of all they hold, and the
control calls of the emulator."""
import json
import os
import random
import shutil
import sys
import urllib.request
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "archives"))

import writers  # noqa: E402

# Of these, wrong bytes may be sent that nothing but a member's CRC-32 can tell from the right ones.
LIED_ABOUT = ("liedeflated", "liestored")
TEXT = []
REPLACED = "replaced"  # its archive becomes another one, and back


def make_text(chance):
    some = [chance.randbytes(chance.randrange(2, 9)).hex().encode() for _ in range(800)]
    return b" ".join(chance.choices(some, k=150_000)) + b"\n"


def words(chance, size):
    """Text that deflates to about a third: parts of one long text, in any order."""
    text = TEXT or TEXT.append(make_text(chance)) or TEXT
    parts, made = [], 0
    while made < size:
        at = chance.randrange(len(text[0]) - 60_000)
        parts.append(text[0][at:at + min(60_000, size - made)])
        made += len(parts[-1])
    return b"".join(parts)


def large(folder, chance, mib):
    writers.write(folder, "text.log", words(chance, mib << 20))
    writers.write(folder, "noise.bin", chance.randbytes(mib << 20))
    writers.write(folder, "middle/table.csv", words(chance, mib << 18))


def many(folder, chance, count):
    for number in range(count):
        writers.write(folder, f"{number // 100:03d}/{number:05d}.txt",
                      words(chance, chance.randrange(1, 6000)))


def middling(folder, chance):
    """A few members of several pieces each."""
    for number in range(6):
        writers.write(folder, f"m{number}.dat", words(chance, 700_000 + number * 150_000))
        writers.write(folder, f"noise{number}.dat", chance.randbytes(300_000 + number * 90_000))


def of_method(method):
    def pack(target, folder, top):
        writers.with_zipfile(target, folder, top, method=method)
    return pack


class World:
    def __init__(self, directory, seed, scale):
        self.root = Path(directory) / "root"
        self.originals = Path(directory) / "originals"
        self.spare = Path(directory) / "spare"
        for folder in (self.root, self.originals, self.spare):
            folder.mkdir()
        self.trees = {}  # task: folders, one of which is what a file of it must be equal to
        self.make(random.Random(seed), scale)
        self.files = {task: list_files(trees[0]) for task, trees in self.trees.items()}

    def make(self, chance, scale):
        mib = int(20 * scale)
        pack = writers.WRITERS
        plan = [
            ("deflated", pack["7zz"], lambda f: writers.sample(f, chance.randrange(1000))),
            ("streamzip", pack["stream_zip"], lambda f: middling(f, chance)),
            ("stored", pack["stored"], lambda f: many(f, chance, 100) or middling(f, chance)),
            ("large", pack["7zz"], lambda f: large(f, chance, mib)),
            ("many", pack["zipfile-pipe"], lambda f: many(f, chance, int(1500 * scale))),
            ("foreign", of_method(zipfile.ZIP_BZIP2), lambda f: middling(f, chance)),
            ("liedeflated", pack["7zz"], lambda f: middling(f, chance)),
            ("liestored", pack["stored"], lambda f: middling(f, chance)),
        ]
        for task, packer, fill in plan:
            folder = self.originals / task
            fill(folder)
            self.add(task, packer, [folder])
        versions = [self.originals / f"{REPLACED}.{letter}" for letter in "ab"]
        for number, folder in enumerate(versions):
            middling(folder, chance)
            pack["7zz"](self.spare / f"{number}.zip", folder, "artifacts")
        self.put_task(REPLACED, {})
        self.replace_archive(0)
        self.trees[REPLACED] = versions

    def add(self, task, packer, folders):
        self.put_task(task, {})
        packer(self.root / task / "output.zip", folders[0], "artifacts")
        self.trees[task] = folders

    def put_task(self, task, fields):
        (self.root / task).mkdir(exist_ok=True)
        new = self.root / task / ".task.json.new"
        new.write_text(json.dumps({"status": "success", **fields}))
        new.rename(self.root / task / "task.json")

    def put_living(self, task):
        folder = self.root / ("." + task)
        folder.mkdir()
        (folder / "task.json").write_text(json.dumps(
            {"status": "computation-started", "emulator": {"kill_seconds": 0.3}}))
        folder.rename(self.root / task)

    def remove(self, task):
        shutil.rmtree(self.root / task)

    def replace_archive(self, number):
        new = self.spare / "new.zip"
        shutil.copyfile(self.spare / f"{number}.zip", new)
        new.rename(self.root / REPLACED / "output.zip")

    def members(self, task):
        """(offset of the data, compressed size) of the members that hold something."""
        path = self.root / task / "output.zip"
        found = []
        with zipfile.ZipFile(path) as archive, open(path, "rb") as raw:
            for info in archive.infolist():
                raw.seek(info.header_offset + 26)
                lengths = raw.read(4)
                if info.compress_size > 100:
                    found.append((info.header_offset + 30 + int.from_bytes(lengths[:2], "little") +
                                  int.from_bytes(lengths[2:], "little"), info.compress_size))
        return found


def list_files(folder):
    """[(path below the folder, size)], sorted."""
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            found.append((os.path.relpath(path, folder), os.path.getsize(path)))
    return sorted(found)


class Control:
    """The emulator's control calls."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}/_emulator/"
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        with self.opener.open(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None
