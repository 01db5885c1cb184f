# shellcheck shell=bash
# For tests of what is stalled, after lib.sh. Three things do not come on the mount: the bytes of
# outputs/noise.bin of the task `data`, whose tree is known; the tree of the task `tree`; and the
# details of the task `live`, which runs.
mkdir "$work/in"
head -c 5000000 /dev/urandom >"$work/in/noise.bin"
for id in data tree; do
    task $id
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/in"
done
task live '{"status": "computation-started"}'
emulator
mount
noise_allowed=yes
ls -l "$mnt/data/outputs" >/dev/null

fault '[{"match": {"kind": "object"}, "action": "stall", "after": 0},
    {"match": {"kind": "task", "task": "live"}, "action": "stall_headers"}]'
