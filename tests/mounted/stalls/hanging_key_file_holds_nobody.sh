#!/bin/bash
# A key file on a file system that hangs, even where nothing can interrupt it: others go on, and so
# does the end.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

# The file system is another mount of taskfs, stopped; the key is what it says of a task's status.
home="$work/hanging home"
mkdir "$home"
mkdir -p "$HOME/.inductiva"
task keeper '{"status": "first-key"}'
task live '{"status": "computation-started"}'
archive old artifacts/a.txt text
emulator --key first-key --key "$key"
"${prefix[@]}" "$TASKFS" -f -o "api_url=$api_url" "$home" </dev/null >/dev/null 2>&1 &
home_pid=$!
end_home() { # CODE: what it is to return
    kill -CONT $home_pid 2>/dev/null || true
    fusermount3 -u -z "$home" 2>/dev/null || true
    wait $home_pid || true
    return "$1"
}
trap 'code=$?; set +e; trap - ERR; end_home $code; finish' EXIT
eventually 10 mountpoint -q "$home" || fail "the home is not mounted"
ln -s "$home/keeper/status" "$HOME/.inductiva/api_key"
unset INDUCTIVA_API_KEY
mount -o ttl=0.1
expect "$(<"$mnt/live/status")" computation-started "status with the first key"
expect "$(<"$mnt/old/outputs/a.txt")" text "an output"

stop_emulator
emulator --key another-key
kill -STOP $home_pid
is_stopped() { # all of its threads
    ! grep -h '^State:' /proc/$home_pid/task/*/status | grep -qv stopped
}
eventually 5 is_stopped || fail "the home does not stop"
sleep 0.15 # what is known of the task is older than ttl then
noise_allowed=yes
cat "$mnt/live/info" >/dev/null 2>&1 &
reader=$!
# The one that reads the key is a process of its own, and it hangs there.
hangs() {
    [[ -n $(ps -o pid= --ppid "$taskfs_pid") ]]
}
eventually 5 hangs || fail "the key is not read; it is told '$(timeout 2 cat "$mnt/live/info" 2>&1)'"
for n in 1 2 3 4 5 6 7 8; do
    cat "$mnt/live/info" >/dev/null 2>&1 &
    readers[n]=$!
done
within 1000 cat "$mnt/old/outputs/a.txt" >/dev/null
within 1000 ls "$mnt/old/outputs" >/dev/null
within 1000 df "$mnt" >/dev/null
hangs || fail "the key was read after all"

before=$(now_ms)
kill -TERM "$taskfs_pid"
end_of_daemon
took=$(($(now_ms) - before))
((took < 5000 * slower)) || fail "it took $took ms"
echo "$took ms to end"
for reader in "$reader" "${readers[@]}"; do
    reap "$reader" 3
    [[ $status != timeout ]] || fail "a reader is still stuck"
done
