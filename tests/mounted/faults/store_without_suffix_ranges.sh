#!/bin/bash
# A store that knows no suffix ranges costs one request more for its first archive, and no delay.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

# Small ones, shorter than a suffix that is asked for, and a large one, of which 200 is too much.
archive one artifacts/a.txt text
archive two artifacts/a.txt second
mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
for id in large other; do
    task $id
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/in"
done
emulator
noise_allowed=yes

# The store, and how many requests the first archive costs beside the one for the rest of a file.
play() { # RULE
    clear_faults
    fault "{\"match\": {\"kind\": \"object\"}, \"action\": \"no_suffix\", $1}"
    mount
    mark
    within 2000 cmp "$work/in/noise.bin" "$mnt/large/outputs/noise.bin"
    suffixes=$(requests kind=object task=large range_prefix=bytes=-)
    ((suffixes <= 1)) || fail "$1: $suffixes requests for a suffix"
    mark
    within 2000 cmp "$work/in/noise.bin" "$mnt/other/outputs/noise.bin"
    expect "$(<"$mnt/one/outputs/a.txt")" text "$1: an output"
    expect "$(<"$mnt/two/outputs/a.txt")" second "$1: another output"
    unmount
}
