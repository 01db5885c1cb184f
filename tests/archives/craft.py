#!/usr/bin/python3
"""Archives made by hand, one for each rule of the outputs tree, with what must be seen of them.

usage: craft.py groups | write GROUP ROOT | check GROUP MOUNT

`write` makes ROOT/CASE/output.zip and ROOT/CASE/task.json, a finished task a case; `check` compares
MOUNT/CASE with what is expected, prints every difference and exits 1 when there is one.
"""
import os
import sys

import check
import crafted_archives
import crafted_hostile
import crafted_members
import crafted_trees

GROUPS = {}
for module in (crafted_trees, crafted_members, crafted_archives, crafted_hostile):
    GROUPS.update(module.GROUPS)


def write(group, root):
    for case in GROUPS[group]():
        folder = os.path.join(root, case.id)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "output.zip"), "wb") as file:
            file.write(case.archive)
        with open(os.path.join(folder, "task.json"), "w", encoding="utf-8") as file:
            file.write('{"status": "success", "is_terminated": true}\n')


def compare(group, mount):
    bad = 0
    cases = list(GROUPS[group]())
    if not cases:
        print(f"FAIL {group}: it has no cases")
        return 1
    for case in cases:
        differences = check.differences(case, os.path.join(mount, case.id))
        for line in differences:
            print(f"{group}/{case.id}: {line}")
        bad += bool(differences)
        print(f"{'FAIL' if differences else 'ok  '} {group}/{case.id}")
    return 1 if bad else 0


def main(arguments):
    if arguments == ["groups"]:
        print("\n".join(GROUPS))
        return 0
    if len(arguments) == 3 and arguments[0] in ("write", "check") and arguments[1] in GROUPS:
        return (write if arguments[0] == "write" else compare)(*arguments[1:]) or 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
