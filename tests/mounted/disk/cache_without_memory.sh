#!/bin/bash
# taskfs-cache with each of its allocations failing: it takes nothing that is right for damaged,
# says that it could not do all, and never crashes.
# tags: allocfail
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/cache.sh"

archive one artifacts/a.txt text artifacts/b.txt other
task two
emulator
mount -o "cache_dir=$work/cache"
cat "$mnt/one/outputs/a.txt" "$mnt/one/info" "$mnt/two/info" >/dev/null
unmount
files() { find "$work/cache" -type f -printf '%P %s %T@\n' | sort; }
files >"$work/before"

# with_failure N ARGUMENT...: with the Nth allocation failing; $failed says whether there were so
# many.
with_failure() {
    local number=$1
    shift
    /usr/bin/python3 -c 'import struct, sys; sys.stdout.buffer.write(struct.pack("=5Q", 1, int(sys.argv[1]), 0, 0, 0))' \
        "$number" >"$work/rule"
    TASKFS_ALLOCFAIL=$work/rule cache "$@"
    failed=$(od -A n -t u8 -j 32 -N 8 "$work/rule" | tr -d ' ')
}

for arguments in --json '' --verify; do
    for ((number = 1; ; number++)); do
        # shellcheck disable=SC2086 # one word or none
        with_failure "$number" $arguments "$work/cache"
        expect_match "$code" '^[01]$' "exit status of '$arguments', allocation $number"
        if ((failed == 0)); then
            break
        fi
        [[ $out != *' pieces damaged'* ]] || fail "allocation $number: damage is seen where there is none"
        files | diff "$work/before" -
    done
    expect "$code $err" "0 " "exit status and stderr of '$arguments'"
    ((number > 5)) || fail "only $number allocations were made"
done
for ((number = 1; ; number++)); do
    with_failure "$number" --drop one "$work/cache"
    expect_match "$code" '^[01]$' "exit status of --drop, allocation $number"
    ((failed)) || break
done
