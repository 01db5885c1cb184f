#!/bin/bash
# cp -r of 10,000 small files makes at most 1,500 requests of the kernel; what only reads may be
# faster than the daemon, and still makes less than one a file.
# tags: alone plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
python - "$work/in" <<'PY'
import os, random, sys
chance = random.Random(2)
words = [chance.randbytes(8).hex() for _ in range(4000)]
for i in range(10000):
    folder = os.path.join(sys.argv[1], f"step_{i // 500:02d}")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"probe_{i:05d}.csv"), "w") as file:
        file.write("\n".join(chance.choices(words, k=350)))
PY
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
emulator

upcalls() { # [OPERATION]
    awk -v op="${1:-}" '/^taskfs_upcalls_total/ && (op == "" || index($1, "\"" op "\"")) { n += $2 }
        END { print n }' "$mnt/.taskfs/stats"
}

copy() { # MOST COMMAND...: on a mount of its own
    local before count most=$1
    shift
    mount
    ls "$mnt" >/dev/null
    before=$(upcalls)
    "$@"
    count=$(($(upcalls) - before))
    ((count <= most)) || fail "$count requests of the kernel for '$*': $(grep ^taskfs_upcalls "$mnt/.taskfs/stats" | grep -v ' 0$')"
    expect "$(upcalls open)" 1 "OPENs"
    expect "$(upcalls release)" 0 "RELEASEs"
    unmount
}

copy 1500 cp -r "$mnt/one/outputs" "$work/copy"
diff -r "$work/in" "$work/copy"
rm -r "$work/copy"
copy 9000 rsync -a "$mnt/one/outputs/" "$work/copy"
diff -r "$work/in" "$work/copy"
rm -r "$work/copy"
mkdir "$work/copy"
# shellcheck disable=SC2016 # the inner shell expands them
copy 9000 sh -c 'tar -C "$1" -cf - . | tar -C "$2" -xf -' sh "$mnt/one/outputs" "$work/copy"
diff -r "$work/in" "$work/copy"
expect "$(copy 9000 grep -rc "no such word" "$mnt/one/outputs" | grep -c :0)" 10000 "files that grep has seen"
