#!/bin/bash
# taskfs-download takes a path below a task, as a shell completes it; the others refuse it in words.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

mkdir -p "$root/in1"
python "$archives/writers.py" zipfile "$root/in1/input.zip" sim_dir/case.txt input sim_dir/sub/more.txt more
task in1
# The last file makes the outputs look like a mount.
archive one artifacts/a.txt text 'artifacts/sub dir/b.csv' deep 'artifacts/sub dir/c.csv' third \
    artifacts/sub2/.hidden dot artifacts/.taskfs/config false
emulator
mount
note_mounts
cd "$work"
ln -s "$mnt" link
files() { (cd w 2>/dev/null && find . -type f | sort | xargs -d '\n'); }

# copied EXPECTED ARGUMENT...: just these files are copied, without a word on stderr.
copied() {
    local expected=$1
    shift
    rm -rf "$work/w"
    run taskfs-download -o "$work/w" "$@"
    expect "$code $err" "0 " "exit status and stderr of '$*'"
    expect "$(cd "$work" && files)" "$expected" "what '$*' copies"
}

for shell in dash 'busybox sh'; do
    out_a=./one/outputs/a.txt out_b='./one/outputs/sub dir/b.csv' out_c='./one/outputs/sub dir/c.csv'
    copied $out_a "$mnt/one/outputs/a.txt"
    copied $out_a "$mnt//one/./outputs//a.txt"
    copied $out_a link/one/outputs/a.txt
    copied "$out_b $out_c" "$mnt/one/outputs/sub dir/"
    copied "$out_b $out_c" "$mnt/one/outputs/sub*/*.csv"
    copied "$out_a $out_b" "$mnt/one/outputs/a.txt" "$mnt/one/outputs/sub dir/b.csv"
    copied "$out_a $out_b" link/one/outputs/a.txt 'link/one/outputs/sub dir/b.csv'
    copied "$out_a $out_b" link/one/outputs/a.txt "$mnt/one/outputs/sub dir/b.csv"
    copied ./one/outputs/sub2/.hidden "$mnt/one/outputs/sub2/.hidden"
    copied "./one/outputs/.taskfs/config $out_a $out_b $out_c ./one/outputs/sub2/.hidden" "$mnt/one/outputs"
    copied "$out_a" "$mnt/one/outputs/" a.txt
    copied ./in1/inputs/case.txt "$mnt/in1/inputs/case.txt"
    copied ./in1/inputs/case.txt --inputs "$mnt/in1/inputs/case.txt"
    copied './in1/inputs/case.txt ./in1/inputs/sub/more.txt' "$mnt/in1/inputs"
    copied ./one/output.zip "$mnt/one/output.zip"
    copied ./one/output.zip --zip "$mnt/one/outputs/"
    copied ./in1/input.zip "$mnt/in1/input.zip"
    copied $out_a -m "$mnt" one "$mnt/one/outputs/a.txt"
    cd "$mnt"
    copied "$out_a $out_b" one/outputs/a.txt 'one/outputs/sub dir/b.csv'
    cd "$mnt/one/outputs/sub dir"
    copied "$out_b" ./b.csv
    copied "$out_b" ../../../one/outputs/'sub dir'/b.csv
    cd "$work"

    # A path that cannot be downloaded is reported without the advice to mount there.
    run taskfs-download -o w "$mnt/one/outputs/nope"
    expect "$code $err" "1 taskfs-download: '$mnt/one/outputs/nope' is not among the outputs of task 'one'" "no such file"
    run taskfs-download -o w "$mnt/nope/outputs/a.txt"
    expect "$code $err" "1 taskfs-download: task 'nope': no such task in '$mnt'" "no such task"
    run taskfs-download -o w "$mnt/one/outputs/a.txt" "$mnt/in1/inputs/case.txt"
    expect "$code" 1 "exit status with a file of another task"
    expect "$err" "taskfs-download: '$mnt/in1/inputs/case.txt' is not a name below outputs" "a file of another task"
    for wrong in status 'outputs/a.txt --inputs' 'outputs/a.txt --zip' 'output.zip a.txt'; do
        # shellcheck disable=SC2086 # several words
        run taskfs-download -o nothing "$mnt"/one/$wrong
        expect "$code $(wc -l <"$work/err")" "2 1" "exit status and lines for '$wrong'"
        [[ ! -e nothing ]]
    done
    expect_match "$(run taskfs-download "$mnt/one/status"; echo "$err")" "'$mnt/one/status' is neither an output nor an input" \
        "a file beside the outputs"
    for program in taskfs-wait 'taskfs-kill -y'; do
        # shellcheck disable=SC2086 # several words
        run $program "$mnt/one/outputs/a.txt"
        expect "$code" 1 "exit status of $program"
        expect "$err" "${program% *}: '$mnt/one/outputs/a.txt': the path leads into a task: name the task itself, '$mnt/one'" \
            "what $program says"
    done
    run taskfs-list -m "$mnt/one/outputs"
    expect "$err" "taskfs-list: '$mnt/one/outputs' is not a mount itself, but lies in the mount at '$mnt'" "-m"
done

# A mount that is dead is named, not the folder in it.
kill -KILL "$taskfs_pid"
wait "$taskfs_pid" || :
taskfs_pid=
run taskfs-download "$mnt/one/outputs/a.txt"
expect "$code" 1 "exit status with a dead mount"
expect_match "$err" "the mount at '$mnt' is dead .*'taskfs $mnt' mounts it again" "a dead mount"
fusermount3 -u -z "$mnt"
