#!/bin/bash
# A large deflated file that was being downloaded by a process that was killed is continued where
# its decoder's state was noted last, and begun anew where the note or the part is damaged.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

size=$((160 << 20))
mkdir -p "$work/in"
python - "$work/in/large" $size <<'END'
import random, sys
chance = random.Random(7)
noise = chance.randbytes(1 << 20)
with open(sys.argv[1], "wb") as file:
    for i in range(int(sys.argv[2]) >> 20):
        at = chance.randrange(1 << 18)
        file.write(b"%08d" % i + noise[at:at + (1 << 18)] + bytes((1 << 20) - (1 << 18) - 8))
END
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
archive_size=$(stat -c %s "$root/one/output.zip")
service
cd "$work"
parts=w/one/.outputs.part

interrupt() { # the last fifth of the archive is held back, and the download killed then
    rm -rf w
    clear_faults
    fault '{"match": {"kind": "object", "range_from_at_least": '$((archive_size * 4 / 5))'}, "skip": 1, "action": "stall", "after": 0}'
    begin_download -o w one
    eventually 20 has_stalled
    eventually 20 has_note
    eventually 20 has_most
    kill -KILL "$begun"
    expect_end 137
    clear_faults
    note=$(compgen -G "$parts/*.note")
    part=${note%.note}
}
has_note() { compgen -G "$parts/*.note" >"$work/found"; }
has_most() { (($(stat -c %s "$parts"/*-* | sort -n | tail -n 1) > size / 2)); }

interrupt
expect "$(ls -A w/one/outputs)" '' "names before the file is whole"
mark
download -o w one
expect "$code $err" "0 " "exit status and stderr of the second run"
cmp in/large w/one/outputs/large
expect "$(ls -A w/one)" outputs "nothing else is left"
fetched=$(bytes_fetched)
# The state was noted after 64 or 128 of 160 MiB.
((fetched < archive_size * 7 / 10)) || fail "$fetched bytes fetched, of an archive of $archive_size"

# A bit flipped in the note: the file begins anew. In the part: that is found out at its end.
flip() { # FILE OFFSET
    python - "$1" "$2" <<'END'
import sys
with open(sys.argv[1], "r+b") as file:
    file.seek(int(sys.argv[2]))
    byte = file.read(1)[0]
    file.seek(int(sys.argv[2]))
    file.write(bytes([byte ^ 16]))
END
}
interrupt
flip "$note" 3000
mark
download -o w one
expect "$code $err" "0 " "exit status and stderr over a damaged note"
cmp in/large w/one/outputs/large
fetched=$(bytes_fetched)
((fetched > archive_size * 9 / 10)) || fail "$fetched bytes fetched: the note was believed"

interrupt
flip "$part" $((5 << 20))
download -o w one
expect "$code" 0 "exit status over a damaged part"
cmp in/large w/one/outputs/large
expect "$(ls -A w/one)" outputs "nothing else is left"
