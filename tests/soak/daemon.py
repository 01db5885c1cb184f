"""The emulator and the daemon under test: starting and ending them, and what the daemon holds."""
import os
import subprocess
import time
from collections import Counter
from pathlib import Path

KEY = "demo-key.0123456789_abcdef"


class Failed(Exception):
    pass


def until(condition, seconds, what, step=0.02):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(step)


def other_namespaces():
    """A process of each mount namespace but this one."""
    found = {os.readlink("/proc/self/ns/mnt"): None}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.setdefault(os.readlink(process / "ns/mnt"), process)
        except OSError:
            pass
    return [process for process in found.values() if process]


def is_mounted_elsewhere(number):
    """Whether the file system of this number is mounted in another namespace; looked at from its
    root, as a process that has changed its own is not told of what lies outside."""
    for process in other_namespaces():
        mounts = subprocess.run(["nsenter", f"--mount={process}/ns/mnt", "cat", "/proc/self/mountinfo"],
                                stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                check=False).stdout
        if any(line.split()[2] == number for line in mounts.splitlines()):
            return True
    return False


class Emulator:
    def __init__(self, program, directory, root):
        port_file = Path(directory) / "port"
        with open(Path(directory) / "emulator.stderr", "ab") as errors:
            self.child = subprocess.Popen(
                [program, "--root", root, "--port-file", port_file, "--url-lifetime", "20"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        until(lambda: port_file.exists() or self.child.poll() is not None, 20, "the emulator")
        if self.child.poll() is not None:
            raise Failed("the emulator did not start")
        self.port = int(port_file.read_text())

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Daemon:
    def __init__(self, command, directory, port, options):
        self.mount = Path(directory) / "mnt"
        self.mount.mkdir(exist_ok=True)
        self.said = Path(directory) / "taskfs.stderr"
        env = {**os.environ, "INDUCTIVA_API_KEY": KEY, "HOME": str(directory)}
        with open(self.said, "ab") as errors:
            self.child = subprocess.Popen(
                [*command, "-f", "-o", f"api_url=http://127.0.0.1:{port},{options}", self.mount],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=env)
        until(lambda: self.is_mounted() or self.child.poll() is not None, 40, "the mount")
        if self.child.poll() is not None:
            raise Failed(f"taskfs did not mount: see '{self.said}'")
        self.pid = self.child.pid

    def is_mounted(self):
        wanted = str(self.mount).replace(" ", r"\040")
        return any(line.split()[4] == wanted
                   for line in Path("/proc/self/mountinfo").read_text().splitlines())

    def unmount(self):
        """Seconds until the daemon has ended, and its status; None when it had to be killed. A
        mount namespace that somebody made meanwhile has a copy of the mount, which keeps it alive:
        the time counts from when there is none any more."""
        number = os.stat(self.mount).st_dev
        number = f"{os.major(number)}:{os.minor(number)}"
        before = time.monotonic()
        subprocess.run(["fusermount3", "-u", self.mount], check=False, stderr=subprocess.DEVNULL)
        if self.is_mounted() and self.child.poll() is None:
            self.child.terminate()
        deadline = before + 300
        while self.child.poll() is None and is_mounted_elsewhere(number) and before < deadline:
            time.sleep(0.05)
            before = time.monotonic()
        try:
            self.child.wait(3)
        except subprocess.TimeoutExpired:
            self.stacks(self.mount.parent / "stacks")
            try:
                self.child.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
                return time.monotonic() - before, None
        return time.monotonic() - before, self.child.returncode

    def kill(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        if self.is_mounted():
            subprocess.run(["fusermount3", "-u", "-z", self.mount], check=False,
                           stderr=subprocess.DEVNULL)

    def children(self):
        found = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True,
                               check=False)
        return [int(pid) for pid in found.stdout.split()]

    # --- what it holds ---

    def resident(self):
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def threads(self):
        """How many there are, but for those that wait for the kernel's requests: libfuse starts
        them when they are needed, up to a maximum of its own."""
        count = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                count += "fuse_dev" not in (task / "wchan").read_text()
            except OSError:
                pass
        return count

    def descriptors(self):
        """Kinds of open files, with their numbers."""
        kinds = Counter()
        for fd in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                kinds[os.readlink(fd).split("[")[0].rstrip(":")] += 1
            except OSError:
                pass
        return kinds

    def stat(self, name):
        with open(self.mount / ".taskfs" / "stats", encoding="ascii") as stats:
            for line in stats:
                if line.split() and line.split()[0] == f"taskfs_{name}":
                    return int(float(line.split()[1]))
        return None

    def dump(self):
        """Where its threads stand, and what it logged last."""
        if self.child.poll() is not None:
            return self.said.read_text(errors="replace")[-4000:]
        lines = Counter()
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                lines[(task / "wchan").read_text()] += 1
            except OSError:
                pass
        try:
            log = subprocess.run(["tail", "-n", "40", self.mount / ".taskfs" / "log"], timeout=5,
                                 capture_output=True, text=True, check=False).stdout
        except subprocess.TimeoutExpired:
            log = "  (the log can't be read)"
        return "threads wait in: " + ", ".join(f"{name} {n}" for name, n in lines.items()) + f"\nlog:\n{log}"

    def stacks(self, file):
        """Writes where each of its threads is."""
        with open(file, "w", encoding="utf-8") as out:
            try:
                subprocess.run(["gdb", "-p", str(self.pid), "-batch", "-ex",
                                "thread apply all bt 14"], timeout=60, stdout=out,
                               stderr=subprocess.DEVNULL, check=False)
            except (OSError, subprocess.TimeoutExpired) as error:
                out.write(f"{error}\n")
