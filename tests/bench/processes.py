"""Processes, mounts and clocks. Whatever is started here is ended by its id, also when the
benchmark is interrupted: each start is a context that ends it."""
import contextlib
import os
import re
import select
import signal
import subprocess
import tempfile
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_SECONDS = .02  # between two looks at the memory of a command


class Failed(Exception):
    """Something did not work; what it says is for the user."""


def until(condition, seconds, what, step=.0005):
    """Looks until `condition()` is true; gives what it returned."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(step)


def end_group(child, seconds=6):
    """Ends a process that was started with a session of its own, and all that is in it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            pass
        try:
            child.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            pass


@contextlib.contextmanager
def daemon(command, log, env=None, stdout=None):
    """A process in the background, for the life of the context."""
    with open(log, "ab") as out:
        child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                 stdout=stdout or out, stderr=out, env=env, start_new_session=True)
    try:
        yield child
    finally:
        end_group(child)


def timed(command, timeout, cwd=None):
    """Runs a command (a list, or a line for bash) and gives the seconds that it took."""
    if isinstance(command, str):
        command = ["bash", "-c", "set -o pipefail; " + command]
    words = [str(word) for word in command]
    started = time.perf_counter()
    child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, cwd=cwd, start_new_session=True)
    try:
        _, errors = child.communicate(timeout=timeout)
        seconds = time.perf_counter() - started
    except subprocess.TimeoutExpired:
        raise Failed(f"'{words[-1]}' was not done after {timeout} s") from None
    finally:
        if child.returncode is None:
            end_group(child)
    if child.returncode:
        text = errors.decode(errors="replace").strip()[-500:]
        raise Failed(f"'{' '.join(words)}' ended with status {child.returncode}: {text}")
    return seconds


def measured(command, timeout, env=None):
    """Runs a command and gives the seconds that it took, and what it used: its processor time, and
    the most memory that it was seen to have."""
    words = [str(word) for word in command]
    memory = 0
    with tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=errors, env=env, start_new_session=True)
        ended = os.pidfd_open(child.pid)
        try:
            while not select.select([ended], [], [], SAMPLE_SECONDS)[0]:
                # Its own peak: that of wait4(2) would have what this process had when it forked.
                memory = max(memory, peak_memory(child.pid, 0))
                if time.perf_counter() - started > timeout:
                    raise Failed(f"'{words[-1]}' was not done after {timeout} s")
            seconds = time.perf_counter() - started
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        finally:
            os.close(ended)
            if child.returncode is None:
                end_group(child)
        if child.returncode:
            errors.seek(0)
            text = errors.read().decode(errors="replace").strip()[-500:]
            raise Failed(f"'{' '.join(words)}' ended with status {child.returncode}: {text}")
    return seconds, {"cpu": used.ru_utime + used.ru_stime, "memory": memory}


# --- mounts ------------------------------------------------------------------------------------


def is_mounted(where):
    where = str(where)
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), line.split()[4]) == where:
            return True
    return False


def unmount(where):
    if not is_mounted(where):
        return
    for option in ("-u", "-uz"):
        if subprocess.run(["fusermount3", option, str(where)], stderr=subprocess.DEVNULL,
                          check=False).returncode == 0:
            return


@contextlib.contextmanager
def mounted(command, where, log, env=None, seconds=60):
    """A FUSE daemon in the foreground, from the moment that its mount is there until it has
    ended. Gives its process."""
    Path(where).mkdir(parents=True, exist_ok=True)
    with daemon(command, log, env) as child:
        try:
            until(lambda: child.poll() is not None or is_mounted(where), seconds,
                  f"a mount by '{command[0]}'")
            if child.poll() is not None:
                last = Path(log).read_text(errors="replace").strip().splitlines()[-1:]
                raise Failed(f"'{command[0]}' did not mount: {' '.join(last)}")
            yield child
        finally:
            unmount(where)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(10)


def cpu_seconds(pid):
    """User and system time that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_memory(pid, otherwise=None):
    """The most that a process has had in memory, in bytes; `otherwise`, if given, of one that has
    none any more."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    if otherwise is not None:
        return otherwise
    raise Failed(f"no VmHWM of process {pid}")
