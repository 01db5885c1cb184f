"""What a flaw in one of the libraries of taskfs-live could reach."""
import ctypes
import errno
import os
import socket
import subprocess
import tempfile
from pathlib import Path

from support import Live, Service, Skip, equal

LANDLOCK = 444 # the system call that makes rulesets; with these arguments, the version


def landlock_version():
    return ctypes.CDLL(None).syscall(LANDLOCK, None, 0, 1)


def compile_helper(folder, name, *options):
    built = folder / name
    subprocess.run(["cc", *options, "-o", str(built), str(Path(__file__).with_name(name + ".c"))], check=True)
    return str(built)


def peek(folder, wrapper=()):
    """Runs taskfs-live with peek.c in it. Returns what it has said: numbers by name. The secret is
    left as peek.c has left it."""
    library, secret = compile_helper(folder, "peek", "-shared", "-fPIC"), folder / "secret"
    secret.write_text("secret")
    secret.chmod(0o666)
    folder.chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as server:
        more = {"LD_PRELOAD": library, "PEEK_FILE": str(secret),
                "PEEK_FOLDER": str(folder / "made"), "PEEK_PORT": str(server.getsockname()[1])}
        live = Live(env={**os.environ, **more}, wrapper=wrapper)
        live.offer()
        said = live.end()
    return {line.split()[0]: [int(word) for word in line.split()[1:]] for line in said.splitlines()}


def test_little_is_in_reach():
    if os.environ["TASKFS_VARIANT"] != "plain":
        return # sanitizers write reports
    if landlock_version() < 4:
        raise Skip("this kernel has no Landlock, or an old one")
    with tempfile.TemporaryDirectory(prefix="live-test-") as folder:
        got = peek(Path(folder))
        equal((Path(folder) / "secret").read_text(), "secret")
    for what in ("read", "write", "truncate", "make", "list", "connect"):
        equal(got[what], [errno.EACCES], what)
    equal(got["trace"], [errno.EPERM], "trace")
    if landlock_version() >= 6:
        equal(got["signal"], [errno.EPERM], "signal")
    equal(got["resolver"], [0], "what the resolver needs")
    equal(got["limits"], [256 << 20, 0])
    equal(got["user"], [os.geteuid() or 65534])


def works_without_landlock(error):
    """It starts, without a word, and does its work; and what does not need Landlock still bounds
    it."""
    with tempfile.TemporaryDirectory(prefix="live-test-") as folder, Service() as service:
        Path(folder).chmod(0o755)
        wrapper = [compile_helper(Path(folder), "without_landlock"), str(error)]
        service.write("stdout.txt", "one\ntwo\n")
        service.tracker()
        with Live(wrapper=wrapper) as live:
            live.connect(service)
            equal(live.ask("tail", filename="stdout.txt")["message"], ["one", "two"])
            equal(live.ask("ls")["message"], ["stdout.txt"])
        if os.environ["TASKFS_VARIANT"] != "plain":
            return # sanitizers write reports
        got = peek(Path(folder), wrapper)
        equal(got["read"], [0], "read: it is not confined, as docs/SECURITY.md says")
        equal(got["limits"], [256 << 20, 0])
        equal(got["user"], [os.geteuid() or 65534])


def test_a_kernel_that_is_older_than_landlock():
    works_without_landlock(errno.ENOSYS)


def test_a_kernel_on_which_landlock_is_not_enabled():
    works_without_landlock(errno.EOPNOTSUPP)
