#!/usr/bin/python3
"""Counts lines of the emulator's request log; control calls don't count.

usage: requests.py settle LOG
       requests.py count LOG AFTER_LINE ROOT [KEY=VALUE]...
       requests.py max LOG AFTER_LINE ROOT KEY [KEY=VALUE]...
       requests.py each LOG AFTER_LINE ROOT KEY [KEY=VALUE]...

A condition must be one that a request can fulfil: a mistyped one would count 0 and prove nothing.
KEY is a key of the log; the value of `kind` and `method` is one that the emulator knows; a task,
alone or in a path, is a folder of ROOT, or was asked for at some time. `max` needs a request that
fulfils them all. """
import json
import os
import re
import sys
import time

QUIET_SECONDS, POLL_SECONDS, MOST_SECONDS = 0.15, 0.03, 20

# tests/emulator/README.md, "The log".
KEYS = {"t", "seconds", "seq", "conn", "method", "path", "query", "range", "status", "bytes", "kind",
        "task", "key", "user_agent", "complete"}
KINDS = {"list", "task", "status", "kill", "metadata", "signed-url", "zip-contents", "object", "version",
         "register", "offer", "message", "control", "other"}
METHODS = {"GET", "HEAD", "POST", "DELETE"}
PATH = re.compile(r"/tasks(/(?P<task>[^/]+)(/(status|kill|metadata|register|offer|message))?)?"
                  r"|/storage/(signed-urls|zip-contents)|/storage/(?P<owner>[^/]+)/.+|/version-check")


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


def read_log(path):
    """(its number from 0, the request) of each line."""
    with open(path, encoding="utf-8") as file:
        requests = [json.loads(line) for line in file.read().splitlines()]
    for request in requests:
        if set(request) != KEYS or request["kind"] not in KINDS:
            sys.exit(f"requests.py: the log has other keys or kinds than I know: {request}")
    return [(n, request) for n, request in enumerate(requests) if request["kind"] != "control"]


def as_text(value):
    return value if isinstance(value, str) else json.dumps(value)


def check(conditions, log, root):
    """Exits where no request can fulfil one of them."""
    tasks = {request["task"] for _, request in log} | set(os.listdir(root))

    def no_such_task(name):
        return f"no task '{name}' is there or was asked for"

    for key, value in conditions:
        path = PATH.fullmatch(value) if key == "path" else None
        mistake = None
        if key not in KEYS:
            mistake = "no such key"
        elif key == "kind" and value not in KINDS - {"control"} or key == "method" and value not in METHODS:
            mistake = f"no such {key}"
        elif key == "path" and not path:
            mistake = "the service has no such path"
        elif key == "task" and value not in tasks:
            mistake = no_such_task(value)
        elif path and (path["task"] or path["owner"] or next(iter(tasks), "")) not in tasks:
            mistake = no_such_task(path["task"] or path["owner"])
        elif key in ("status", "bytes", "seq", "conn") and not value.isdigit():
            mistake = "not a number"
        if mistake:
            sys.exit(f"requests.py: '{key}={value}': {mistake}")


def chosen(path, after, root, words):
    conditions = [tuple(word.split("=", 1)) for word in words]
    if any(len(condition) != 2 for condition in conditions):
        sys.exit(f"requests.py: not all of these are KEY=VALUE: {' '.join(words)}")
    log = read_log(path)
    check(conditions, log, root)
    return [request for n, request in log
            if n >= after and all(as_text(request[key]) == value for key, value in conditions)]


def main():
    command, path = sys.argv[1:3]
    if command == "settle":
        settle(path)
        return 0
    after, root, words = int(sys.argv[3]), sys.argv[4], sys.argv[5:]
    if command == "count":
        print(len(chosen(path, after, root, words)))
    elif command == "max":
        key, words = words[0], words[1:]
        found = chosen(path, after, root, words)
        if not found or not isinstance(found[0].get(key), (int, float)):
            sys.exit(f"requests.py: {len(found)} requests with {words}: there is no largest '{key}'")
        print(max(request[key] for request in found))
    elif command == "each":
        found = chosen(path, after, root, words[1:])
        print(*(request[words[0]] for request in sorted(found, key=lambda r: r["seq"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
