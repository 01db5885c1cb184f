#!/bin/bash
# taskfs-download replaces no file whose content differs, unless --force is given; it says which.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/companions.sh"

mkdir -p "$work/in/sub"
for name in same longer resized touched sub/linked sub/pipe gone; do
    head -c 20000 /dev/urandom >"$work/in/$name"
done
touch -d '2026-01-05 10:00:00' "$work"/in/* "$work"/in/sub/*
mkdir -p "$root/one" "$root/many"
(cd "$work/in" && zip -qry "$root/one/output.zip" .)
mkdir "$work/many"
for n in $(seq -w 1 15); do
    echo "original $n" >"$work/many/f$n"
done
(cd "$work/many" && zip -qr "$root/many/output.zip" .)
task one
task many
emulator
mount
note_mounts
cd "$work"
outputs=w/one/outputs
differs() { echo "taskfs-download: '$outputs/$1' differs from the original, and is left alone: --force replaces it"; }

for shell in dash 'busybox sh'; do
    rm -rf w elsewhere
    run taskfs-download -o w one
    expect "$code $err" "0 " "exit status and stderr of the first download"
    diff -r in $outputs

    # Edits by a user: one file keeps its size and gets a new time, another keeps its time.
    tr '\0-\377' '\1-\377\0' <in/same >$outputs/same
    echo more >>$outputs/longer
    touch -d '2026-01-05 10:00:00' $outputs/longer
    head -c 1000 in/resized >$outputs/resized
    touch $outputs/touched
    mv $outputs/sub/linked elsewhere
    touch elsewhere
    ln -s "$work/elsewhere" $outputs/sub/linked
    rm $outputs/sub/pipe $outputs/gone
    mkfifo $outputs/sub/pipe
    cp -a $outputs before
    run taskfs-download -o w one
    expect "$code" 1 "exit status over edited files"
    expect "$(sort "$work/err")" "$(for name in longer resized same sub/pipe; do differs "$name"; done | sort)" \
        "what it says of edited files"
    expect_match "$out" "^3 of 7 files .*, 2 of them were there already$" "how many"
    cmp in/gone $outputs/gone
    rm $outputs/gone
    expect "$(cd $outputs && find . ! -type d -printf '%p %y %s %T@ %l\n' | sort)" \
        "$(cd before && find . ! -type d -printf '%p %y %s %T@ %l\n' | sort)" "what is there"
    cmp before/same $outputs/same
    expect "$(ls -A w/one)" outputs "nothing else is left"

    # Neither a name on the command line nor a copy that arrived earlier permits the replacement.
    run taskfs-download -o w one same touched
    expect "$code $err" "1 $(differs same)" "a named file"
    mkdir w/one/.outputs.part
    cp -p in/same in/longer w/one/.outputs.part
    run taskfs-download -o w one same longer
    expect "$code" 1 "exit status over files that have arrived"
    cmp before/same $outputs/same
    cmp before/longer $outputs/longer

    # A different size needs no data from the service, and neither does an equal size and time.
    unmount
    mount
    run taskfs-download -o w one gone
    rm -f $outputs/touched
    cp -p in/touched $outputs/touched
    ls "$mnt/one/outputs/sub" >/dev/null
    mark
    run taskfs-download -o w one longer resized touched
    expect "$(wc -l <"$work/err")" 2 "files that differ in size"
    expect_requests 0 kind=object

    run taskfs-download -f -o w one
    expect "$code $err" "0 " "exit status and stderr of -f"
    diff -r --no-dereference in $outputs
    expect "$(stat -c %F elsewhere)" "regular file" "what the link led to"
    cmp in/sub/linked elsewhere
    rm -r before

    # Of many files only the first are listed.
    run taskfs-download -o w many
    for file in w/many/outputs/*; do
        echo "edited" >"$file"
    done
    run taskfs-download -o w many
    expect "$code $(wc -l <"$work/err")" "1 11" "exit status and lines for many"
    expect "$(tail -n 1 "$work/err")" "... and 5 more like these" "the last line for many"
    expect "$(cat w/many/outputs/* | uniq -c | xargs)" "15 edited" "the edited files"

    # The archive.
    run taskfs-download -o w --zip one
    touch w/one/output.zip
    run taskfs-download -o w --zip one
    expect "$code $out" "0 the archive is in 'w/one/output.zip' already" "--zip over a touched copy"
    echo mine >w/one/output.zip
    run taskfs-download -o w --zip one
    expect "$code $err" "1 taskfs-download: 'w/one/output.zip' differs from the archive, and is left alone: --force replaces it" \
        "--zip over an edited copy"
    expect "$(<w/one/output.zip)" mine "the edited copy"
    tr '\0-\377' '\1-\377\0' <"$root/one/output.zip" >w/one/output.zip
    run taskfs-download -o w --zip one
    expect "$code" 1 "exit status of --zip over a copy of the same size"
    run taskfs-download -o w --force --zip one
    expect "$code $err" "0 " "--zip with --force"
    cmp "$root/one/output.zip" w/one/output.zip
done

# A file that cannot be compared is neither replaced nor said to differ.
noise_allowed=yes
touch $outputs/same
unmount
mount -o timeout=1
ls "$mnt/one/outputs" >/dev/null
fault '{"match": {"kind": "object"}, "action": "stall_headers"}'
cp -p $outputs/same kept
run taskfs-download -o w one
expect "$code" 1 "exit status when a file cannot be compared"
expect_match "$err" "taskfs-download: .*same: .*(Input/output error|timed out)" "the reason"
expect_match "$err" "1 of 7 files are not there: the same command tries again" "how many"
cmp kept $outputs/same
clear_faults
run taskfs-download -o w one
expect "$code $err" "0 " "exit status once it can be compared"
