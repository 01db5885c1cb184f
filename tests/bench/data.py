"""The archives that the benchmark reads: made once, the same bytes from the same seeds.

A set is a folder of the bench directory: `tree/` as it should come out of the archive (not for
the sets that are only read), and `output.zip` beside it, so that it is a task's folder for the
emulator too. A set that is being made has another name until it is whole.
"""
import array
import os
import random
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
VERSION = 1  # of what is made here: another number has the data made anew


@dataclass
class Sizes:
    mixed_files: int
    mixed_bytes: int
    small_files: int
    large_bytes: int
    entries: int
    task_files: int  # of each of the tasks that are downloaded at once
    task_bytes: int
    many_files: int


FULL = Sizes(2000, 1_000_000_000, 10_000, 1 << 30, 1_000_000, 200, 100_000_000, 200_000)
QUICK = Sizes(60, 24_000_000, 500, 32 * MIB, 20_000, 20, 2_400_000, 2_000)
TASKS = 10
SMALL_BYTES = 6000
FEW = 5  # files in the small folder of the archive of a million entries


# --- lifelike bytes ----------------------------------------------------------------------------


def log_text(chance, size):
    """A solver's log: shrinks to about 1/6.6."""
    lines, length, step = [], 0, 0
    while length < size:
        step += 1
        lines.append(
            f"Time = {step / 1000:.3f}\n\nGAMG:  Solving for p, "
            f"Initial residual = {chance.random():.6e}, Final residual = {chance.random() / 50:.6e}, "
            f"No Iterations {3 + chance.randrange(9)}\n"
            f"ExecutionTime = {step * .031:.2f} s  ClockTime = {step * .032:.0f} s\n\n")
        length += len(lines[-1])
    return "".join(lines).encode()[:size]


def table_text(chance, size):
    """Floats as CSV: shrinks to about 1/3."""
    lines, length, step = [], 0, 0
    drag, lift = .1, .6
    while length < size:
        step += 1
        drag += chance.gauss(0, .001)
        lift += chance.gauss(0, .001)
        lines.append(f"{step / 1000:.3f},{drag:.4f},{lift:.4f},{chance.random() / 100 - .08:.4f}\n")
        length += len(lines[-1])
    return "".join(lines).encode()[:size]


def binary_floats(chance, size):
    """Single-precision floats of few significant bits: shrinks to about 1/2.7."""
    values, value = array.array("f"), 0
    for _ in range(size // 4 + 1):
        value += chance.gauss(0, .01)
        values.append(round(value * 1024) / 1024)
    return values.tobytes()[:size]


class Pool:
    """Bytes of one kind, to cut pieces from. Deflate looks back 32 KiB, so that pieces taken from
    anywhere compress as if each were new."""

    PIECE = 256 * 1024

    def __init__(self, make, seed, size):
        self.bytes = make(random.Random(seed), size)

    def piece(self, chance, size):
        start = chance.randrange(len(self.bytes) - size + 1)
        return self.bytes[start:start + size]

    def write(self, file, chance, size):
        while size > 0:
            file.write(self.piece(chance, min(size, self.PIECE)))
            size -= self.PIECE


def pools(size):
    return Pool(log_text, 11, size), Pool(table_text, 12, size), Pool(binary_floats, 13, size)


# --- the sets ----------------------------------------------------------------------------------


def log_uniform_sizes(chance, count, total):
    """Sizes from 1 KB to some MB, as many of each order of magnitude, that sum up to `total`."""
    most = 4_500_000
    raw = [1000 * (most / 1000) ** chance.random() for _ in range(count)]
    return [max(1, int(size * total / sum(raw))) for size in raw]


def write_mixed(tree, chance, count, total):
    kinds = list(zip(pools(8 * MIB), ("log", "csv", "bin")))
    for index, size in enumerate(log_uniform_sizes(chance, count, total)):
        pool, suffix = chance.choices(kinds, weights=(25, 45, 30))[0]
        folder = tree / f"case_{index % 20:02d}"
        folder.mkdir(exist_ok=True)
        with open(folder / f"part_{index:05d}.{suffix}", "wb") as file:
            pool.write(file, chance, size)


def make_mixed(tree, sizes):
    write_mixed(tree, random.Random(1), sizes.mixed_files, sizes.mixed_bytes)


def make_task(number):
    """One of the tasks that are downloaded at once: files as those of `mixed`."""
    def make_tree(tree, sizes):
        write_mixed(tree, random.Random(100 + number), sizes.task_files, sizes.task_bytes)
    return make_tree


def make_small(tree, sizes):
    chance = random.Random(2)
    log, table, _ = pools(MIB)
    for index in range(sizes.small_files):
        folder = tree / f"step_{index // 500:02d}"
        folder.mkdir(exist_ok=True)
        pool = log if chance.random() < .3 else table
        (folder / f"probe_{index:05d}.csv").write_bytes(pool.piece(chance, SMALL_BYTES))


def make_many(tree, sizes):
    """Tiny files, all in one folder."""
    chance = random.Random(4)
    for index in range(sizes.many_files):
        (tree / f"sample_{index:06d}.txt").write_text(f"{index} {chance.random():.6f}\n")


def make_large(tree, sizes):
    chance = random.Random(3)
    log, table, _ = pools(16 * MIB)
    with open(tree / "history.txt", "wb") as file:
        left = sizes.large_bytes
        while left > 0:
            pool = log if chance.random() < .36 else table
            left -= file.write(pool.piece(chance, min(left, Pool.PIECE)))


def make_million(archive, sizes):
    """Tiny stored members, 1,000 a folder, and a folder of few."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target:
        for index in range(FEW):
            target.writestr(f"artifacts/few/{index}.txt", b"few\n")
        for index in range(sizes.entries - FEW):
            target.writestr(f"artifacts/many/{index // 1000:04d}/{index:07d}.txt", b"%07d\n" % index)


def pack(archive, tree):
    """As the service's machines write it: 7zz to a pipe, everything below artifacts/."""
    stage = archive.parent / "stage"
    stage.mkdir()
    (stage / "artifacts").symlink_to(tree)
    with open(archive, "wb") as out:
        with subprocess.Popen(["7zz", "a", "-tzip", "-mx=1", "-mmt=on", "-so", "-bd", "x.zip",
                               "artifacts/"], cwd=stage, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as packer:
            shutil.copyfileobj(packer.stdout, out, MIB)
    if packer.returncode:
        raise RuntimeError(f"7zz failed on '{tree}'")
    shutil.rmtree(stage)


TASK_NAMES = tuple(f"ten{number}" for number in range(TASKS))
TREES = {"mixed": make_mixed, "small": make_small, "many": make_many, "large": make_large,
         **{name: make_task(number) for number, name in enumerate(TASK_NAMES)}}
SETS = (*TREES, "million")


def make(root, name, sizes):
    """Makes set `name` in folder `root`, unless it is there."""
    target = root / name
    stamp = f"{VERSION} {sizes}\n"
    try:
        if (target / "stamp").read_text() == stamp:
            return
    except OSError:
        pass
    print(f"making the data '{name}' ...", file=sys.stderr, flush=True)
    # The emulator takes no folder for a task whose name begins with a dot.
    fresh = root / f".making-{name}"
    for old in (fresh, target):
        shutil.rmtree(old, ignore_errors=True)
    fresh.mkdir(parents=True)
    archive = fresh / "output.zip"
    if name in TREES:
        tree = fresh / "tree"
        tree.mkdir()
        TREES[name](tree, sizes)
        pack(archive, tree.resolve())
    else:
        make_million(archive, sizes)
    (fresh / "stamp").write_text(stamp)
    os.rename(fresh, target)


def warm(path):
    """Has the archive in the page cache, so that the server's disk is not measured."""
    with open(path, "rb", buffering=0) as file:
        while file.read(4 * MIB):
            pass


def tree_size(tree: Path):
    """(files, bytes) below a folder."""
    sizes = [entry.stat().st_size for entry in tree.rglob("*") if entry.is_file()]
    return len(sizes), sum(sizes)
