#!/bin/bash
# cp -r, tar and rsync -a of a task give the originals, as normal writable files.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
task one
python "$archives/writers.py" stream_zip "$root/one/output.zip" "$work/in"
emulator
mount

mkdir "$work/tar"
cp -r "$mnt/one" "$work/cp"
rsync -a "$mnt/one/" "$work/rsync"
tar -C "$mnt" -cf - one | tar -C "$work/tar" -xf -
for copy in cp rsync tar/one; do
    diff -r "$work/in" "$work/$copy/outputs"
    cmp "$mnt/one/task.json" "$work/$copy/task.json"
    [[ -x $work/$copy/outputs/run.sh ]] || fail "run.sh of $copy can't be run"
    expect "$(stat -c %a "$work/$copy/outputs/solver.log")" 644 "mode of a copy"
    rm -r "${work:?}/$copy"
done
# A second rsync finds nothing to do.
rsync -a "$mnt/one/outputs/" "$work/again"
expect "$(rsync -ai "$mnt/one/outputs/" "$work/again" | wc -l)" 0 "changes that rsync sees"
