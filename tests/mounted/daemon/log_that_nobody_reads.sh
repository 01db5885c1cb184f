#!/bin/bash
# stderr is a pipe that is full, as with a pager or a stopped terminal: the mount goes on and ends.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
task two '{"status": "computation-started"}'
emulator

mkfifo "$work/pipe"
exec 7<>"$work/pipe" # a reader that never reads
"${prefix[@]}" "$TASKFS" -d -o "api_url=$api_url" "$mnt" </dev/null 2>&7 &
taskfs_pid=$!
eventually $((10 * slower)) mounted_or_dead
is_running "$taskfs_pid" || fail "taskfs did not mount"

read_on() {
    python - "$mnt" <<'PY'
import os, sys
for n in range(800):
    for path in ("one/status", ".taskfs/stats", f"none{n}"):
        try:
            with open(os.path.join(sys.argv[1], path), "rb") as file:
                file.read()
        except FileNotFoundError:
            pass
PY
}
for _ in 1 2; do
    timeout $((20 * slower)) bash -c "$(declare -f python read_on); $(declare -p mnt lib archives); read_on" ||
        fail "reading hangs when nobody reads the log"
done
within 2000 cat "$mnt/two/status" >/dev/null
grep -q . "$mnt/.taskfs/log"

# Who comes back to read is told what is missing.
timeout 2 cat <&7 >"$work/read" || true
[[ $(stat -c %s "$work/read") -gt 60000 ]] || fail "the pipe was not full: $(stat -c %s "$work/read") bytes"
cat "$mnt/two/status" "$mnt/one/outputs/a.txt" >/dev/null
timeout 1 cat <&7 >>"$work/read" || true
grep -q "messages were not written here" "$work/read" || fail "it does not say that messages are missing"

# And full once more, at the end.
timeout $((20 * slower)) bash -c "$(declare -f python read_on); $(declare -p mnt lib archives); read_on" ||
    fail "reading hangs when nobody reads the log again"
kill -TERM "$taskfs_pid"
end_of_daemon
exec 7<&-
