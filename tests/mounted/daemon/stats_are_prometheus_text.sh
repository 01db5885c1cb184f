#!/bin/bash
# .taskfs/stats is Prometheus text, and its counters tell what happened.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 1000000 /dev/urandom >"$work/in/noise.bin"
for id in one damaged; do
    task "$id"
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/in"
done
task live '{"status": "computation-started"}'
emulator
mount -o ttl=0.1

value() { # METRIC, with its labels
    awk -v name="$1" '$1 == name { print $2 }' "$mnt/.taskfs/stats"
}
api='taskfs_requests_total{kind="api",result=' store='taskfs_requests_total{kind="store",result='

# Each metric has HELP and TYPE before its samples, and nothing else is there.
cat "$mnt/.taskfs/stats" >"$work/stats"
python - "$work/stats" <<'PY'
import re, sys
types = {}
for line in open(sys.argv[1]):
    described = re.fullmatch(r"# HELP (taskfs_[a-z0-9_]+) [A-Z].*\.\n", line)
    typed = re.fullmatch(r"# TYPE (taskfs_[a-z0-9_]+) (counter|gauge|histogram)\n", line)
    sample = re.fullmatch(r'(taskfs_[a-z0-9_]+)(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? [0-9]+(\.[0-9]+)?\n', line)
    if described:
        name = described[1]
        assert name not in types, line
    elif typed:
        assert typed[1] == name and name not in types, line
        types[name] = typed[2]
    else:
        assert sample and sample[1].removesuffix("_bucket").removesuffix("_sum").removesuffix("_count") in types or \
            sample and sample[1] in types, line
for name, kind in types.items():
    assert kind != "counter" or name.endswith("_total"), name
PY

# The first page of the listing has told three tasks.
expect "$(value "$api\"ok\"}")" 1 "calls of the API"
expect "$(value "$store\"ok\"}")" 0 "ranges"
expect "$(value taskfs_fetched_bytes_total)" 0 "bytes fetched"
expect "$(value taskfs_cache_misses_total)" 0 "misses"
expect "$(value taskfs_tasks)" 3 "tasks"
expect "$(value taskfs_open_files)" 0 "members kept open"

cmp -n 1000 "$work/in/noise.bin" "$mnt/one/outputs/noise.bin"
expect "$(value taskfs_open_files)" 1 "members kept open"
cmp "$work/in/noise.bin" "$mnt/one/outputs/noise.bin"
settle
expect "$(value "$store\"ok\"}")" "$(requests kind=object)" "ranges"
expect "$(value "$api\"ok\"}")" "$(($(requests) - $(requests kind=object)))" "calls of the API"
fetched=$(jq -s 'map(select(.kind == "object") | .bytes) | add' "$request_log")
((fetched >= 1000000)) || fail "$fetched bytes fetched of a file of 1,000,000"
expect "$(value taskfs_fetched_bytes_total)" "$fetched" "bytes fetched"
(($(value taskfs_cache_misses_total) > 0)) || fail "nothing was missed in the cache"
cached=$(value taskfs_cache_bytes)
((cached >= 1000000 && cached <= 4000000)) || fail "$cached bytes in the cache, after 1,000,000 were read"

# The stats are served as well, and what is served is counted when it is.
hits=$(value taskfs_cache_hits_total) misses=$(value taskfs_cache_misses_total)
cat "$mnt/.taskfs/stats" >"$work/first"
head -c 300000 "$mnt/one/output.zip" | cmp -n 300000 - "$root/one/output.zip"
cat "$mnt/.taskfs/stats" >"$work/second"
served() { awk '$1 == "taskfs_served_bytes_total" { print $2 }' "$1"; }
took=$(($(served "$work/second") - $(served "$work/first") - $(wc -c <"$work/first")))
((took >= 300000 && took <= 2000000)) || fail "$took bytes served for 300,000"
(($(value taskfs_cache_hits_total) > hits)) || fail "what was read before is no hit"
expect "$(value taskfs_cache_misses_total)" "$misses" "misses"
expect "$(value "$store\"ok\"}")" "$(requests kind=object)" "ranges for what was cached"

resident=$(value taskfs_resident_bytes)
actual=$(awk '$1 == "VmRSS:" { print $2 * 1024 }' "/proc/$taskfs_pid/status")
((resident > actual * 3 / 4 && resident < actual * 4 / 3)) || fail "$resident bytes in memory, the kernel says $actual"

# What goes wrong.
for counter in taskfs_retries_total taskfs_url_renewals_total taskfs_check_failures_total "$api\"error\"}" "$store\"error\"}"; do
    expect "$(value "$counter")" 0 "$counter"
done
fault '{"match": {"kind": "task"}, "action": "status", "code": 503, "retry_after": "0", "count": 2}'
cat "$mnt/live/info" >/dev/null
expect "$(value taskfs_retries_total)" 2 "retries"
expect "$(value "$api\"error\"}")" 2 "calls of the API that failed"
ls "$mnt/damaged/outputs" >/dev/null
control DELETE urls >/dev/null
noise_allowed=yes
fault '{"match": {"task": "damaged", "kind": "object"}, "action": "flip", "at": 500000}'
expect_errno EIO read "$mnt/damaged/outputs/noise.bin"
expect "$(value taskfs_url_renewals_total)" 1 "URLs that were renewed"
refused=$(requests kind=object status=403)
((refused > 0)) || fail "no range was refused"
expect "$(value "$store\"error\"}")" "$refused" "ranges that were refused"
expect "$(value taskfs_check_failures_total)" 1 "members that are damaged"
