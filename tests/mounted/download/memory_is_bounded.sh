#!/bin/bash
# A download takes at most 128 MiB of memory, whatever the archive.
# tags: alone plain
#
# row million: Of a million files, a folder, and all of them until some thousands have come.
# row zeros: Of a file of 20 GiB of zeros, the first GiB.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

peak() { # of what was begun, in MiB
    awk '$1 == "VmHWM:" { print int($2 / 1024 + 0.5) }' "/proc/$begun/status"
}
expect_peak() { # MIB
    (($1 > 4 && $1 <= 128)) || fail "$1 MiB at the peak, at most 128 expected"
    echo "$1 MiB at the peak"
}
stop_at_peak() {
    expect_peak "$(peak)"
    kill -TERM "$begun"
    expect_end 143
}

task one
case $1 in
million)
    python "$archives/many.py" "$root/one/output.zip" 1000000 1000
    service
    cd "$work"
    python - "$TASKFS_DOWNLOAD" -o w one 0500 >out 2>err <<'END'
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
END
    expect "$(<err)" '' "stderr"
    expect_match "$(head -n 1 out)" "^1000 files " "what it says"
    read -r code highest < <(tail -n 1 out)
    expect "$code $(cat w/one/outputs/0500/* | sort -u | wc -l)" "0 1000" "exit status and different files"
    expect "$(<w/one/outputs/0500/0500999.txt)" 0500999 "the last file"
    expect_peak "$highest"

    begin_download -q -o all one
    has_come() { [[ -e all/one/outputs/0005 ]]; }
    eventually 30 has_come
    stop_at_peak
    ;;
zeros)
    # Where no room is reserved for the file, a disk with less than 20 GiB will do.
    command -v cc >/dev/null || skip "no C compiler"
    cc -shared -fPIC -D_GNU_SOURCE -o "$work/poor_fs.so" "$lib/poor_fs.c"
    # The CRC-32 is not right: nobody comes to the end.
    python - "$root/one/output.zip" <<'END'
import sys
import zlib
from builder import Member, archive
packer = zlib.compressobj(9, zlib.DEFLATED, -15)
chunk = packer.compress(bytes(16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
raw = chunk * (20 << 30 >> 24) + packer.flush()
with open(sys.argv[1], "wb") as out:
    out.write(archive([Member("artifacts/zeros", raw=raw, size=20 << 30, compressed_size=len(raw), crc=0)]))
END
    service
    cd "$work"
    LD_PRELOAD=$work/poor_fs.so begin_download -q -o w one
    has_gib() {
        local part
        part=$(large_part w/one)
        [[ -n $part ]] && (($(stat -c %s "$part") >= 1 << 30))
    }
    eventually 30 has_gib
    stop_at_peak
    expect "$(ls -A w/one/outputs)" '' "what has a name"
    ;;
esac
