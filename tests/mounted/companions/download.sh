#!/bin/bash
# taskfs-download copies outputs, inputs or archives, all or by name, with modes, times and links.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

mkdir -p "$work/in/sub/deep" "$work/in/empty"
printf 'one\n' >"$work/in/a b.csv"
printf 'two\n' >"$work/in/[1].csv"
printf 'dash\n' >"$work/in/-n"
printf 'lines\n' >"$work/in/new
line"
printf 'deep\n' >"$work/in/sub/deep/c.csv"
head -c 300000 /dev/urandom >"$work/in/sub/noise"
chmod 755 "$work/in/sub/noise"
ln -s deep/c.csv "$work/in/sub/link"
touch -hd '2026-01-05 10:00:00' "$work/in"/* "$work/in/sub"/*
mkdir -p "$root/one" "$root/in1"
(cd "$work" && mv in artifacts && zip -qry "$root/one/output.zip" artifacts)
python "$archives/writers.py" zipfile "$root/in1/input.zip" sim_dir/case.txt input
task one
task in1
task running '{"status": "computation-started"}'
emulator
mount
note_mounts
cd "$work"

for shell in dash 'busybox sh'; do
    rm -rf inductiva_output named
    run taskfs-download one
    expect "$code $err" "0 " "exit status and stderr"
    expect "$out" "7 files (300.03 KB) of task 'one' are in 'inductiva_output/one/outputs'" "what it says"
    diff -r --no-dereference artifacts inductiva_output/one/outputs
    expect "$(cd artifacts && find . ! -type d -printf '%p %m %Ts %y %l\n' | sort)" \
        "$(cd inductiva_output/one/outputs && find . ! -type d -printf '%p %m %Ts %y %l\n' | sort)" \
        "modes, times, links"
    expect "$(ls -A inductiva_output/one)" outputs "nothing else is left"

    mark
    run taskfs-download one
    expect "$code" 0 "exit status of doing it again"
    expect_match "$out" "^7 files .*, 7 of them were there already$" "doing it again"
    expect_requests 0

    # A file that was removed is fetched again, one that was changed only with --force.
    echo longer >inductiva_output/one/outputs/-n
    rm inductiva_output/one/outputs/sub/noise
    run taskfs-download one
    expect "$code" 1 "exit status over a changed file"
    expect_match "$out" "^6 of 7 files .*, 5 of them were there already$" "mending"
    expect "$(<inductiva_output/one/outputs/-n)" longer "the changed file"
    rm inductiva_output/one/outputs/sub/noise
    run taskfs-download --force one
    expect "$code $err" "0 " "exit status and stderr with --force"
    expect_match "$out" "^7 files .*, 5 of them were there already$" "mending with --force"
    diff -r --no-dereference artifacts inductiva_output/one/outputs

    INDUCTIVA_OUTPUT_DIR=named run taskfs-download one '*.csv' nope sub/deep '[1].csv' ./-n 'z*' ../one/status
    expect "$code" 1 "exit status when a name is not there"
    expect "$(grep -c 'is not among the outputs' "$work/err")" 2 "names that are not there"
    expect_match "$err" "'nope' is not among the outputs of task 'one'" "a name that is not there"
    expect_match "$err" "'../one/status' is not a name below outputs" "a name that leads out"
    expect "$(cd named/one/outputs && find . -type f | sort | xargs -d '\n')" './-n ./[1].csv ./a b.csv ./sub/deep/c.csv' "the rest"
    # The same names as people and tab completion write them.
    for name in sub//deep ././sub/./deep/. sub/deep// outputs//sub/deep "$mnt//one/./outputs/sub/deep/" 'su[b]//deep/./c*'; do
        rm -rf named
        run taskfs-download -o named one "$name"
        expect "$code $err" "0 " "exit status and stderr of '$name'"
        expect "$(cd named/one/outputs && find . -type f)" ./sub/deep/c.csv "what '$name' stands for"
    done
    for name in . ./ .// outputs outputs/. "$mnt/one/outputs"; do
        rm -rf named
        run taskfs-download -o named one sub/deep "$name"
        expect "$code $err" "0 " "exit status and stderr of '$name'"
        diff -r --no-dereference artifacts named/one/outputs
    done
    for name in '' / /nope .. ./.. sub/../-n '.*' '.*/status'; do
        run taskfs-download -o nothing one "$name"
        expect "$code $out" "1 " "exit status of '$name'"
        [[ ! -e nothing ]]
    done
    run taskfs-download one nope
    expect "$code $out" "1 " "nothing to copy"

    run taskfs-download -o named/sub --inputs in1
    expect "$code $(<named/sub/in1/inputs/case.txt)" "0 input" "inputs"
    run taskfs-download -o named --zip one
    expect "$code" 0 "exit status of --zip"
    cmp named/one/output.zip "$root/one/output.zip"
    run taskfs-download -o named --zip one
    expect "$out" "the archive is in 'named/one/output.zip' already" "--zip again"
    run taskfs-download -o named --zip --inputs in1
    cmp named/in1/input.zip "$root/in1/input.zip"

    run taskfs-download running
    expect "$code" 1 "exit status of a running task"
    expect_match "$err" "task 'running' \(computation-started\) has no outputs yet" "a running task"
    run taskfs-download --zip in1
    expect "$code" 1 "exit status without an archive"
    for option in '' --zip; do
        # shellcheck disable=SC2086 # none, or one
        run taskfs-download -o nothing --inputs $option running
        expect "$code $out" "1 " "exit status of a task without inputs $option"
        expect_match "$err" "task 'running' \(computation-started\) has no input(s| archive)$" "no inputs $option"
        [[ ! -e nothing ]]
    done
    run taskfs-download "$work/nope"
    expect "$code" 1 "exit status of a wrong path"
    expect_match "$err" "'$work/nope': '$work' is not a mount of taskfs" "a wrong path"
    run taskfs-download nope
    expect "$code" 1 "exit status of a typo"
    expect_match "$err" "task 'nope': no such task in '$mnt'" "a typo"

    : >file
    run taskfs-download -o file/x one
    expect "$code" 1 "exit status where it can't write"
    expect_match "$err" "cannot write to 'file/x/one': .*Not a directory; name another directory with -o" "can't write"
done

# A terminal sees how far it is.
rm -rf inductiva_output
run_on_terminal "dash '$programs/taskfs-download' one"
expect "$code" 0 "exit status on a terminal"
expect_match "$out" $'\r\\[#+\\] 100%  300.03 KB of 300.03 KB' "the bar"
run_on_terminal "dash '$programs/taskfs-download' -q -o quiet one"
expect "$(wc -l <"$work/out")" 1 "lines with -q"
