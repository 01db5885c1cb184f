#!/bin/bash
# A damaged file never gets its name, its siblings do; a full disk is reported once.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

noise_allowed=yes
mkdir -p "$work/in"
for n in 1 2 3; do
    head -c 200000 /dev/urandom >"$work/in/f$n"
done
task one
python "$archives/writers.py" stored "$root/one/output.zip" "$work/in"
offset=$(python -c 'import sys; print(open(sys.argv[1], "rb").read().find(open(sys.argv[2], "rb").read()))' \
    "$root/one/output.zip" "$work/in/f2")
emulator
fault '{"match": {"kind": "object"}, "action": "flip", "at": '$((offset + 150000))'}'
mount
note_mounts
cd "$work"

for shell in dash 'busybox sh'; do
    rm -rf inductiva_output
    run taskfs-download one
    expect "$code" 1 "exit status with a damaged file"
    expect_match "$err" "taskfs-download: .*f2.*Input/output error" "the damaged file"
    expect_match "$err" "1 of 3 files are not there: the same command tries again" "how many"
    expect "$(ls inductiva_output/one/outputs | xargs)" "f1 f3" "its siblings"
    cmp in/f1 inductiva_output/one/outputs/f1
    cmp in/f3 inductiva_output/one/outputs/f3
done
clear_faults
unmount
mount
run taskfs-download one
expect "$code" 0 "exit status once it is right again"
diff -r in inductiva_output/one/outputs

# A small disk, in a namespace of its own.
unshare -rm true 2>/dev/null || skip "no user namespaces here"
mkdir small
code=0
# shellcheck disable=SC2016 # for the inner shell
unshare -m ${UID:+$([[ $UID == 0 ]] || echo -r)} sh -c '
    mount -t tmpfs -o size=500k none small || exit 9
    dash "$1" -m "$2" -o small one >out 2>err
    echo $? >code
    cd small/one/outputs && ls >../../../full_names && cmp f1 ../../../in/f1' sh "$programs/taskfs-download" "$mnt" || code=$?
expect "$code" 0 "the namespace"
expect "$(<code)" 1 "exit status on a full disk"
expect_match "$(<err)" "no space is left in 'small': complete files stay" "a full disk"
expect "$(grep -c 'No space left' err || :)" 0 "complaints of cp"
expect_match "$(xargs <full_names)" '^f1 f2$' "complete files stay"
