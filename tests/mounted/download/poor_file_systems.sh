#!/bin/bash
# Where links, names or renames are not what Linux has, as on FAT, each file that can be is there.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/download.sh"

command -v cc >/dev/null || skip "no C compiler"
cc -shared -fPIC -D_GNU_SOURCE -o "$work/poor_fs.so" "$lib/poor_fs.c"
mkdir -p "$work/in/sub" "$work/in/no:folder"
long=$(printf 'x%.0s' {1..120})
for name in plain sub/deep no:colon "$long" no:folder/inside no:folder/beside; do
    echo "$name" >"$work/in/$name"
done
ln -s plain "$work/in/link"
mkdir -p "$root/one"
(cd "$work/in" && zip -qry "$root/one/output.zip" .)
task one
service
cd "$work"
poor() {
    LD_PRELOAD=$work/poor_fs.so download "$@"
}
cannot() { # NAME WHY
    echo "taskfs-download: cannot download '$1' of task 'one': $2"
}
refused='the file system does not allow its name, or a link'

poor -o w one
expect "$code" 1 "exit status"
expect "$(grep 'cannot download' err | LC_ALL=C sort)" "$({
    cannot link "$refused"
    cannot no:colon "$refused"
    cannot no:folder/beside "$refused"
    cannot no:folder/inside "$refused"
    cannot "$long" "File name too long"
} | LC_ALL=C sort)" "what is not there"
expect "$(tail -n 1 err)" "taskfs-download: 5 of 7 files are not there: the same command tries again" "how many"
expect_match "$out" "^2 of 7 files " "what is there"
cmp in/plain w/one/outputs/plain
cmp in/sub/deep w/one/outputs/sub/deep
expect "$(find w ! -type d | wc -l)" 2 "files, of any name"
poor -o w one
expect_match "$out" "^2 of 7 files .*, 2 of them were there already$" "doing it again"

# Nothing is replaced there either.
echo mine >w/one/outputs/plain
poor -o w one plain sub
expect "$code $(<w/one/outputs/plain)" "1 mine" "an edited file"
poor -o w --force one plain sub
expect "$code $err $(<w/one/outputs/plain)" "0  plain" "an edited file, with --force"
poor -o w --zip one
expect "$code $err" "0 " "--zip"
cmp "$root/one/output.zip" w/one/output.zip

# The real one.
if ((UID == 0)) && command -v mkfs.vfat >/dev/null && grep -qw vfat /proc/filesystems; then
    truncate -s 8M fat.image
    mkfs.vfat fat.image >/dev/null
    mkdir fat
    unshare -m bash -c 'command mount -o loop fat.image fat && "$@" -o fat one >out 2>err; echo $? >code; cp -r fat/one/outputs fat.copy' bash "${prefix[@]}" "$TASKFS_DOWNLOAD"
    expect "$(<code)" 1 "exit status on FAT"
    cmp in/plain fat.copy/plain
    cmp in/sub/deep fat.copy/sub/deep
    expect "$(find fat.copy -type f | wc -l)" 3 "files on FAT"
fi
