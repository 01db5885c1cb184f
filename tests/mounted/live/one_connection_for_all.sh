#!/bin/bash
# A hundred readers of a file share one connection and one question a second.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
printf 'line\n' >"$work/one/stdout.txt"
emulator
start_machines one
mount -o "live_program=$fake"

pids=()
for ((i = 0; i < 100; i++)); do
    timeout 20 tail -f "$mnt/one/live/stdout.txt" >"$work/seen.$i" &
    pids+=($!)
done
sleep 3
printf 'the news\n' >>"$work/one/stdout.txt"
all_have() {
    [[ $(grep -lx 'the news' "$work"/seen.* | wc -l) == 100 ]]
}
eventually $((5 * slower)) all_have || fail "only $(grep -lx 'the news' "$work"/seen.* | wc -l) of 100 have seen the line"
kill "${pids[@]}"
wait "${pids[@]}" || true
expect "$(live_log one open)" 1 "connections"
asked=$(live_log one '"tail"')
((asked <= 20 * slower)) || fail "$asked requests were made for 100 readers in some seconds"
expect_requests 2 kind=register # and the machine
expect_requests 2 kind=offer # and the answer
