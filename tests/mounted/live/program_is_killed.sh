#!/bin/bash
# taskfs-live is killed a hundred times under load: readers get an error or go on, nothing hangs,
# and the rest of the mount does not notice.
# tags: concurrent waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"
noise_allowed=yes

kills=100
((slower == 1)) || kills=20
machine one
machine two
seq 1 5000 >"$work/one/stdout.txt"
seq 1 5000 >"$work/two/stdout.txt"
archive ended result.txt fine
emulator
start_machines one two
mount -o "live_program=$fake"

read_always() { # FILE: until it is told to end; a wrong byte or a hang fails
    local file=$1 before
    while [[ ! -e $work/stop ]]; do
        before=$SECONDS
        if timeout 25 cat "$file" >"$work/got.$2" 2>"$work/got.err.$2"; then
            cmp -s "$work/got.$2" <(seq 1 5000 | head -c -1) || echo "wrong bytes" >>"$work/bad"
            echo >>"$work/good.$2"
        elif ((SECONDS - before >= 20)); then
            echo "it hung" >>"$work/bad"
        fi
        sleep 0.05
    done
}
readers=()
for n in 1 2 3; do
    read_always "$mnt/one/live/stdout.txt" "one$n" &
    readers+=($!)
    read_always "$mnt/two/live/stdout.txt" "two$n" &
    readers+=($!)
done
program_pids() {
    pgrep -P "$taskfs_pid" || true
}
for ((i = 0; i < kills; i++)); do
    sleep 0.2
    for pid in $(program_pids); do kill -KILL "$pid" 2>/dev/null || true; done
    expect "$(<"$mnt/ended/outputs/result.txt")" fine
done
touch "$work/stop"
wait "${readers[@]}"
[[ ! -e $work/bad ]] || fail "$(sort "$work/bad" | uniq -c)"
{ cat "$work"/good.* 2>/dev/null || true; } | wc -l
is_read() {
    cat "$mnt/one/live/stdout.txt" >"$work/got" 2>/dev/null
}
eventually 25 is_read || fail "nothing can be read afterwards"
cmp "$work/got" <(seq 1 5000 | head -c -1)
