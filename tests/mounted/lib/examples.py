"""Runs what the EXAMPLES of man pages have one type, each line or block in a shell of its own.

usage: examples.py PAGE...

The environment and the working directory are those of pages.py. `$id`, and the task that a page
names, is a finished task, or one of its own that ends after a second where it is to be killed or
waited for. """
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

from pages import COMMAND_SECONDS, FINISHED_TASK, GOES_ON, NEEDS_LIVE_TASK, live_task

MOUNTS = re.compile(r"^taskfs ", re.M)
NEEDS_SYSTEMD = re.compile(r"^systemctl ")
KEY = Path.home() / ".inductiva" / "api_key"


def examples_of(lines):
    """(line, text) of each `.Dl $ ...`, and of each literal block, of the section EXAMPLES."""
    section, block, begun = "", None, 0
    for number, line in enumerate(lines, 1):
        if line.startswith(".Sh "):
            section = line[4:]
        elif section != "EXAMPLES":
            continue
        elif line.startswith(".Dl $ "):
            yield number, line[len(".Dl $ "):]
        elif line.startswith(".Bd -literal"):
            block, begun = [], number + 1
        elif line.startswith(".Ed"):
            yield begun, "\n".join(block)
            block = None
        elif block is not None:
            block.append(line.replace("\\e", "\\"))


class Bystander:
    """Somebody who looks at a task all the while, so that there is something to be seen."""

    def __init__(self):
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        status = Path.home() / "tasks" / live_task("") / "task.json"
        while not self.done.wait(0.2):
            if status.exists():
                status.read_bytes()

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def mount():
    subprocess.run(["bash", "-c", "mkdir -p ~/tasks; mountpoint -q ~/tasks || taskfs ~/tasks"], check=True)


def unmount():
    subprocess.run(["fusermount3", "-u", Path.home() / "tasks"], check=True)


def input_of(text):
    """The key where a file is to be typed, else a yes."""
    return KEY.read_bytes() if re.search(r"\bcat > ", text) else b"y\n"


def run(text):
    """What is wrong, or nothing."""
    task = live_task(text) if NEEDS_LIVE_TASK.search(text) else FINISHED_TASK
    typed = f"id={task}\n" + text.replace(FINISHED_TASK, task)
    goes_on = GOES_ON.match(text)
    with Bystander():
        done = subprocess.run(["timeout", "1" if goes_on else str(COMMAND_SECONDS), "bash", "-c", typed],
                              input=input_of(text), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = done.stdout.decode(errors="replace")
    if done.returncode != (124 if goes_on else 0):
        return f"status {done.returncode}: {said}"
    if re.search(r"^[\w./-]+: .*(No such file|not found|cannot|can't)", said, re.M):
        return said
    return None


def main():
    count, wrong = 0, []
    os.chdir(os.environ["PAGE_SCRATCH"])
    mount()
    for page in map(Path, sys.argv[1:]):
        examples = list(examples_of(page.read_text().splitlines()))
        if not examples:
            wrong.append(f"{page.name}: no examples")
        for line, text in examples:
            if NEEDS_SYSTEMD.match(text):
                print(f"{page.name}:{line}: not run: {text}")
                continue
            if MOUNTS.search(text):
                unmount()
            problem = run(text)
            count += 1
            if problem:
                wrong.append(f"{page.name}:{line}: {text}\n{problem}")
    print(f"{count} examples run")
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
