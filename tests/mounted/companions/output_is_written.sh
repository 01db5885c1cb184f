#!/bin/bash
# The companions say it when what they print can't be written, and exit with 1.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

archive one a.txt text
task running '{"status": "computation-started"}'
emulator
mount
note_mounts
cd "$work"

# unwritable PROGRAM ARGUMENT...: with a full disk, and with no output at all.
unwritable() {
    local program=$1 output
    shift
    for output in full closed; do
        code=0
        # shellcheck disable=SC2086 # `busybox sh` is two words
        case $output in
        full) $shell "$programs/$program" "$@" >/dev/full 2>err || code=$? ;;
        closed) $shell "$programs/$program" "$@" >&- 2>err || code=$? ;;
        esac <<<y
        expect "$code" 1 "exit status of '$program $*', output $output"
        expect "$(head -n 1 err)" "$program: cannot write to standard output" "what '$program $*' says, output $output"
    done
}

for shell in dash 'busybox sh'; do
    for program in taskfs-kill taskfs-wait taskfs-download taskfs-list; do
        unwritable $program -h
        expect "$(wc -l <err)" 1 "lines of $program -h"
    done
    unwritable taskfs-list
    unwritable taskfs-list -w 1
    unwritable taskfs-wait one
    unwritable taskfs-download one
    expect "$(<inductiva_output/one/outputs/a.txt)" text "what is downloaded"
    unwritable taskfs-download --zip one
    rm -r inductiva_output

    # Nobody could see the question.
    unwritable taskfs-kill running
    expect_match "$(<err)" "nothing was killed" "what it says"
    expect "$(<"$mnt/running/status")" computation-started "status"
    # Here was none.
    for output in /dev/full /dev/null; do
        code=0
        # shellcheck disable=SC2086
        $shell "$programs/taskfs-kill" -y running >$output 2>err || code=$?
        expect "$code" "$([[ $output == /dev/null ]] && echo 0 || echo 1)" "exit status with -y"
        expect "$(<"$mnt/running/status")" killed "status after -y"
        control POST task/running '{"status": "computation-started"}' >/dev/null
        echo refresh >"$mnt/running/ctl"
        eventually 5 grep -q computation-started "$mnt/running/status"
    done
done
