#!/bin/bash
# A store that takes few suffix ranges is asked for an ordinary one, at once, and is remembered.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

# An archive that is smaller than the suffix that is asked for, and one of which all is too much.
archive small artifacts/a.txt text
archive other artifacts/a.txt word
mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
task large
python "$archives/writers.py" stored "$root/large/output.zip" "$work/in"
cp -r "$root/large" "$root/twin"
emulator

size=$(stat -c %s "$root/large/output.zip") little=$(stat -c %s "$root/small/output.zip")
suffix=bytes=-12416 # 12 KiB and 128 bytes a file
tail=bytes=$((size - 12416))-$((size - 1))
all=bytes=0-$((little - 1))

# What is asked for to list a task's outputs.
ranges() { # TASK
    mark
    ls "$mnt/$1/outputs" >"$work/names"
    requests_each range kind=object "task=$1"
}

# What is asked for of four archives in turn, at a store that plays by this rule.
store() { # RULE LARGE TWIN SMALL OTHER
    clear_faults
    fault "{\"match\": {\"kind\": \"object\"}, \"action\": \"no_suffix\"$1}"
    mount
    expect "$(ranges large)" "$2" "$1: the first archive"
    expect "$(ranges twin)" "$3" "$1: the second"
    expect "$(ranges small)" "$4" "$1: a small one"
    expect "$(ranges other)" "$5" "$1: another small one"
    expect "$(<"$mnt/small/outputs/a.txt")" text "$1: an output"
    cmp "$work/in/noise.bin" "$mnt/large/outputs/noise.bin"
    expect "$(grep -c '^taskfs_retries_total 0$' "$mnt/.taskfs/stats")" 1 "$1: none was retried"
    unmount
}

for rule in '' ', "no_total": true' ', "code": 501' ', "code": 400' ', "code": 200'; do
    store "$rule" "$suffix $tail" "$tail" "$all" "$all"
done
store ', "longer": true' "$suffix" "$suffix" "$suffix $all" "$all"
store ', "longer": true, "no_total": true' "$suffix" "$suffix" "$suffix $all" "$all"
