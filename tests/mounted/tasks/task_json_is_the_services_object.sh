#!/bin/bash
# task.json is the object that the service gives, every field of it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "success", "task_metadata": {"purpose": "test"}, "extra_params": {"n": 1.5},
    "a_field_of_tomorrow": ["kept", null, {"deep": "caf\u00e9"}]}'
emulator
mount

curl -sf -H "X-API-Key: $key" "$api_url/tasks/one" >"$work/service.json"
python - "$work/service.json" "$mnt/one/task.json" <<'PY'
import json, sys
theirs, ours = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
different = [key for key in theirs.keys() | ours.keys() if theirs.get(key, "-") != ours.get(key, "-")]
sys.exit(f"fields differ: {sorted(different)}" if different else 0)
PY
expect "$(tail -c 1 "$mnt/one/task.json" | od -An -tx1 | xargs)" 0a "the last byte"
