#!/bin/bash
# An ID may be a path into a mount, as a shell completes it, down to a file; the mount is not read.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir -p "$root/in1"
python "$archives/writers.py" zipfile "$root/in1/input.zip" sim_dir/case.txt input sim_dir/sub/more.txt more
task in1
# The last file makes the outputs look like a mount.
archive one artifacts/a.txt text 'artifacts/sub dir/b.csv' deep 'artifacts/sub dir/c.csv' third \
    artifacts/sub2/.hidden dot artifacts/.taskfs/config false
emulator # its address is in the mount's settings alone
mount
cd "$work"
ln -s "$mnt" link
files() { (cd "$work/w" 2>/dev/null && find . -type f | LC_ALL=C sort | xargs -d '\n'); }

# copied EXPECTED ARGUMENT...: just these files are copied, without a word on stderr.
copied() {
    local expected=$1
    shift
    rm -rf "$work/w"
    download -o "$work/w" "$@"
    expect "$code $err" "0 " "exit status and stderr of '$*'"
    expect "$(files)" "$expected" "what '$*' copies"
}

out_a=./one/outputs/a.txt out_b='./one/outputs/sub dir/b.csv' out_c='./one/outputs/sub dir/c.csv'
copied $out_a "$mnt/one" a.txt
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
copied "./in1/inputs/case.txt $out_a" -t "$mnt/one/outputs/a.txt" -t link/in1/inputs/case.txt
cd "$mnt"
copied "$out_a $out_b" one/outputs/a.txt 'one/outputs/sub dir/b.csv'
cd "$mnt/one/outputs/sub dir"
copied "$out_b" ./b.csv
copied "$out_b" ../../../one/outputs/'sub dir'/b.csv
cd "$work"

# Nothing of the mount is read but its settings: all requests are the program's own.
mount_requests() {
    settle
    grep -c '"user_agent":"taskfs/' "$request_log" || :
}
before=$(mount_requests)
copied $out_a "$mnt/one/outputs/a.txt"
copied ./one/output.zip "$mnt/one/output.zip"
expect "$(mount_requests)" "$before" "requests of the mount"

# fails MESSAGE ARGUMENT...: one line, and exit status 1.
fails() {
    local message=$1
    shift
    download -o w "$@"
    expect "$code $err" "1 taskfs-download: $message" "exit status and words of '$*'"
}
fails "'nope' is not among the outputs of task 'one'" "$mnt/one/outputs/nope"
fails "task 'nope': the service has no such task" "$mnt/nope/outputs/a.txt"
fails "'$mnt/in1/inputs/case.txt' is not a name below outputs" "$mnt/one/outputs/a.txt" "$mnt/in1/inputs/case.txt"
fails "'$work/nope': '$work' is not a mount of taskfs: name the task by its id, or mount there first" "$work/nope"
for wrong in status 'outputs/a.txt --inputs' 'inputs --outputs' 'outputs/a.txt --zip' 'output.zip a.txt'; do
    # shellcheck disable=SC2086 # several words
    download -o nothing "$mnt"/one/$wrong
    expect "$code $(wc -l <err)" "2 1" "exit status and lines for '$wrong'"
    [[ ! -e nothing ]]
done
download "$mnt/one/status"
expect_match "$err" "'$mnt/one/status' is neither an output nor an input" "a file beside the outputs"
