"""What the tracker's clients can ask for: ls, tail, top, last_modified_file."""
import asyncio
import os
import subprocess
import time

BLOCK = 1024 # bytes
IGNORED = ("output_update.csv", "system_metrics.csv")


class Failure(Exception):
    """The answer is an error."""


class Invalid(Exception):
    """The request is not understood."""


class Ls:
    def __init__(self, options):
        self.folder = options.folder

    async def run(self):
        return self.names(self.folder)

    def names(self, folder):
        """A loop of links, or a folder that is not there, is an exception, which is silence."""
        found = []
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            found.append({name: self.names(path)} if os.path.isdir(path) else name)
        return found


class Top:
    def __init__(self, options):
        self.big = options.big

    async def run(self):
        if self.big:
            return "x" * self.big
        return subprocess.run(["top", "-b", "-H", "-n", "1"], capture_output=True, text=True,
                              check=False).stdout


class LastModifiedFile:
    def __init__(self, options):
        self.folder = os.path.abspath(options.folder)

    async def run(self):
        newest, when = None, 0
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                changed = os.path.getmtime(path)
                if changed > when and os.path.relpath(path, self.folder) not in IGNORED:
                    newest, when = path, changed
        now = time.time()
        return {"most_recent_file": newest, "most_recent_timestamp": when, "now_timestamp": now,
                "time_since_last_mod": now - when if newest else None}


class Tail:
    def __init__(self, options, filename, lines=10, wait=False):
        self.path = os.path.join(options.folder, filename)
        self.filename = filename
        self.lines = lines
        self.wait = wait
        self.position = 0 # where the next round goes on; with 0 it begins anew
        self.changed = None

    async def run(self):
        if not self.position:
            return await self.last_lines()
        return self.appended()

    async def last_lines(self):
        while self.wait and not os.path.exists(self.path):
            await asyncio.sleep(1)
        if not os.path.exists(self.path):
            raise Failure(f"File not found: {self.filename}")
        self.changed = os.path.getmtime(self.path)
        blocks, newlines = [], 0
        with open(self.path, "rb") as file:
            at = self.position = file.seek(0, os.SEEK_END)
            while at > 0 and newlines <= self.lines:
                size = min(BLOCK, at)
                at -= size
                file.seek(at)
                blocks.append(file.read(size))
                newlines += blocks[-1].count(b"\n")
        return self.split(b"".join(reversed(blocks)))[-self.lines:]

    def appended(self):
        if not os.path.exists(self.path) or os.path.getmtime(self.path) == self.changed:
            return None
        self.changed = os.path.getmtime(self.path)
        with open(self.path, "rb") as file:
            file.seek(self.position)
            new = file.read()
            # Behind the end when the file has become shorter: then there is nothing to split.
            self.position = file.tell()
        return self.split(new)

    def split(self, content):
        """Of nothing at all, this is an exception that nobody catches: silence."""
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise Failure(f"File is not a text file: {self.filename}") from error
        if text[-1] == "\n":
            text = text[:-1]
        return text.split("\n")


TYPES = {"ls": Ls, "tail": Tail, "top": Top, "last_modified_file": LastModifiedFile}


def make_operation(kind, args, options):
    """An argument that the type does not know is an exception of another kind: silence."""
    if kind not in TYPES:
        raise Invalid(f"Unknown operation type: {kind}")
    return TYPES[kind](options, **args)
