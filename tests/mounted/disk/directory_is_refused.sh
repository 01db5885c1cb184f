#!/bin/bash
# A directory that others can write to, that is somebody else's, or that is none: one line says what
# is wrong, and nothing is mounted or downloaded.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/refusal.sh"
. "$TEST_LIB/download.sh"

archive one artifacts/a.txt text
service
refused() { # DIR REGEX
    local dir=$1 regex="cannot use '$1' as a disk cache: $2"
    expect_refusal 1 "$regex" -o "api_url=$api_url,cache_dir=$dir" "$mnt"
    download -q --cache-dir "$dir" -o "$work/copy" one
    expect "$code" 1 "exit status of the download"
    grep -qE -- "$regex" "$work/err" || fail "the download says '$(<"$work/err")'"
    [[ ! -e $work/copy ]] || fail "something was downloaded"
}

mkdir "$work/shared"
chmod 770 "$work/shared"
refused "$work/shared" "others can write to it; chmod 700 makes it private"
chmod 707 "$work/shared"
refused "$work/shared" "others can write to it"
chmod 1777 "$work/shared"
refused "$work/shared" "others can write to it"
chmod 700 "$work/shared"
mkdir "$work/shared/v1"
chmod 777 "$work/shared/v1"
refused "$work/shared" "others can write to it"
: >"$work/file"
refused "$work/file" "Not a directory"
refused "$work/missing/dir" "No such file or directory"
ln -s "$work/nowhere" "$work/link"
refused "$work/link" "No such file or directory"
ln -s "$work/loop" "$work/loop"
refused "$work/loop" "Too many levels of symbolic links"
mkdir "$work/strange"
: >"$work/strange/v1"
refused "$work/strange" "Not a directory"
if [[ $(id -u) == 0 ]]; then
    mkdir "$work/theirs"
    chown nobody "$work/theirs"
    refused "$work/theirs" "it belongs to somebody else"
    mkdir -p "$work/half/v1"
    chown nobody "$work/half/v1"
    refused "$work/half" "it belongs to somebody else"
fi

# On a mount of ours: of another one, and of itself.
mount -o cache_dir="$work/good"
download -q --cache-dir "$mnt" -o "$work/copy" one
expect "$code" 1 "exit status of a download that would keep things in the mount"
grep -q "as a disk cache" "$work/err" || fail "the download says '$(<"$work/err")'"
mkdir "$work/other"
code=0
"${prefix[@]}" "$TASKFS" -f -o "api_url=$api_url,cache_dir=$mnt/one" "$work/other" 2>"$work/err" || code=$?
cat "$work/err"
expect "$code" 1 "exit status of a mount that would keep things in another"
expect "$(cat "$mnt/one/outputs/a.txt")" text "what is read"
unmount
mkdir "$mnt/folder"
ln -s "$mnt/folder" "$work/inside"
for dir in "$mnt/folder" "$mnt/folder/below" "$work/inside" "$work/inside/below"; do
    expect_refusal 1 "cannot use '$dir' as a disk cache: it is within the mount point" \
        -o "api_url=$api_url,cache_dir=$dir" "$mnt/folder"
done
expect "$(find "$mnt" -mindepth 2)" "" "what was made in the mount point"
rmdir "$mnt/folder"
