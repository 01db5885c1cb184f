"""Runs the commands of a page, in order, in one shell, and compares what they say with the page.

usage: pages.py PAGE NOT_RUN_AT_MOST

docs/hacking.md ("Pages") has the rules. The environment names the folder of the emulator's tasks
(PAGE_ROOT) and its address (INDUCTIVA_API_URL); the working directory is the reader's home. With
PAGE_RECORD=FILE the page is written there, with the output of this run where it was another.
"""
import concurrent.futures
import difflib
import itertools
import json
import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

COMMAND_SECONDS = 20
ROWS_AT_ONCE = 4
END_MARK = "\x01end of command\x01"
TABLE_HEADERS = ("I type", "with taskfs")
GOES_ON = re.compile(r"^taskfs-list .*-w ")
NEEDS_LIVE_TASK = re.compile(r"/ctl\b|taskfs-kill|taskfs-wait|--inputs")
LIVE_TASKS = itertools.count(1)
FINISHED_TASK = "k5muuhtiszfvidtpecqp4uarq"

# What differs from run to run, and what is put in its place before anything is compared.
LOOSE = [
    (r"\bbash: (eval: )?line \d+: ", "bash: "),
    (r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z|\+00:00)?", "DATE"),
    (r"\b[A-Z][a-z]{2} [ \d]\d (\d\d:\d\d| \d{4})(?=\s)", "DATE"),
    (r"\b\d{4}-\d\d-\d\d\b( \d\d:\d\d)?", "DATE"),
    (r"\b\d{2,}:\d\d:\d\d\b", "TIME"),
    (r"\b\d+m\d+\.\d+s\b", "TIME"),
    (r"\b\d+(\.\d+)? ?([kMG]i?B|KB|B)(/s)?(?=[\s,)]|$)", "SIZE"),
    (r"(?<![\w.])\d+(\.\d+)?[KMG](?=\s)", "SIZE"),
    (r"\bpid=\d+", "pid=PID"),
    (r"^\[\d+\] \d+$", ""),
    (r"^\[\d+\][-+] .*$", ""),
    (r"[ \t]+", " "),
    (r" $", ""),
]


class Block:
    def __init__(self, kind, line, text):
        self.kind, self.line, self.text = kind, line, text


class Command:
    """What is typed, what is to come of it."""

    def __init__(self, line, text):
        self.line, self.text, self.output = line, text, []

    def answers(self):
        """What the page shows as typed at a question."""
        return [m[1] for m in map(re.compile(r"\(y/\[N\]\)\? (\w+)$").search, self.output) if m]


def blocks_of(lines):
    """The fenced blocks of a page."""
    found, fence = [], None
    for number, line in enumerate(lines, 1):
        mark = re.match(r"^```(\w*)\s*$", line)
        if mark and fence is None:
            fence = Block(mark[1], number + 1, [])
        elif mark:
            found.append(fence)
            fence = None
        elif fence:
            fence.text.append(line)
        elif re.match(r"^(    |\t)", line) and not re.match(r"^\s*([-*]|\d+\.) ", line):
            sys.exit(f"line {number}: a block by indentation alone: fence it, and say its kind")
    if fence:
        sys.exit(f"line {fence.line}: this block does not end")
    return found


def commands_of(block):
    found = []
    for number, line in enumerate(block.text, block.line):
        if line.startswith("$ "):
            found.append(Command(number, line[2:]))
        elif line.startswith("> ") and found and not found[-1].output:
            found[-1].text += "\n" + line[2:]
        elif found:
            found[-1].output.append(line)
        else:
            sys.exit(f"line {number}: output before any command")
    return found


def cells_of(line):
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def table_commands(lines):
    """(line, command) of the tables that have a column of what to type."""
    column, found = None, []
    for number, line in enumerate(lines, 1):
        if not line.startswith("|"):
            column = None
            continue
        cells = cells_of(line)
        if column is None:
            named = [i for i, cell in enumerate(cells) if cell in TABLE_HEADERS]
            column = named[0] if named else -1
        elif 0 <= column < len(cells) and not set(cells[column]) <= set("- :"):
            for code in re.findall(r"`([^`]+)`", cells[column]):
                found.append((number, code.replace("\\|", "|")))
    return found


class Shell:
    """bash as a terminal has it, but that nobody types: commands through a file, answers as
    input."""

    def __init__(self):
        self.process = subprocess.Popen(["bash", "--norc", "--noprofile"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.scratch = Path(os.environ["PAGE_SCRATCH"])

    def run(self, text, answers=()):
        """Returns (status, output); the status is None when it did not end in time."""
        (self.scratch / "command").write_text(text + "\n")
        (self.scratch / "answers").write_text("".join(a + "\n" for a in answers))
        self.process.stdin.write(
            f'page_command=$(<"{self.scratch}/command"); (exit ${{page_status:-0}})\n'
            f'eval "$page_command" <"{self.scratch}/answers"\n'
            f'page_status=$?; printf "{END_MARK}%s\\n" $page_status\n'
            .replace("\x01", "\\001").encode())
        self.process.stdin.flush()
        output, deadline = b"", time.monotonic() + COMMAND_SECONDS
        pattern = re.compile(re.escape(END_MARK.encode()) + rb"(\d+)\n")
        while True:
            end = pattern.search(output)
            if end:
                return int(end[1]), output[:end.start()].decode(errors="replace")
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                return None, output.decode(errors="replace")
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                return None, output.decode(errors="replace") + "\n(the shell has ended)"
            output += piece


def loosen(line):
    home, user = os.environ["HOME"], os.environ["USER"]
    line = line.replace(home, "/home/you").replace(os.environ["INDUCTIVA_API_URL"], "https://api.inductiva.ai")
    line = re.sub(r"^([-dlrwx]{10} +\d+) \S+ +\S+ +\d+", r"\1 you you N", line)
    line = re.sub(r"\b(user_id|group_id)=\d+", r"\1=N", line)
    line = re.sub(rf"\b{re.escape(user)}\b", "you", line)
    for pattern, name in LOOSE:
        line = re.sub(pattern, name, line)
    return line


def line_fits(expected, actual):
    parts = [re.escape(part) for part in expected.split("[...]")]
    return re.fullmatch(".*".join(parts), actual) is not None


def fits(expected, actual):
    """Whether the lines are those expected; a line `[...]` stands for any number of them."""
    if not expected:
        return not actual
    if expected[0] == "[...]":
        return any(fits(expected[1:], actual[i:]) for i in range(len(actual) + 1))
    return bool(actual) and line_fits(expected[0], actual[0]) and fits(expected[1:], actual[1:])


def lines_to_compare(text):
    return [line for line in map(loosen, text.splitlines()) if line]


def record(page, commands):
    """The page as it would be if this run were the truth."""
    lines = page.read_text().splitlines()
    for command, said in sorted(commands, key=lambda item: -item[0].line):
        first = command.line + command.text.count("\n")
        said = said.replace(os.environ["HOME"], "/home/you")
        said = said.replace(os.environ["INDUCTIVA_API_URL"], "https://api.inductiva.ai")
        said = re.sub(r"bash: (eval: )?line \d+: ", "bash: ", said)
        said = re.sub(rf"\b{re.escape(os.environ['USER'])} {re.escape(os.environ['USER'])}\b", "you you", said)
        lines[first:first + len(command.output)] = said.splitlines()
    Path(os.environ["PAGE_RECORD"]).write_text("\n".join(lines) + "\n")


def is_error(command):
    """Whether the page shows a message of a program that failed."""
    programs = set(re.findall(r"[\w.+-]+", command.text)) | {"bash"}
    heads = (re.match(r"([\w.+-]+): ", line) for line in command.output)
    return any(head and head[1] in programs for head in heads)


def check(command, following, status, output):
    """What is wrong, or nothing."""
    if status is None:
        return f"not done after {COMMAND_SECONDS} s"
    wanted = "\n".join(command.output) + "\n"
    # The newline of an answer is the terminal's.
    wanted = re.sub(r"(\(y/\[N\]\)\?) \w+\n", r"\1\n", wanted)
    output = re.sub(r"(\(y/\[N\]\)\?) ?\n?", r"\1\n", output)
    expected, actual = lines_to_compare(wanted), lines_to_compare(output)
    if not fits(expected, actual):
        return "\n".join(difflib.unified_diff(expected, actual, "the page", "this run", lineterm=""))
    told = following and re.match(r"echo \$\?", following.text)
    if not told and (status != 0) != is_error(command):
        return f"its status is {status}, and the page shows {'an' if is_error(command) else 'no'} error"
    return None


def save_file(block):
    """A block that says its name is a file of the reader's: `# watch.py` or `# watch.py: ...`."""
    for line in block.text[:2]:
        named = re.match(r"^# ([\w.-]+\.(?:py|sh))(?::.*)?$", line)
        if named:
            Path(named[1]).write_text("\n".join(block.text) + "\n")
            Path(named[1]).chmod(0o755)
            return True
    return False


def check_syntax(block):
    return subprocess.run(["bash", "-n"], input="\n".join(block.text) + "\n", text=True, check=False).returncode == 0


def live_task(text):
    """A task of its own with the outputs of the finished one, that ends after a second; one that is
    to be killed lives long enough for a slow machine."""
    root = Path(os.environ["PAGE_ROOT"])
    name = f"live{next(LIVE_TASKS):021d}"
    hidden = root / f".{name}"  # no task until it is complete
    hidden.mkdir()
    for archive in ("input.zip", "output.zip"):
        (hidden / archive).hardlink_to(root / FINISHED_TASK / "output.zip")
    seconds = 20 if re.search(r"\bkill\b", text) and "wait" not in text else 1
    task = {"status": "computation-started", "emulator": {"timeline": [{"after": seconds, "status": "success"}]}}
    (hidden / "task.json").write_text(json.dumps(task))
    hidden.rename(root / name)
    return name


def table_command(number, text):
    """What is to be typed for a row: ID is a task's directory, DIR an empty folder, NAME an
    output."""
    home = os.environ["HOME"]
    task = live_task(text) if NEEDS_LIVE_TASK.search(text) else FINISHED_TASK
    folder = Path(home) / f"row{number}"
    (folder / "there").mkdir(parents=True)
    typed = re.sub(r"\bID\b", f"{home}/tasks/{task}", text)
    typed = re.sub(r"\bDIR\b", str(folder / "there"), typed)
    return folder, re.sub(r"\bNAME\b", "stdout.txt", typed)


def run_table_command(number, text):
    """What is wrong, or nothing."""
    folder, typed = table_command(number, text)
    goes_on = GOES_ON.match(text)
    done = subprocess.run(["timeout", "1" if goes_on else str(COMMAND_SECONDS), "bash", "-c", typed], cwd=folder,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != (124 if goes_on else 0):
        return f"as '{typed}' it gives status {done.returncode}: {done.stdout.decode(errors='replace')}"
    return None


def run_tables(commands):
    """(line, text, what is wrong) of those that failed. What is for all tasks comes last, and
    alone."""
    rows = [(number, line, text) for number, (line, text) in enumerate(commands)]
    alone = [row for row in rows if "--all" in row[2]]
    with concurrent.futures.ThreadPoolExecutor(ROWS_AT_ONCE) as pool:
        results = list(pool.map(lambda row: (*row[1:], run_table_command(row[0], row[2])),
                                [row for row in rows if row not in alone]))
    results += [(line, text, run_table_command(number, text)) for number, line, text in alone]
    return [result for result in results if result[2]]


def check_links(page, lines):
    found = []
    for number, line in enumerate(lines, 1):
        for target in re.findall(r"\]\(([^)\s]+)\)", line):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            there = (page.parent / path) if path else page
            if not there.exists():
                found.append(f"line {number}: no '{path}'")
            elif anchor and anchor not in anchors(there.read_text().splitlines()):
                found.append(f"line {number}: no heading '#{anchor}' in '{there.name}'")
    return found


def anchors(lines):
    names = (re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower()) for line in lines if line.startswith("#"))
    return {name.replace(" ", "-") for name in names}


def main():
    page, not_run_at_most = Path(sys.argv[1]), int(sys.argv[2])
    lines = page.read_text().splitlines()
    wrong = check_links(page, lines)
    shell, not_run, other, count = Shell(), [], [], 0
    for block in blocks_of(lines):
        if block.kind == "console":
            commands = commands_of(block)
            for command, following in zip(commands, commands[1:] + [None]):
                status, output = shell.run(command.text, command.answers())
                problem = check(command, following, status, output)
                count += 1
                if problem:
                    wrong.append(f"line {command.line}: $ {command.text}\n{problem}")
                    other.append((command, output))
                if status is None:
                    break
        elif not save_file(block) and block.kind in ("sh", "bash"):
            not_run.append(f"line {block.line}: {block.text[0] if block.text else ''}")
            if not check_syntax(block):
                wrong.append(f"line {block.line}: not the syntax of a shell")
    commands = table_commands(lines)
    if commands:
        shell.run("mkdir -p ~/tasks; mountpoint -q ~/tasks || taskfs ~/tasks")
        wrong += [f"line {line}: {text}\n{problem}" for line, text, problem in run_tables(commands)]
    count += len(commands)
    if os.environ.get("PAGE_RECORD"):
        record(page, other)
    print(f"{page.name}: {count} commands run, {len(not_run)} blocks not run")
    for text in not_run:
        print(f"  not run: {text}")
    if len(not_run) > not_run_at_most:
        wrong.append(f"{len(not_run)} blocks are not run, at most {not_run_at_most} are allowed")
    if not count:
        wrong.append("no command at all")
    for text in wrong:
        print(f"{page.name}: {text}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
