#!/bin/bash
# What is damaged amid files that are decoded ahead gives EIO, is said once, and spoils no other.
# tags: concurrent
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
for id in small large; do
    task $id
    mkdir "$work/in/$id"
    python - $id "$work/in/$id" "$root/$id/output.zip" <<'PY'
import os, random, sys
from builder import Member, archive
kind, folder, target = sys.argv[1:]
chance, members = random.Random(3), []
for i in range(200):
    name = f"{i:03d}.txt"
    is_damaged = i == 100
    n = chance.randrange(1, 9000)
    if kind == "large" and i % 20 == 0:
        n = 3_000_000
    data = chance.randbytes(n // 2).hex().encode()
    member = Member(f"artifacts/{name}", data)
    if is_damaged and kind == "small":
        member.crc ^= 1
    if is_damaged and kind == "large":
        middle = len(member.raw) // 2
        member.raw = member.raw[:middle] + bytes(64) + member.raw[middle + 64:]
    members.append(member)
    with open(os.path.join(folder, name), "wb") as file:
        file.write(b"" if is_damaged else data)
with open(target, "wb") as out:
    out.write(archive(members))
PY
done
emulator

# forget FOLDER: the kernel's copies of its files.
forget() {
    python - "$1" <<'PY'
import os, sys
for name in os.listdir(sys.argv[1]):
    fd = os.open(os.path.join(sys.argv[1], name), os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)
PY
}

said() {
    grep -c "$1.*is damaged" "$work/taskfs.stderr" || true
}

noise_allowed=yes
for id in small large; do
    for fresh in 1 2; do
        mount
        : >"$work/taskfs.stderr"
        for time in 1 2 3; do
            if cp -r "$mnt/$id/outputs" "$work/copy" 2>"$work/complaints"; then
                fail "the damaged file of '$id' was copied"
            fi
            expect "$(wc -l <"$work/complaints")" 1 "complaints of cp: $(<"$work/complaints")"
            expect_match "$(<"$work/complaints")" "100.txt.*Input/output error"
            : >"$work/copy/100.txt"
            diff -r "$work/in/$id" "$work/copy"
            rm -r "$work/copy"
            expect "$(said artifacts/100.txt)" $time "lines of the log about it, mount $fresh of '$id'"
            expect "$(said artifacts)" $time "lines of the log about any"
            forget "$mnt/$id/outputs"
        done
        expect "$(sed -n 's/^taskfs_check_failures_total //p' "$mnt/.taskfs/stats")" 3 "counted"
        unmount
    done
done
