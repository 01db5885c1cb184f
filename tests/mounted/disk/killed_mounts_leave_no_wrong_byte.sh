#!/bin/bash
# Mounts are killed at random times while they write to the cache, and perhaps the power fails then:
# of what was written since, pages are zero, files are short or gone. Whoever mounts next reads
# every byte right. TASKFS_KILLS is how many are killed.
# tags: plain
# row kill: killed alone
# row power: and the power fails
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$TEST_LIB/disk.sh"

# A daemon that is killed while it gives the kernel the content of a page that is being read does
# not end before its connection is aborted.
[[ $(id -u) == 0 ]] || skip "needs root, to abort the connections of mounts that were killed"
mkdir "$work/connections"
command mount -t fusectl none "$work/connections"
undo() {
    local result=$?
    set +e
    trap - ERR
    command umount "$work/connections"
    (exit "$result")
    finish
}
trap undo EXIT

kills=${TASKFS_KILLS:-20}
seed=${TASKFS_SEED:-$RANDOM}
RANDOM=$seed
echo "seed $seed"
make_tasks
emulator
fill_cache
rm -rf "$cache"
mkdir -m 700 "$cache"

# differences: what two readers of the mount see; an error is none, as the mount is killed.
differences() {
    diff -r "$work/two" "$mnt/two/outputs" 2>/dev/null &
    diff -r "$work/one" "$mnt/one/outputs" 2>/dev/null
    cat "$mnt"/{one,two}/info >/dev/null 2>&1
    wait
}
all_damaged=0 from_disk=0
for ((round = 1; round <= kills; round++)); do
    case $((RANDOM % 4)) in
    0) rm -rf "${cache:?}/v1" ;;
    1) find "$cache" -type f | shuf -n 3 --random-source=<(yes "$round") | xargs -r rm ;;
    esac
    touch "$work/since"
    mount -o "cache_dir=$cache"
    differences >"$work/differences" 2>/dev/null &
    reader=$!
    sleep "0.$((RANDOM % 6))$((RANDOM % 10))"
    connection=$(stat -c %d "$mnt")
    connection=$(((connection & 255) | (connection >> 12 & ~255)))
    kill -KILL "$taskfs_pid"
    echo 1 2>/dev/null >"$work/connections/$connection/abort" || true
    wait "$taskfs_pid" 2>/dev/null || true
    taskfs_pid=
    fusermount3 -u -z "$mnt"
    wait "$reader" || true
    if grep -E '^(Binary|Only|diff|File)' "$work/differences"; then
        fail "wrong bytes in round $round"
    fi
    [[ $1 == kill ]] || python "$lib/damage.py" "$cache" pages "$work/since" "$RANDOM" >>"$work/damage"
    if ((round % 4 == 0 || round == kills)); then
        remount
        all_damaged=$((all_damaged + damaged))
    fi
done
echo "$kills killed; $all_damaged bytes damaged"
if [[ $1 == power ]]; then
    cut -d : -f 1 "$work/damage" | sort | uniq -c
    ((all_damaged > 0)) || fail "no damage was found"
else
    expect "$all_damaged" 0 "bytes that a kill has damaged"
fi
remount
((from_disk > 1000000)) || fail "what was kept is not used"
