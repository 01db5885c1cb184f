"""The links over which the benchmark runs: loopback, and loopback with 20 ms of delay.

The delayed one is a network namespace that has a TUN device with a relay behind it (delay.c).
What is reached there as 127.0.0.2 is what listens on 127.0.0.1, every packet 10 ms later; only the
network is another, so files and mounts are shared with everyone.
"""
import contextlib
import ctypes
import os
import select
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from processes import Failed, end_group

DELAY_MS = 20  # there and back
CLONE_NEWNET = 0x40000000


@dataclass
class Loopback:
    name: str = "loopback"
    host: str = "127.0.0.1"

    @contextlib.contextmanager
    def entered(self):
        yield self


@dataclass
class Delayed:
    program: Path
    name: str = "delayed"
    host: str = "127.0.0.2"

    @contextlib.contextmanager
    def entered(self):
        """Within it this thread, and what it starts, are in the namespace with the delay."""
        with subprocess.Popen([str(self.program), str(DELAY_MS)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True) as relay:
            home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            try:
                wait_ready(relay)
                there = os.open(f"/proc/{relay.pid}/ns/net", os.O_RDONLY)
                try:
                    enter(there)
                    configure()
                    yield self
                finally:
                    enter(home)
                    os.close(there)
            finally:
                os.close(home)
                end_group(relay)


def wait_ready(relay):
    """The relay says `ready` once its namespace and its device are there."""
    readable, _, _ = select.select([relay.stdout], [], [], 10)
    if not readable or relay.stdout.readline() != b"ready\n":
        end_group(relay)
        raise Failed(f"no delay: {relay.stderr.read().decode(errors='replace').strip()}")


def enter(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, CLONE_NEWNET):
        raise Failed(f"cannot enter a network namespace: {os.strerror(ctypes.get_errno())}")


def configure():
    """127.0.0.1 alone stays local; 127.0.0.2 is behind the device."""
    for key in ("conf/all/rp_filter", "conf/delay/rp_filter"):
        Path("/proc/sys/net/ipv4", key).write_text("0")
    for key in ("conf/all/route_localnet", "conf/delay/route_localnet"):
        Path("/proc/sys/net/ipv4", key).write_text("1")
    # What one connection has learnt must not help the next: each run is a cold one.
    Path("/proc/sys/net/ipv4/tcp_no_metrics_save").write_text("1")
    for line in ("address del 127.0.0.1/8 dev lo", "address add 127.0.0.1/32 dev lo",
                 "link set lo up", "link set delay mtu 1500 txqueuelen 20000 up",
                 "route add 127.0.0.2/32 dev delay src 127.0.0.1"):
        done = subprocess.run(["ip", *line.split()], capture_output=True, text=True, check=False)
        if done.returncode and not line.startswith("address del"):
            raise Failed(f"'ip {line}' failed: {done.stderr.strip()}")


def links(options, program, say):
    """The links that were asked for and can be had here."""
    found = [] if options.delay_only else [Loopback()]
    if not options.no_delay:
        reason = why_not(program)
        if reason:
            say(f"the half with {DELAY_MS} ms of delay is SKIPPED: {reason}")
        else:
            found.append(Delayed(program))
    return found


def why_not(program):
    """The reason why there can be no delayed link, or None."""
    if os.geteuid() != 0:
        return "it needs root, for a network namespace and a TUN device"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    if not program.exists():
        return f"'{program}' is not built: run make bench"
    return None
