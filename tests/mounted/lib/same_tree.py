#!/usr/bin/python3
"""Compares what `taskfs-download` has made of a task's outputs with what `cp -a` of a mount has.

usage: same_tree.py MOUNT ID COPY DOWNLOAD EXIT_STATUS

MOUNT is the mount, COPY and DOWNLOAD are the two folders `outputs`, and EXIT_STATUS that of the
download. A file that cannot be read to its end in the mount must have no name in the download, and
must have made it fail; all others must be the same, to the byte, the name, the mode, the time and
the link. The mount gives a folder that only names imply the time of its own start, so its time is
not compared. Prints every difference, and exits with 1 when there is one.
"""
import os
import stat
import sys


def walk(top):
    """{path: lstat} of everything below top."""
    found = {}
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = os.lstat(path)
    return found


def is_readable(path):
    try:
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass
    except OSError:
        return False
    return True


def content(path, status):
    if stat.S_ISLNK(status.st_mode):
        return os.readlink(path)
    with open(path, "rb") as file:
        return file.read()


def node_differences(copy, download, path, status, other, implied_ns):
    found = []
    if status.st_mode != other.st_mode:
        found.append(f"the mode of {path!a} is {other.st_mode:o}, that of the copy {status.st_mode:o}")
    is_folder = stat.S_ISDIR(status.st_mode)
    if status.st_mtime_ns != other.st_mtime_ns and not (is_folder and status.st_mtime_ns == implied_ns):
        found.append(f"the time of {path!a} is {other.st_mtime_ns}, that of the copy {status.st_mtime_ns}")
    if not is_folder and stat.S_IFMT(status.st_mode) == stat.S_IFMT(other.st_mode) and \
            content(os.path.join(copy, path), status) != content(os.path.join(download, path), other):
        found.append(f"the content of {path!a} differs")
    return found


def differences(mount, task, copy, download, code):
    outputs = os.path.join(mount, task, "outputs")
    try:
        os.listdir(outputs)
    except OSError:
        return ["the archive cannot be read, and the download has made something"] \
            if code == 0 or os.path.lexists(download) else []
    ours, theirs, found = walk(copy), walk(download), []
    # What a download without an error has made of a file that cannot be read would differ anyway.
    damaged = {path for path, status in (walk(outputs) if code else {}).items()
               if stat.S_ISREG(status.st_mode) and not is_readable(os.path.join(outputs, path))}
    if code != (1 if damaged else 0):
        found.append(f"exit status {code}, with {len(damaged)} files that cannot be read")
    for path in damaged:
        ours.pop(path, None)
    found += [f"{path!a} is not there" for path in sorted(set(ours) - set(theirs))]
    found += [f"{path!a} is there, and should not be" for path in sorted(set(theirs) - set(ours))]
    for path in sorted(set(ours) & set(theirs)):
        found += node_differences(copy, download, path, ours[path], theirs[path], os.stat(mount).st_mtime_ns)
    return found


def main():
    mount, task, copy, download, code = sys.argv[1:]
    found = differences(mount, task, copy, download, int(code))
    for line in found:
        print(f"{task}: {line}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
