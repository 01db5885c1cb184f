#!/bin/bash
# make install below a home directory: all of it is there, works from there, and goes away again.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
top=$(cd "$lib/../../.." && pwd)
place=$HOME/.local
mkdir -p "$place/bin" "$place/share/man"

make -s -C "$top" install PREFIX="$place" >"$work/said"
expect_match "$(<"$work/said")" "ln -s '$place/sbin/mount.fuse.taskfs' /sbin/" "what make says of mount(8)"
[[ ! -e $place/lib ]] || fail "there are units for the system, which one user can't start"
expect_match "$(<"$place/share/systemd/user/taskfs@.service")" "ExecStart=$place/bin/taskfs "
for program in kill wait download list cache; do
    "$place/bin/taskfs-$program" -h >"$work/help"
    expect_match "$(head -n 1 "$work/help")" "^usage: taskfs-$program" "the help of taskfs-$program"
done

archive one artifacts/a.txt text
emulator
TASKFS=$place/bin/taskfs
mount
expect_match "$("$place/bin/taskfs-list" -m "$mnt")" 'one .*success' "the list"
"$place/bin/taskfs-download" -q -m "$mnt" -o "$work/here" one
expect "$(<"$work/here/one/outputs/a.txt")" text "what was downloaded"
unmount

# The helper of mount(8) needs no root for a user's own mount.
"$place/sbin/mount.fuse.taskfs" "$api_url" "$mnt" -o rw,nosuid,user,x-note
expect "$(<"$mnt/one/status")" success "the status"
fusermount3 -u "$mnt"

make -s -C "$top" uninstall PREFIX="$place"
expect "$(cd "$place" && find . -mindepth 1 | sort | tr '\n' ' ')" './bin ./share ./share/man ' \
    "what is left: the folders that were there before, though they are empty"
make -s -C "$top" install PREFIX="$place" >/dev/null
touch "$place/share/taskfs/mine"
make -s -C "$top" install PREFIX="$place" >/dev/null # once more, over it
make -s -C "$top" uninstall PREFIX="$place"
expect "$(cd "$place" && find . ! -type d)" ./share/taskfs/mine "what is left with a file of another's"
