#!/bin/bash
# taskfs-download writes through no link, and says what is in the way of the copy it makes.
# tags: plain
. "$(dirname "$0")/lib/lib.sh"
. "$lib/companions.sh"

mkdir -p "$work/in/sub"
printf 'text\n' >"$work/in/a b.txt"
printf 'deep\n' >"$work/in/sub/c.csv"
head -c $((3 << 20)) /dev/urandom >"$work/in/large"
task odd
python "$archives/writers.py" stored "$root/odd/output.zip" "$work/in"
emulator
mount
note_mounts
cd "$work"
outputs=w/odd/outputs
part=w/odd/.outputs.part

afresh() {
    rm -rf w victim
    mkdir -p w/odd victim/folder
    echo precious >victim/file
    head -c $((2 << 20)) in/large >victim/large
}
unharmed() {
    expect "$(<victim/file) $(stat -c %s victim/large) $(ls victim/folder)" "precious $((2 << 20)) " "what a link leads to"
}

for shell in dash 'busybox sh'; do
    # Links at the places where files arrive.
    for victim in file large new; do
        afresh
        ln -s "$work/victim/$victim" w/odd/.output.zip.part
        run taskfs-download -o w --zip odd
        expect "$code $err" "0 " "--zip over a link"
        unharmed
        [[ ! -e victim/new ]]
        [[ ! -L w/odd/output.zip ]]
        cmp "$root/odd/output.zip" w/odd/output.zip
    done
    afresh
    mkfifo w/odd/.output.zip.part
    run taskfs-download -o w --zip odd
    expect "$code $err" "0 " "--zip over a pipe"
    afresh
    mkdir w/odd/.output.zip.part
    run taskfs-download -o w --zip odd
    expect "$code $err" "1 taskfs-download: 'w/odd/.output.zip.part' is in the way: move it away" "--zip over a folder"
    afresh
    mkdir w/odd/output.zip
    run taskfs-download -o w --zip odd
    expect "$code $out" "1 " "--zip where a folder has its name"
    expect "$err" "taskfs-download: 'w/odd/output.zip' is a folder, and in the way of the archive: move it away" \
        "a folder in the way"
    expect "$(ls -A w/odd/output.zip)" '' "what is in that folder"

    for names in '' 'a b.txt,large,sub/c.csv'; do
        IFS=, read -ra files <<<"$names"
        afresh
        mkdir $part
        ln -s "$work/victim/file" "$part/a b.txt"
        ln -s "$work/victim/large" $part/large
        ln -s "$work/victim/folder" $part/sub
        run taskfs-download -o w odd "${files[@]}"
        expect "$code $err" "0 " "links among what has arrived"
        unharmed
        diff -r --no-dereference in $outputs

        afresh
        ln -s "$work/victim/folder" $part
        run taskfs-download -o w odd "${files[@]}"
        expect "$code $err" "0 " "a link to a folder"
        unharmed
        diff -r --no-dereference in $outputs

        afresh
        mkdir -p "$part/a b.txt/x"
        echo file >$part/sub
        run taskfs-download -o w odd "${files[@]}"
        expect "$code $err" "0 " "a folder and a file in each other's place"
        diff -r --no-dereference in $outputs
    done
done
