#!/bin/bash
# After one pass over a large deflated member, a jump into it is cheap in another mount too: states
# of the decoder are kept. What is read of the disk tells: to come there took 16 MB and more before.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"

/usr/bin/python3 -c '
import sys
for n in range(4_000_000):
    sys.stdout.write(f"{n * 7919 % 1000003} {n}\n")
' >"$work/text"
mkdir -p "$work/in/artifacts"
mv "$work/text" "$work/in/artifacts/text"
task one
(cd "$work/in" && 7zz a -tzip -mx=1 -bso0 -bsp0 "$root/one/output.zip" artifacts)
emulator
mount -o "cache_dir=$work/cache"
cmp "$work/in/artifacts/text" "$mnt/one/outputs/text"
unmount

mark
mount -o "cache_dir=$work/cache"
disk_bytes() {
    sed -n 's/^taskfs_disk_read_bytes_total //p' "$mnt/.taskfs/stats"
}
for at in 40000000 50000000; do
    before=$(disk_bytes)
    dd if="$work/in/artifacts/text" of="$work/right" iflag=skip_bytes,count_bytes skip="$at" \
        count=4096 bs=4096 status=none
    dd if="$mnt/one/outputs/text" of="$work/part" iflag=skip_bytes,count_bytes skip="$at" count=4096 \
        bs=4096 status=none
    cmp "$work/right" "$work/part"
    read=$(($(disk_bytes) - before))
    echo "$read bytes for a jump to $at"
    ((read < 9000000)) || fail "a jump to $at has read $read bytes of the disk"
done
expect_requests 0 kind=object
