#!/bin/bash
# 10,000 tasks are 20 pages; all but the first are under way together, and attributes cost nothing.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

emulator --synthetic 10000
mount # has asked for the first page
settle
expect "$(requests method=GET path=/tasks)" 1 "pages before ls"

fault '{"match": {"kind": "list"}, "action": "delay", "seconds": 40}'
ls -fl "$mnt" >"$work/all" &
lister=$!
all_wait() {
    [[ $(waiting_requests) == 19 ]]
}
eventually 20 all_wait || fail "$(waiting_requests) pages are asked for at once, expected 19"
clear_faults
wait "$lister"

expect "$(grep -c ' [a-z0-9]*$' "$work/all")" 10001 "lines of ls, with the total"
# An emulator that is slow itself takes more than 10 s to send all: then pages are asked for again.
((slower > 1)) || expect "$(requests)" 20 "requests in all"
