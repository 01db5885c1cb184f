#!/usr/bin/python3
"""Counts lines of the emulator's request log; control calls don't count.

usage: requests.py settle LOG | count LOG AFTER_LINE [KEY=VALUE]...
       requests.py max LOG AFTER_LINE KEY [KEY=VALUE]... | each LOG AFTER_LINE KEY [KEY=VALUE]...
"""
import json
import os
import sys
import time

QUIET_SECONDS, POLL_SECONDS, MOST_SECONDS = 0.15, 0.03, 20


def settle(path):
    """Returns when the log has not grown for a while."""
    deadline = time.monotonic() + MOST_SECONDS
    size, since = -1, time.monotonic()
    while time.monotonic() < deadline:
        now = lines_but_control(path)
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since >= QUIET_SECONDS:
            return
        time.sleep(POLL_SECONDS)


def lines_but_control(path):
    if not os.path.exists(path):
        return 0
    with open(path, encoding="utf-8") as file:
        return sum(1 for line in file if '"kind":"control"' not in line)


def chosen(path, after, conditions):
    wanted = [condition.split("=", 1) for condition in conditions]
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines()[after:]:
            request = json.loads(line)
            if request["kind"] == "control":
                continue
            if all(str(request.get(key)) == value for key, value in wanted):
                yield request


def main():
    command, path = sys.argv[1:3]
    if command == "settle":
        settle(path)
    elif command == "count":
        print(sum(1 for _ in chosen(path, int(sys.argv[3]), sys.argv[4:])))
    elif command == "max":
        key = sys.argv[4]
        print(max((int(r.get(key) or 0) for r in chosen(path, int(sys.argv[3]), sys.argv[5:])),
                  default=0))
    elif command == "each":
        requests = sorted(chosen(path, int(sys.argv[3]), sys.argv[5:]), key=lambda r: r["seq"])
        print(*(r.get(sys.argv[4]) for r in requests))
    return 0


if __name__ == "__main__":
    sys.exit(main())
