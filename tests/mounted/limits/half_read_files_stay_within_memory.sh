#!/bin/bash
# Files that are open and half read keep within the cache's budget, however many they are.
#
# row deflated: Of deflated members.
# row bzip2: Of members that libzip decodes, of which each decoder takes 4 MB.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

# A member has 2 MB, of which 200 KB are read, and some more by the kernel; all have the same
# content.
method=$1
count=$((slower > 1 ? 600 : 6000))
[[ $method == deflated ]] || count=$((count / 20))
task one
python - "$root/one/output.zip" "$method" "$count" <<'PY'
import bz2, copy, random, sys
from builder import Member, archive
source = random.Random(3)
data = b"".join(source.randbytes(64) + b"%06d" % i * 400 for i in range(1000))[:2000000]
raw = {"raw": bz2.compress(data), "method": 12} if sys.argv[2] == "bzip2" else {}
first = Member("artifacts/0", data, **raw)
members = []
for i in range(int(sys.argv[3])):
    members.append(copy.copy(first))
    members[-1].name = b"artifacts/%05d" % i
open(sys.argv[1], "wb").write(archive(members))
PY
emulator
mount -o cache_size=4M

memory() { # KEY: MiB
    awk -v key="$1:" '$1 == key { print int($2 / 1024) }' "/proc/$taskfs_pid/status"
}

python - "$mnt/one/outputs" "$work/state" <<'PY' &
import os, resource, sys, time
names = sorted(os.listdir(sys.argv[1]))
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
files = [open(os.path.join(sys.argv[1], name), "rb", buffering=0) for name in names]
halves = {b"".join(iter(lambda: file.read(40000) if file.tell() < 200000 else b"", b""))
          for file in files}
assert len(halves) == 1 and len(halves.pop()) == 200000
open(sys.argv[2] + ".read", "w").close()
while not os.path.exists(sys.argv[2] + ".go"):
    time.sleep(0.05)
rest = {file.read() for file in set(files[:50] + files[-50:])}
assert sorted(map(len, rest)) == [1800000], [(len(part), part[:40]) for part in rest]
PY
reader=$!
eventually 50 test -e "$work/state.read"
open_memory=$(memory VmRSS)
touch "$work/state.go"
wait "$reader"
closed_memory=$(memory VmRSS)
echo "$open_memory MiB with $count open files, $closed_memory after they were closed, at most $(memory VmHWM)"
if ((slower == 1)); then
    (($(memory VmHWM) <= 4 + 64)) || fail "$(memory VmHWM) MiB at the peak, at most 68 expected"
    eventually 5 test "$(memory VmRSS)" -le 40
fi
