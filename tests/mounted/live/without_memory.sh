#!/bin/bash
# Wherever memory runs out while a running task's files are looked at, an operation gives ENOMEM or
# EIO and no wrong byte; nothing hangs, and all is right again as soon as there is memory. Where the
# program is killed as well, ECONNRESET is right: a request has lost its connection twice then.
# tags: allocfail
# row each: one allocation after the other fails
# row all: many of several operations fail at once
. "${TEST_LIB:?run me with tests/run}/lib.sh"
which=${1:-each}
. "$lib/live.sh"
noise_allowed=yes

ids=(one two)
for ((i = 0; i < 230; i++)); do ids+=("fresh$i"); done
for id in "${ids[@]}"; do machine "$id"; done
python "$lib/live_alloc_tour.py" make "$work" "${ids[@]}"
emulator
start_machines "${ids[@]}"
head -c 4096 /dev/zero >"$work/rule"
# Where each failure is made is told where the sanitizers tell what they have found.
export TASKFS_ALLOCFAIL=$work/rule TASKFS_ALLOCFAIL_TRACE=1
export ASAN_OPTIONS=${ASAN_OPTIONS/sanitizer/traces} UBSAN_OPTIONS=${UBSAN_OPTIONS/sanitizer/traces}
mount -o "live_program=$fake,timeout=20,ttl=0"

python "$lib/live_alloc_tour.py" "$which" "$work/rule" "$mnt" "$work" "$taskfs_pid" "${ids[@]}"
[[ $which == all ]] || sleep 11 # in which it would be missed that a connection was closed
! grep -E 'is open already|did not react' "$work/taskfs.stderr" || fail "taskfs-live was told wrong"
unmount
! grep -hE -A 30 'ERROR: |runtime error' "$work"/traces.* || fail "a sanitizer has something to say"
[[ $which == each ]] || exit 0
# All of this code has to do without memory somewhere.
place='src/(machine|task)/[a-z_]+[.]c:[0-9]+'
reached=$(awk -v RS= -v place="$place" 'match($0, place) { print substr($0, RSTART, RLENGTH) }' \
    "$work"/traces.* | sort | uniq -c)
echo "$reached"
for file in machine/{connection,link,machines,requests} task/live{,_file,_nodes,_ops,_tree}; do
    [[ $reached == *"src/$file.c:"* ]] || fail "no allocation has failed in src/$file.c"
done
