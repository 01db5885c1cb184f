#!/bin/bash
# Nothing is written through a planted link, and what is in the way of a copy is named.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

mkdir -p "$work/in/sub"
printf 'text\n' >"$work/in/a b.txt"
head -c 100000 /dev/urandom >"$work/in/sub/c.csv" # behind what is read with the directory
head -c $((3 << 20)) /dev/urandom >"$work/in/large"
task odd
python "$archives/writers.py" stored "$root/odd/output.zip" "$work/in"
service
cd "$work"
outputs=w/odd/outputs
part=w/odd/.outputs.part

start_over() {
    rm -rf w victim
    mkdir -p w/odd victim/folder
    echo precious >victim/file
    head -c $((2 << 20)) in/large >victim/large
}
stall() { # in the middle of the large file
    fault '{"match": {"kind": "object"}, "skip": 1, "action": "stall", "after": 1000000}'
}
unharmed() {
    expect "$(<victim/file) $(stat -c %s victim/large) $(ls victim/folder)" "precious $((2 << 20)) " "what a link leads to"
}

# The names under which files arrive: CRC-32, size and the file's number.
start_over
stall
begin_download -o w odd
has_large() { compgen -G "$part/*-$((3 << 20))-*" >/dev/null; }
eventually 10 has_large
large_part=$(basename "$(compgen -G "$part/*-$((3 << 20))-*")")
kill -TERM "$begun"
expect_end 143
clear_faults

# Links at the places where files arrive.
for victim in file large new; do
    start_over
    ln -s "$work/victim/$victim" w/odd/.output.zip.part
    download -o w --zip odd
    expect "$code $err" "0 " "--zip over a link"
    unharmed
    [[ ! -e victim/new ]]
    [[ ! -L w/odd/output.zip ]]
    cmp "$root/odd/output.zip" w/odd/output.zip
done
start_over
ln victim/large w/odd/.output.zip.part
download -o w --zip odd
expect "$code $err" "0 " "--zip over a second name of a file"
unharmed
start_over
mkfifo w/odd/.output.zip.part
download -o w --zip odd
expect "$code $err" "0 " "--zip over a pipe"
cmp "$root/odd/output.zip" w/odd/output.zip
start_over
mkdir w/odd/.output.zip.part
download -o w --zip odd
expect "$code $err" "1 taskfs-download: 'w/odd/.output.zip.part' is in the way: move it away" "--zip over a folder"
start_over
mkdir w/odd/output.zip
download -o w --zip odd
expect "$code $out" "1 " "--zip where a folder has its name"
expect "$err" "taskfs-download: 'w/odd/output.zip' is a folder, and in the way of the archive: move it away" \
    "a folder in the way"
expect "$(ls -A w/odd/output.zip)" '' "what is in that folder"

for names in '' 'a b.txt,large,sub/c.csv'; do
    IFS=, read -ra files <<<"$names"
    for kind in symbolic hard; do
        start_over
        mkdir $part
        if [[ $kind == hard ]]; then
            ln victim/large "$part/$large_part"
        else
            ln -s "$work/victim/large" "$part/$large_part"
            ln -s "$work/victim/folder" $part/sub
        fi
        download -o w odd "${files[@]}"
        expect "$code $err" "0 " "a $kind link in the place of a part"
        unharmed
        diff -r --no-dereference in $outputs
        expect "$(ls -A w/odd)" outputs "nothing else is left"
    done

    start_over
    ln -s "$work/victim/folder" $part
    download -o w odd "${files[@]}"
    expect "$code $err" "0 " "a link to a folder"
    unharmed
    diff -r --no-dereference in $outputs

    start_over
    mkdir -p "$part/$large_part/x"
    download -o w odd "${files[@]}"
    expect "$code $err" "0 " "a folder in the place of a part"
    diff -r --no-dereference in $outputs
    start_over
    echo file >$part
    download -o w odd "${files[@]}"
    expect "$code $err" "0 " "a file in the place of the folder of parts"
    diff -r --no-dereference in $outputs
done

# In the way where they should be put.
start_over
mkdir -p "$outputs/a b.txt/sub"
download -o w odd
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
    for option in '' --force; do
        # shellcheck disable=SC2086 # none, or one
        download $option -o w odd
        expect "$code" 1 "exit status with a $kind in the way of a folder, $option"
        expect "$err" "taskfs-download: '$outputs/sub' is not a folder, and in the way of one: move it away
taskfs-download: 1 of 3 files are not there: the same command tries again" "a $kind in the way, $option"
        cmp in/large $outputs/large
        cmp 'in/a b.txt' "$outputs/a b.txt"
        [[ $kind == link ]] || expect "$(<$outputs/sub)" mine "the file in the way"
        unharmed
    done
done
download -o w odd 'sub/*'
expect "$code $(wc -l <err)" "1 2" "exit status when only what is blocked is asked for"
rm $outputs/sub
download -o w odd
expect "$code $err" "0 " "exit status once it is away"
diff -r --no-dereference in $outputs

# A link where a file should be is left alone, and replaced with --force. Nothing is written through
# it.
ln -sf "$work/victim/file" "$outputs/a b.txt"
download -o w odd
expect "$code $(readlink "$outputs/a b.txt")" "1 $work/victim/file" "a link where a file should be"
unharmed
download --force -o w odd
expect "$code $err" "0 " "a link where a file should be, with --force"
unharmed
diff -r --no-dereference in $outputs

# The folders above the files.
start_over
echo mine >$outputs
download -o w odd
expect "$code $err" "1 taskfs-download: '$outputs' is not a folder, and in the way of one: move it away" "a file in the way of all"
for target in nowhere "$work/victim/folder"; do
    ln -sfn "$target" $outputs
    download -o w odd
    expect "$code $err" "1 taskfs-download: '$outputs' is not a folder, and in the way of one: move it away" "a link to $target in the way of all"
    unharmed
done
for target in nowhere "$work/victim/folder"; do
    rm -r w
    mkdir w
    ln -s "$target" w/odd
    download -o w odd
    expect "$code $err" "1 taskfs-download: cannot write to 'w/odd': Not a directory; name another directory with -o" "a link to $target"
    unharmed
done
# DIR itself is the user's own word, and may be a link.
rm -r w
mkdir dir
ln -s dir w
download -o w odd
expect "$code $err" "0 " "a link as DIR"
diff -r --no-dereference in dir/odd/outputs

# Folders that become links while files are on their way.
rm w
start_over
stall
begin_download -o w odd
eventually 10 has_large
mv w/odd/outputs moved
ln -s "$work/victim/folder" w/odd/outputs
ln -s "$work/victim/folder" moved/sub
clear_faults
expect_end 1
expect "$(<err)" "taskfs-download: cannot download 'sub/c.csv' of task 'odd': something is in the way of its folder
taskfs-download: 1 of 3 files are not there: the same command tries again" "a link that has appeared"
unharmed
cmp in/large moved/large
