#!/bin/bash
# taskfs-download writes through no link, and says what is in the way of the copy it makes.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
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

# A copy by second names that comes to a name which can have none.
mkdir bin
# shellcheck disable=SC2016 # for the script
printf '#!/bin/sh\n%s "$@" && [ "${1#-lP}" = "$1" ]\n' "$(command -v cp)" >bin/cp
chmod +x bin/cp

start_over() {
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
        start_over
        ln -s "$work/victim/$victim" w/odd/.output.zip.part
        run taskfs-download -o w --zip odd
        expect "$code $err" "0 " "--zip over a link"
        unharmed
        [[ ! -e victim/new ]]
        [[ ! -L w/odd/output.zip ]]
        cmp "$root/odd/output.zip" w/odd/output.zip
    done
    start_over
    mkfifo w/odd/.output.zip.part
    run taskfs-download -o w --zip odd
    expect "$code $err" "0 " "--zip over a pipe"
    start_over
    mkdir w/odd/.output.zip.part
    run taskfs-download -o w --zip odd
    expect "$code $err" "1 taskfs-download: 'w/odd/.output.zip.part' is in the way: move it away" "--zip over a folder"
    start_over
    mkdir w/odd/output.zip
    run taskfs-download -o w --zip odd
    expect "$code $out" "1 " "--zip where a folder has its name"
    expect "$err" "taskfs-download: 'w/odd/output.zip' is a folder, and in the way of the archive: move it away" \
        "a folder in the way"
    expect "$(ls -A w/odd/output.zip)" '' "what is in that folder"

    for names in '' 'a b.txt,large,sub/c.csv'; do
        IFS=, read -ra files <<<"$names"
        start_over
        mkdir $part
        ln -s "$work/victim/file" "$part/a b.txt"
        ln -s "$work/victim/large" $part/large
        ln -s "$work/victim/folder" $part/sub
        run taskfs-download -o w odd "${files[@]}"
        expect "$code $err" "0 " "links among what has arrived"
        unharmed
        diff -r --no-dereference in $outputs

        start_over
        ln -s "$work/victim/folder" $part
        run taskfs-download -o w odd "${files[@]}"
        expect "$code $err" "0 " "a link to a folder"
        unharmed
        diff -r --no-dereference in $outputs

        start_over
        mkdir -p "$part/a b.txt/x"
        echo file >$part/sub
        run taskfs-download -o w odd "${files[@]}"
        expect "$code $err" "0 " "a folder and a file in each other's place"
        diff -r --no-dereference in $outputs
    done

    # In the way where they should be put.
    start_over
    mkdir -p "$outputs/a b.txt/sub"
    run taskfs-download -o w odd
    expect "$code" 1 "exit status with a folder in the way of a file"
    expect "$err" "taskfs-download: '$outputs/a b.txt' is a folder, and in the way of a file: move it away
taskfs-download: 1 of 3 files are not there: the same command tries again" "a folder in the way"
    expect_match "$out" "^2 of 3 files " "the rest"
    cmp in/large $outputs/large
    cmp in/sub/c.csv $outputs/sub/c.csv
    expect "$(find w -type f -links +1)" '' "files with two names"
    for kind in file link; do
        start_over
        mkdir -p $outputs
        echo mine >$outputs/sub
        [[ $kind == file ]] || ln -sf "$work/victim/folder" $outputs/sub
        run taskfs-download -o w odd
        expect "$code" 1 "exit status with a $kind in the way of a folder"
        expect "$err" "taskfs-download: '$outputs/sub' is not a folder, and in the way of one: move it away
taskfs-download: 1 of 3 files are not there: the same command tries again" "a $kind in the way"
        cmp in/large $outputs/large
        cmp 'in/a b.txt' "$outputs/a b.txt"
        [[ $kind == link ]] || expect "$(<$outputs/sub)" mine "the file in the way"
        unharmed
    done
    run taskfs-download -o w odd 'sub/*'
    expect "$code $(wc -l <"$work/err")" "1 2" "exit status when only what is blocked is asked for"
    rm $outputs/sub
    run taskfs-download -o w odd
    expect "$code $err" "0 " "exit status once it is away"
    diff -r --no-dereference in $outputs
    rm "$outputs/a b.txt" $outputs/large
    PATH=$work/bin:$PATH run taskfs-download -o w odd
    expect "$code $err" "0 " "where not all can have a second name"
    diff -r --no-dereference in $outputs
    # A link where a file should be is left alone, and replaced with --force. Nothing is written
    # through it.
    ln -sf "$work/victim/file" "$outputs/a b.txt"
    run taskfs-download -o w odd
    expect "$code $(readlink "$outputs/a b.txt")" "1 $work/victim/file" "a link where a file should be"
    unharmed
    run taskfs-download --force -o w odd
    expect "$code $err" "0 " "a link where a file should be, with --force"
    unharmed
    diff -r --no-dereference in $outputs
    start_over
    echo mine >$outputs
    run taskfs-download -o w odd
    expect "$code $err" "1 taskfs-download: '$outputs' is not a folder, and in the way of one: move it away" "a file in the way of all"
done
