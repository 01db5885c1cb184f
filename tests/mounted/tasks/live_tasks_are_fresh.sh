#!/bin/bash
# A task that is not terminal is never shown older than a second.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one '{"status": "submitted", "emulator": {"timeline": [
    {"after": 2, "status": "started"}, {"after": 3.5, "status": "computation-started"},
    {"after": 5, "status": "success"}]}}'
emulator
mount

# Each time the service has said a new status, the file says it at most 1 s (and a poll) later.
python - "$api_url" "$key" "$mnt/one/status" "$slower" <<'PY'
import json, sys, time, urllib.request
api, key, path, slower = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
rank = ["submitted", "started", "computation-started", "success"]
def service():
    request = urllib.request.Request(f"{api}/tasks/one/status", headers={"X-API-Key": key})
    return json.load(urllib.request.urlopen(request))["status"]
seen, deadline = {}, time.monotonic() + 20
while time.monotonic() < deadline:
    seen.setdefault(service(), time.monotonic())
    shown = open(path).read().strip()
    now = time.monotonic()
    for status, since in seen.items():
        late = now - since
        if rank.index(shown) < rank.index(status) and late > 1 + 0.3 * slower:
            sys.exit(f"'{shown}' is shown {late:.2f} s after the service said '{status}'")
    if shown == "success":
        break
    time.sleep(0.05)
else:
    sys.exit("the task never ended")
PY
