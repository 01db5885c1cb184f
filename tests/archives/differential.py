#!/usr/bin/python3
"""Holds mounted outputs against what unzip, 7zz and Python's zipfile make of the same archives.

usage: differential.py ROOT MOUNT SCRATCH

Every ROOT/TASK/output.zip is unpacked by each program in SCRATCH; names, kinds, link targets,
contents and the owner's x bit must be those of MOUNT/TASK/outputs. Where they differ, exactly the
paths that do are in known_differences.py, each for a reason that docs/reliability.md gives. Another
difference fails, and so does a known one that is not seen.
"""
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import zipfile

from known_differences import KNOWN, REASONS

TIMEOUT_SECONDS = 30
DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/reliability.md")


def unpack_unzip(archive, target):
    return run("unzip", "-q", "-o", archive, "-d", target)


def unpack_7zz(archive, target):
    return run("7zz", "x", "-y", "-bd", "-aoa", "-o" + target, archive)


def run(*command):
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as child:
        return child.wait(TIMEOUT_SECONDS)


def unpack_zipfile(archive, target):
    """Member by member, so that one that fails does not hide the rest."""
    os.makedirs(target, exist_ok=True)
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            try:
                opened.extract(info, target)
            except (OSError, NotImplementedError, RuntimeError, zipfile.BadZipFile, ValueError,
                    IndexError):   # of an empty name
                pass


PROGRAMS = {"unzip": unpack_unzip, "7zz": unpack_7zz, "zipfile": unpack_zipfile}


def describe(path):
    status = os.lstat(path)
    if stat.S_ISDIR(status.st_mode):
        return ("directory",)
    if stat.S_ISLNK(status.st_mode):
        return ("link", os.readlink(path))
    try:
        with open(path, "rb") as file:
            content = hashlib.sha256(file.read()).hexdigest()
    except OSError as error:
        return ("unreadable", error.errno)
    return ("file", status.st_size, content, bool(status.st_mode & stat.S_IXUSR))


def tree(top):
    found = {}
    top = os.fsencode(top)
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = describe(path)
    return found


def unpacked_tree(program, archive, scratch):
    """What `program` makes of it, with the rule of outputs/: artifacts/ where there is one."""
    os.umask(0o022)
    target = os.path.join(scratch, "unpacked")
    shutil.rmtree(target, ignore_errors=True)
    os.makedirs(target)
    try:
        PROGRAMS[program](archive, target)
    except (zipfile.BadZipFile, UnicodeDecodeError, subprocess.TimeoutExpired) as error:
        print(f"# {program} {archive}: {error}")
    make_readable(target)
    inner = os.path.join(target, "artifacts")
    is_stripped = os.path.isdir(inner) and not os.path.islink(inner)
    return tree(inner if is_stripped else target)


def make_readable(target):
    """Modes that keep their owner out: root reads all, another user would not."""
    for folder, folders, files in os.walk(target):
        for name in folders + files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                mode = os.lstat(path).st_mode
                os.chmod(path, stat.S_IMODE(mode) | (0o700 if stat.S_ISDIR(mode) else 0o400))


def differing(mounted, unpacked, parts):
    """`parts`: how much of each description counts."""
    return {path for path in mounted.keys() | unpacked.keys()
            if mounted.get(path, ())[:parts] != unpacked.get(path, ())[:parts]}


def compare(task, root, mount, scratch):
    """Lines that tell of differences which are not known, and of known ones that are none."""
    archive = os.path.join(root, task, "output.zip")
    mounted = tree(os.path.join(mount, task, "outputs"))
    lines = []
    for program in PROGRAMS:
        unpacked = unpacked_tree(program, archive, scratch)
        known = {os.fsencode(path) for path in KNOWN.get((task, program), ())}
        # zipfile sets no modes.
        seen = differing(mounted, unpacked, 3 if program == "zipfile" else 4)
        for path in sorted(seen - known):
            lines.append(f"{task}: {path!r}: mounted {mounted.get(path)}, "
                         f"by {program} {unpacked.get(path)}")
        for path in sorted(known - seen):
            lines.append(f"{task}: {path!r} is known to differ from {program}'s, and does not")
    return lines


def undocumented():
    with open(DOCUMENT, encoding="utf-8") as file:
        text = file.read()
    return [f"docs/reliability.md has no row '{reason}'" for reason in REASONS
            if f"\n| {reason} |" not in text]


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    root, mount, scratch = arguments
    tasks = sorted(task for task in os.listdir(root)
                   if os.path.exists(os.path.join(root, task, "output.zip")))
    lines = undocumented()
    lines += [f"{task}: has known differences, and there is no such archive"
              for task in sorted({task for task, _ in KNOWN} - set(tasks))]
    for task in tasks:
        lines += compare(task, root, mount, scratch)
    print("\n".join(lines))
    print(f"{len(tasks)} archives, {len(PROGRAMS)} programs, {len(lines)} complaints")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
