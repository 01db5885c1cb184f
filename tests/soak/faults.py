"""Makes the network bad at random: adds and removes rules of the emulator, expires URLs, replaces
an archive, has machines misbehave, kills the program that speaks with them. Honest faults go
anywhere; lies only where a lie can be told (world.LIED_ABOUT)."""
import contextlib
import os
import random
import signal
import threading
import time
import urllib.error
from collections import Counter

from machines import TASKS, TROUBLES
from world import LIED_ABOUT

API_KINDS = ["list", "task", "signed-url", "kill", "register", "offer", "message"]


class FaultDriver(threading.Thread):
    def __init__(self, world, control, machines, daemons, seed):
        super().__init__(daemon=True)
        self.world, self.control = world, control
        self.machines, self.daemons = machines, daemons
        self.troubled = {}  # task: when its machine is well again
        self.chance = random.Random(seed)
        self.over = threading.Event()
        self.live = {}  # rule id: (name, when it goes)
        self.hits = Counter()
        self.error = None
        self.version = 0
        self.honest = [task for task in world.trees if task not in LIED_ABOUT]
        self.members = {task: world.members(task) for task in LIED_ABOUT}

    def run(self):
        try:
            while not self.over.is_set():
                self.turn()
                self.over.wait(self.chance.uniform(0.1, 1.2))
        except Exception as error:  # pylint: disable=broad-except
            self.error = f"the fault driver: {error!r}"

    def stop(self):
        self.over.set()
        self.join()
        self.clear()

    def turn(self):
        now = time.monotonic()
        for rule in [rule for rule, (_, until) in self.live.items() if until <= now]:
            self.remove(rule)
        for task in [task for task, until in self.troubled.items() if until <= now]:
            self.relieve(task)
        what = self.chance.random()
        if what < 0.06:
            self.clear()
            self.over.wait(self.chance.uniform(1, 3))
        elif what < 0.12:
            self.control.call("DELETE", "urls")
            self.hits["expire"] += 1
        elif what < 0.17:
            self.version = 1 - self.version
            self.world.replace_archive(self.version)
            self.hits["replace"] += 1
        elif len(self.live) < 5:
            self.add()
        what = self.chance.random()
        if what < 0.2:
            self.trouble()
        elif what < 0.3:
            self.kill_program()

    def add(self):
        name, rule, seconds = self.make()
        rule_id = self.control.call("POST", "faults", rule)["ids"][0]
        self.live[rule_id] = (name, time.monotonic() + seconds)

    def make(self):
        """(name, rule, for how many seconds)"""
        makers = [self.refused, self.refused, self.broken, self.broken, self.broken, self.stalled,
                  self.slow, self.mistaken, self.mistaken, self.nonsense, self.other_tag, self.lie,
                  self.lie, self.outage]
        name, match, rule = self.chance.choice(makers)()
        seconds = 2.0 if name == "outage" else self.chance.uniform(0.3, 5)
        return name, {"match": match, **rule}, seconds

    def trouble(self):
        task, words = self.chance.choice(TASKS), self.chance.choice(TROUBLES)
        self.machines.trouble(task, words)
        self.troubled[task] = time.monotonic() + self.chance.uniform(0.3, 5)
        self.hits[f"machine {words}"] += 1

    def relieve(self, task):
        del self.troubled[task]
        self.machines.trouble(task, "")

    def kill_program(self):
        for pid in self.chance.choice(self.daemons).children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.hits["machine program killed"] += 1

    def anything(self):
        """Requests of one task's archive, or of the API."""
        if self.chance.random() < 0.7:
            return self.objects()
        return {"kind": self.chance.choice(API_KINDS)}

    def objects(self):
        match = {"kind": "object"}
        if self.chance.random() < 0.6:
            match["task"] = self.chance.choice(list(self.world.trees))
        return match

    def some(self, rule):
        rule["count"] = self.chance.choice([1, 1, 2, 3, 8, 30])
        return rule

    def refused(self):
        code = self.chance.choice([429, 500, 502, 503, 504])
        rule = {"action": "status", "code": code}
        if self.chance.random() < 0.3:
            rule["retry_after"] = 1
        return str(code), self.anything(), self.some(rule)

    def broken(self):
        action = self.chance.choice(["drop", "drop-reset", "cut", "reset"])
        rule = {"action": action.split("-", maxsplit=1)[0]}
        if action.startswith("drop"):
            rule["reset"] = action == "drop-reset"
        else:
            rule["after"] = self.chance.choice([0, 1, 1000, 65536, self.chance.randrange(4 << 20)])
        return action, self.anything(), self.some(rule)

    def stalled(self):
        seconds = self.chance.choice([1, 3, 12])
        if self.chance.random() < 0.4:
            return "stall_headers", self.anything(), self.some(
                {"action": "stall_headers", "seconds": seconds})
        return "stall", self.anything(), self.some(
            {"action": "stall", "after": self.chance.randrange(1 << 20), "seconds": seconds})

    def slow(self):
        return "delay", {}, {"action": "delay", "seconds": self.chance.uniform(0.005, 0.3)}

    def mistaken(self):
        action = self.chance.choice(["short_range", "wrong_range", "no_suffix", "ignore_range"])
        rule = {"action": action}
        if action == "short_range":
            rule["bytes"] = self.chance.choice([1, 1000, 70000])
        if action == "wrong_range":
            rule["shift"] = self.chance.choice([1, 512, 65536])
        return action, self.objects(), self.some(rule)

    def nonsense(self):
        if self.chance.random() < 0.5:
            rule = {"action": "not_json", "body": "<html>no service</html>"}
        else:
            rule = {"action": "cut_json", "after": self.chance.randrange(200)}
        return rule["action"], {"kind": self.chance.choice(API_KINDS)}, self.some(rule)

    def other_tag(self):
        return "etag", {"kind": "object", "task": self.chance.choice(self.honest)}, {
            "action": "etag", "value": f"t{self.chance.randrange(1000)}"}

    def lie(self):
        task = self.chance.choice(LIED_ABOUT)
        match = {"kind": "object", "task": task}
        if self.chance.random() < 0.5:
            return "lying_range", match, self.some(
                {"action": "lying_range", "shift": self.chance.choice([1, 4096, 131072])})
        at, size = self.chance.choice(self.members[task])
        return "flip", match, {"action": "flip", "at": at + self.chance.randrange(size),
                               "xor": self.chance.randrange(1, 256)}

    def outage(self):
        return "outage", {}, {"action": "drop", "reset": self.chance.random() < 0.5}

    def remove(self, rule):
        name, _ = self.live.pop(rule)
        for known in self.control.call("GET", "faults"):
            if known["id"] == rule:
                self.hits[name] += known["hits"]
        try:
            self.control.call("DELETE", f"faults/{rule}")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise

    def clear(self):
        for rule in list(self.live):
            self.remove(rule)
        for task in list(self.troubled):
            self.relieve(task)
        self.control.call("DELETE", "faults")

    def first_version(self):
        """The archive as it was first."""
        if self.version:
            self.version = 0
            self.world.replace_archive(0)
