#!/bin/bash
# cat, busybox, dd, tail, tar, cp, rsync, mmap, sendfile, splice and wc agree on every file.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

python "$archives/writers.py" sample "$work/in"
rm "$work/in"/postProcessing/forces/00[1-3]* -r
task one
python "$archives/writers.py" 7zz "$root/one/output.zip" "$work/in"
task stored
python "$archives/writers.py" stored "$root/stored/output.zip" "$work/in"
task queued '{"status": "submitted"}'
emulator
mount

small=(status machine_type computation_time info task.json outputs_info ctl ctl_error)
python "$lib/agree.py" "${small[@]/#/$mnt/one/}" "${small[@]/#/$mnt/queued/}" "$mnt/one/output.zip"
python "$lib/agree.py" "$mnt/.taskfs/config"
mapfile -d '' files < <(find "$mnt/one/outputs" "$mnt/stored/outputs" -type f -size +0 -print0 | head -z -n 14)
python "$lib/agree.py" "${files[@]}"
for id in one stored; do
    python "$lib/agree.py" "$mnt/$id/outputs/empty.dat" "$mnt/$id/outputs/fields/U final.vtk" \
        "$mnt/$id/outputs/zeros.bin"
done
