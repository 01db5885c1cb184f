#!/bin/bash
# 256 MiB through URLs that die every 2 s: every byte comes, with one URL a lifetime at the most.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c $((256 << 20)) /dev/urandom >"$work/in/noise.bin"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
emulator --url-lifetime 2
fault '{"match": {"kind": "object"}, "action": "delay", "seconds": 0.4}'
mount

mark
before=$(now_ms)
cat "$mnt/one/outputs/noise.bin" >"$work/out.bin"
took=$(($(now_ms) - before))
cmp "$work/in/noise.bin" "$work/out.bin"
# The first, and one for each that has died.
count=$(requests kind=signed-url)
((count <= took / 2000 + 1)) || fail "$count signed URLs in $took ms"
((count >= 3)) || fail "in $took ms only $count URLs were needed: this tests nothing"
(($(requests kind=object status=403) > 0)) || fail "no URL was refused"
