#!/bin/bash
# An interrupted download leaves no partial file under its name, and goes on where it was.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

size=$((24 << 20))
mkdir -p "$work/in"
head -c 5000 /dev/urandom >"$work/in/a-first"
head -c $size /dev/urandom >"$work/in/b-large"
head -c 5000 /dev/urandom >"$work/in/c-last"
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in" 2>/dev/null ||
    { task one && python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"; }
task one
emulator
mount
note_mounts
cd "$work"
part=inductiva_output/one/.outputs.part/b-large

bytes() { # fetched since the mark
    settle
    tail -n +$((marked_line + 1)) "$request_log" | jq -s '[.[] | select(.kind == "object") | .bytes] | add // 0'
}
has_stalled() { (($(waiting_requests) > 0)); }
has_part() { (($(stat -c %s "$part" 2>/dev/null || echo 0) > 4 << 20)); }

# Tells where a copy goes on.
mkdir "$work/bin"
# shellcheck disable=SC2016 # for the script
printf '#!/bin/sh\necho "$2" >>%s/tails\nexec %s "$@"\n' "$work" "$(command -v tail)" >"$work/bin/tail"
chmod +x "$work/bin/tail"

for shell in dash 'busybox sh'; do
    for signal in TERM:143 INT:130; do
        rm -rf inductiva_output
        unmount
        mount
        ls "$mnt/one/outputs" >/dev/null # the directory is at the archive's end
        fault '{"match": {"kind": "object", "range_from_at_least": '$((size / 2))'}, "action": "stall", "after": 0}'
        begin taskfs-download one
        eventually 10 has_part
        eventually 10 has_stalled
        kill -"${signal%:*}" "$begun"
        expect_end "${signal#*:}"
        expect_match "$(<"$work/err")" "interrupted: the same command continues from here" "what it says"
        expect "$(ls inductiva_output/one/outputs)" a-first "what is whole after $signal"
        clear_faults
        had=$(stat -c %s "$part")
        mark
        rm -f tails
        PATH=$work/bin:$PATH run taskfs-download one
        expect "$code $err" "0 " "exit status and stderr of the second run"
        expect "$(<tails)" "+$((had + 1))" "where it goes on"
        expect_match "$out" "^3 files .*, 1 of them were there already" "the second run"
        diff -r in inductiva_output/one/outputs
        expect "$(ls -A inductiva_output/one)" outputs "nothing else is left"
        # What had been fetched is not fetched again, as long as the mount has seen it.
        fetched=$(bytes)
        ((fetched <= size - had + (4 << 20))) || fail "$fetched bytes fetched, $had of $size were there"
    done
done

# A partial copy that is something else is found out.
mkdir -p inductiva_output/one/.outputs.part
rm inductiva_output/one/outputs/b-large
head -c $((3 << 20)) /dev/zero >"$part"
run taskfs-download one
expect "$code" 0 "exit status over a wrong part"
cmp in/b-large inductiva_output/one/outputs/b-large

# The archive itself; a part of another one is not gone on with.
head -c $((5 << 20)) "$root/one/output.zip" >inductiva_output/one/.output.zip.part
run taskfs-download --zip one
expect "$code" 0 "exit status of --zip over a part"
cmp "$root/one/output.zip" inductiva_output/one/output.zip
rm inductiva_output/one/output.zip
head -c $((5 << 20)) /dev/zero >inductiva_output/one/.output.zip.part
run taskfs-download --zip one
expect "$code" 0 "exit status of --zip over a wrong part"
cmp "$root/one/output.zip" inductiva_output/one/output.zip

# One at a time.
rm -rf inductiva_output/one/outputs
mkdir -p inductiva_output/one
exec 8<inductiva_output/one
flock 8
run taskfs-download one
expect "$code" 1 "exit status while another is at work"
expect_match "$err" "another taskfs-download is at work in 'inductiva_output/one'" "another"
