#!/bin/bash
# taskfs-wait and signals: the tasks go on, or are killed with --kill-on-interrupt; nothing is left.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

# Processes with the mount in their arguments, other than its daemon.
left_behind() {
    local file
    for file in /proc/[0-9]*/cmdline; do
        if [[ $file != /proc/$taskfs_pid/cmdline ]] && tr '\0' '\n' 2>/dev/null <"$file" | grep -qF -- "$mnt/"; then
            echo "$file: $(tr '\0' ' ' <"$file")"
        fi
    done
}
restart() {
    for id in a b; do
        control POST "task/$id" '{"status": "computation-started"}' >/dev/null
        echo refresh >"$mnt/$id/ctl"
        eventually 5 grep -q computation-started "$mnt/$id/status"
    done
}

task a '{"status": "computation-started"}'
task b '{"status": "computation-started"}'
task over
emulator
mount
note_mounts
for shell in dash 'busybox sh'; do
    signals='INT:130 TERM:143 HUP:129'
    [[ $shell == dash ]] || signals=INT:130
    for signal in $signals; do
        begin taskfs-wait a b
        eventually 5 says "$work/out" "'b': computation-started"
        kill -"${signal%:*}" "$begun"
        expect_end "${signal#*:}"
        expect_match "$(<"$work/err")" "interrupted: the tasks go on" "what it says at $signal"
        expect "$(left_behind)" '' "left behind at $signal"
        expect "$(cat "$mnt"/{a,b}/status | uniq -c | xargs)" '2 computation-started' "the tasks"

        begin taskfs-wait --kill-on-interrupt a b over
        eventually 5 says "$work/out" "'b': computation-started"
        eventually 5 says "$work/out" "'over': success"
        kill -"${signal%:*}" "$begun"
        expect_end "${signal#*:}"
        expect_match "$(<"$work/err")" "interrupted: killing the tasks" "what it says at $signal"
        expect "$(grep -c 'is being killed' "$work/err")" 2 "tasks that are killed"
        expect "$(left_behind)" '' "left behind at $signal"
        expect "$(cat "$mnt"/{a,b}/status | uniq -c | xargs)" '2 killed' "the tasks"
        restart
    done
done

# Ctrl+C on a terminal, which all of its processes get.
mkfifo "$work/keys"
: >"$work/out"
"${default_signals[@]}" script -qefc "dash '$programs/taskfs-wait' --kill-on-interrupt a b" "$work/typescript" \
    <"$work/keys" >"$work/out" 2>&1 &
begun=$!
exec 7>"$work/keys"
eventually 10 says "$work/out" '2 go on: a: computation-started for 00:00:0'
printf '\003' >&7
expect_end 130
exec 7>&-
expect "$(grep -c 'is being killed' "$work/out")" 2 "tasks that are killed by Ctrl+C"
expect "$(left_behind)" '' "left behind at Ctrl+C"
expect "$(cat "$mnt"/{a,b}/status | uniq -c | xargs)" '2 killed' "the tasks"
