#!/bin/bash
# A path that leads into a task is refused in words by taskfs-wait and -kill, and -m wants a mount.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

archive one artifacts/a.txt text
emulator
mount
note_mounts
cd "$work"

for shell in dash 'busybox sh'; do
    for program in taskfs-wait 'taskfs-kill -y'; do
        # shellcheck disable=SC2086 # several words
        run $program "$mnt/one/outputs/a.txt"
        expect "$code" 1 "exit status of $program"
        expect "$err" "${program% *}: '$mnt/one/outputs/a.txt': the path leads into a task: name the task itself, '$mnt/one'" \
            "what $program says"
    done
    run taskfs-list -m "$mnt/one/outputs"
    expect "$err" "taskfs-list: '$mnt/one/outputs' is not a mount itself, but lies in the mount at '$mnt'" "-m"
done
