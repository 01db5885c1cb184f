#!/bin/bash
# An interrupted download leaves complete files alone, and the next one goes on where it was.
#
# row INT 130: Interrupted by Ctrl+C.
# row TERM 143: Ended by SIGTERM.
# row HUP 129: When its terminal is gone.
# row KILL 137: Killed, without a chance to do anything.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"
signal=$1 exit_status=$2

size=$((24 << 20))
mkdir -p "$work/in"
head -c 5000 /dev/urandom >"$work/in/a-first"
head -c $size /dev/urandom >"$work/in/b-large"
head -c 5000 /dev/urandom >"$work/in/c-last"
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
service
cd "$work"
parts=inductiva_output/one/.outputs.part

has_part() { # more than 4 MiB of the large file have arrived
    local part
    part=$(compgen -G "$parts/*") && [[ $part != *$'\n'* ]] && (($(stat -c %s "$part") > 4 << 20))
}

# Only the large file's second half is held back. The directory is at the archive's end.
fault '{"match": {"kind": "object", "range_from_at_least": '$((size / 2))'}, "skip": 1, "action": "stall", "after": 0}'
begin_download one
eventually 10 has_part
eventually 10 has_stalled
eventually 10 test -e inductiva_output/one/outputs/c-last
kill -"$signal" "$begun"
expect_end "$exit_status"
if [[ $signal != KILL ]]; then
    expect "$(<err)" "taskfs-download: interrupted: the same command continues from here" "what it says"
fi
expect "$(<out)" '' "output of an interrupted run"
expect "$(ls -A inductiva_output/one/outputs | xargs)" "a-first c-last" "what is whole"
cmp in/a-first inductiva_output/one/outputs/a-first
cmp in/c-last inductiva_output/one/outputs/c-last
clear_faults

# What has arrived of a stored file is not fetched again, apart from its beginning.
part=$(compgen -G "$parts/*")
had=$(stat -c %s "$part")
mark
download one
expect "$code $err" "0 " "exit status and stderr of the second run"
expect_match "$out" "^3 files .*, 2 of them were there already" "the second run"
diff -r in inductiva_output/one/outputs
expect "$(ls -A inductiva_output/one)" outputs "nothing else is left"
fetched=$(bytes_fetched)
((fetched <= size - had + (2 << 20))) || fail "$fetched bytes fetched, $had of $size were there"

# A part that is something else is found out, and a longer one is not believed either.
for content in "head -c $((3 << 20)) /dev/zero" "cat in/b-large in/a-first"; do
    mkdir "$parts"
    rm inductiva_output/one/outputs/b-large
    $content >"$part"
    download one
    expect "$code" 0 "exit status over a wrong part, $content"
    cmp in/b-large inductiva_output/one/outputs/b-large
done
