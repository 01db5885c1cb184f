#!/bin/bash
# tar and rsync of a directory whose files nobody has read store them whole: a listing tells size 0,
# but whoever has opened a file is told its size.
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/live.sh"

machine one
mkdir -p "$work/one/deep/er" "$work/shown/deep/er"
for ((i = 1; i < 20; i++)); do
    seq 1 $((i * 97)) >"$work/one/f$i"
    seq 1 $((i * 31)) >"$work/one/deep/er/g$i"
done
while read -r name; do
    head -c -1 "$work/one/$name" >"$work/shown/$name"
done < <(cd "$work/one" && find . -type f)
emulator
start_machines one
live=$mnt/one/live

for archiver in 'tar -cf - .' 'rsync -a . there' 'cp -r . there'; do
    mount -o "live_program=$fake"
    ls -l "$live/deep/er" >"$work/list"
    expect "$(awk '$5 > 0' "$work/list" | wc -l)" 0 "sizes that a listing tells"
    rm -rf "$work/there"
    mkdir "$work/there"
    case $archiver in
    tar*) (cd "$live" && $archiver) | tar -xf - -C "$work/there" ;;
    *) (cd "$live" && ${archiver/there/"$work/there"}) ;;
    esac
    diff -r "$work/shown" "$work/there" || fail "$archiver stores other bytes"
    expect "$(awk '/^-/ && $5 == 0' <(ls -l "$live/deep/er") | wc -l)" 0 "sizes of what was read"
    unmount
done
