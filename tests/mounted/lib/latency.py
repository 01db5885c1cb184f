#!/usr/bin/python3
"""How long single system calls take on a mount while something else is stalled.

usage: latency.py MOST TIMES MOUNT TASK...

For the root and each TASK, TIMES times: what `cat status`, `ls` and `df` call. Exit status 1 when
the median of one of them is over MOST milliseconds. The median: a busy machine holds up any single
one. """
import os
import statistics
import sys
import time


def read(path):
    with open(path, "rb") as file:
        file.read()


def main():
    most, times, mount = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    calls = [("ls", os.listdir, mount), ("df", os.statvfs, mount)]
    for task in sys.argv[4:]:
        folder = os.path.join(mount, task)
        calls += [("cat", read, os.path.join(folder, "status")), ("ls", os.listdir, folder)]
    bad = 0
    for name, call, path in calls:
        took = []
        for _ in range(times):
            time.sleep(0.01)  # what was answered last is old by now
            before = time.monotonic()
            call(path)
            took.append((time.monotonic() - before) * 1000)
        middle = statistics.median(took)
        print(f"{name} {path}: {middle:.1f} ms, at most {max(took):.1f}")
        bad += middle > most
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
