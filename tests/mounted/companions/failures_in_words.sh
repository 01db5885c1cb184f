#!/bin/bash
# Each failure of a companion is a line in its own name: what failed, and what can be done.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

task one
task running '{"status": "computation-started"}'
emulator
mount
note_mounts
cd "$work"

# fails MESSAGE PROGRAM ARGUMENT...: it ends with 1 and says this in one line.
fails() {
    local message=$1
    shift
    run "$@" <<<y
    expect "$code" 1 "exit status of '$*'"
    expect "$err" "$1: $message" "what '$*' says"
}

for shell in dash 'busybox sh'; do
    for command in taskfs-list 'taskfs-wait one' 'taskfs-kill running'; do
        # shellcheck disable=SC2086 # several words
        TMPDIR=$work/nowhere fails "cannot create a folder in '$work/nowhere': set TMPDIR to a folder that can be written" $command
    done
done

# A full disk below TMPDIR.
unshare -rm true 2>/dev/null || skip "no user namespaces here"
mkdir small
for command in taskfs-list 'taskfs-wait one' 'taskfs-kill running'; do
    code=0
    # shellcheck disable=SC2016,SC2086 # for the inner shell; several words
    unshare -m ${UID:+$([[ $UID == 0 ]] || echo -r)} sh -c '
        mount -t tmpfs -o size=64k none small || exit 9
        head -c 100000 /dev/zero >small/fill 2>/dev/null
        TMPDIR=small dash "$@" <&- >out 2>err' sh "$programs"/$command -m "$mnt" || code=$?
    expect "$code $(<err)" "1 ${command% *}: no space is left in 'small': set TMPDIR to a folder with more" "a full disk"
done
