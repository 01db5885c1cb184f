#!/bin/bash
# A finished task whose archive comes late shows it without a refresh; unseen, it costs nothing.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for id in output input; do
    task "$id"
done
emulator
mount
pack() { # ID ARCHIVE FOLDER: an archive that appears whole
    python "$archives/writers.py" zipfile "$work/$2" "$3/a.txt" "text of $2"
    mv "$work/$2" "$root/$1/$2"
}

# --- absent: empty, for every way to look at it
expect "$(ls -A "$mnt/output/outputs")" "" "outputs without an archive"
expect "$(wc -c <"$mnt/output/outputs_info")" 0 "bytes of outputs_info"
expect_errno ENOENT stat "$mnt/output/output.zip"
expect "$(ls -A "$mnt/input/inputs")" "" "inputs without an archive"
expect_errno ENOENT stat "$mnt/input/input.zip"

# --- an absence is believed for a moment, and nobody asks by himself
mark
ls "$mnt/output/outputs" >/dev/null
ls "$mnt/output/outputs" >/dev/null
expect_requests 0-1 kind=signed-url task=output
mark
sleep 3 # that nothing happens meanwhile is the point
expect_requests 0

# --- it has come: seen within seconds, for ever
pack output output.zip artifacts
pack input input.zip sim_dir
is_there() { # FILE
    [[ -e $1 ]]
}
eventually 10 is_there "$mnt/output/outputs/a.txt" || fail "the late output is not seen"
eventually 10 is_there "$mnt/input/inputs/a.txt" || fail "the late input is not seen"
expect "$(<"$mnt/output/outputs/a.txt")" "text of output.zip" "the output"
expect "$(<"$mnt/input/inputs/a.txt")" "text of input.zip" "the input"
grep -q a.txt "$mnt/output/outputs_info" || fail "outputs_info is '$(<"$mnt/output/outputs_info")'"
cmp "$mnt/output/output.zip" "$root/output/output.zip"
cmp "$mnt/input/input.zip" "$root/input/input.zip"
mark
ls -l "$mnt/output/outputs" "$mnt/input/inputs" "$mnt/output/output.zip" >/dev/null
cat "$mnt/output/outputs_info" >/dev/null
expect_requests 0
