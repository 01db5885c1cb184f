"""What a flaw in one of the libraries of taskfs-live could reach."""
import ctypes
import errno
import os
import socket
import subprocess
import tempfile
from pathlib import Path

from support import Live, Skip, equal

LANDLOCK = 444 # the system call that makes rulesets; with these arguments, the version


def landlock_version():
    return ctypes.CDLL(None).syscall(LANDLOCK, None, 0, 1)


def peek(folder):
    """Runs taskfs-live with peek.c in it. Returns what it has said: numbers by name."""
    library, secret = folder / "peek.so", folder / "secret"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library), str(Path(__file__).with_name("peek.c"))],
                   check=True)
    secret.write_text("secret")
    secret.chmod(0o666)
    folder.chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as server:
        more = {"LD_PRELOAD": str(library), "PEEK_FILE": str(secret),
                "PEEK_FOLDER": str(folder / "made"), "PEEK_PORT": str(server.getsockname()[1])}
        live = Live(env={**os.environ, **more})
        live.offer()
        said = live.end()
    equal(secret.read_text(), "secret")
    return {line.split()[0]: [int(word) for word in line.split()[1:]] for line in said.splitlines()}


def test_little_is_in_reach():
    if os.environ["TASKFS_VARIANT"] != "plain":
        return # sanitizers write reports
    if landlock_version() < 4:
        raise Skip("this kernel has no Landlock, or an old one")
    with tempfile.TemporaryDirectory(prefix="live-test-") as folder:
        got = peek(Path(folder))
    for what in ("read", "write", "truncate", "make", "list", "connect"):
        equal(got[what], [errno.EACCES], what)
    equal(got["trace"], [errno.EPERM], "trace")
    if landlock_version() >= 6:
        equal(got["signal"], [errno.EPERM], "signal")
    equal(got["resolver"], [0], "what the resolver needs")
    equal(got["limits"], [256 << 20, 0])
    equal(got["user"], [os.geteuid() or 65534])
