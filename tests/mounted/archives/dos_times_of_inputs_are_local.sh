#!/bin/bash
# DOS times of inputs/ are the local time of whoever packed them, those of outputs/ are UTC.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

# Rules in full, so that no time zone files are needed; the daemon and the packer share them.
zones=("UTC0" "CET-1CEST,M3.5.0,M10.5.0/3" "NST3:30NDT,M3.2.0,M11.1.0" "<+0545>-5:45")

mkdir -p "$work/src/case"
for when in 2024-01-15T12:00:00 2024-07-15T12:00:02 2024-03-31T03:30:00 1999-12-31T23:59:58; do
    echo "$when" >"$work/src/case/$when"
done
emulator
for i in "${!zones[@]}"; do
    export TZ=${zones[i]}
    for file in "$work"/src/case/*; do touch -d "$(basename "$file")" "$file"; done
    task "zone$i"
    (cd "$work/src" && python -c '
import sys, zipfile
for path, top in ((sys.argv[1], "sim_dir/"), (sys.argv[2], "artifacts/")):
    with zipfile.ZipFile(path, "w") as archive:
        for name in sys.argv[3:]:
            archive.write(name, top + name)
' "$root/zone$i/input.zip" "$root/zone$i/output.zip" case/*)
    mount
    for file in "$work"/src/case/*; do
        name=$(basename "$file")
        expect "$(stat -c %Y "$mnt/zone$i/inputs/case/$name")" "$(stat -c %Y "$file")" \
            "the time of the input of $name in $TZ"
        expect "$(stat -c %Y "$mnt/zone$i/outputs/case/$name")" "$(date -u -d "$name" +%s)" \
            "the time of the output of $name in $TZ"
    done
    if command -v rsync >/dev/null; then
        expect "$(rsync -rtinO "$work/src/case/" "$mnt/zone$i/inputs/case/")" "" "differences for rsync in $TZ"
    fi
    unmount
done
