#!/bin/bash
# A task directory and its small files carry the time of the last status change.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "success", "create_time": "2025-03-04T05:06:07.000000+00:00"}'
emulator
mount

last=$(curl -sf -H "X-API-Key: $key" "$api_url/tasks/one" | jq -r '.status_history[-1].timestamp')
expected=$(date -d "$last" +%s)
cat "$mnt/one/info" >/dev/null
for name in . status info machine_type computation_time task.json; do
    expect "$(stat -c %Y "$mnt/one/$name")" "$expected" "mtime of $name"
done
