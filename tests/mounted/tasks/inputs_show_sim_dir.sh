#!/bin/bash
# inputs/ shows what is in sim_dir, one level stripped.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
python "$archives/writers.py" zipfile "$root/one/input.zip" \
    sim_dir/case/config.yaml 'steps: 3' input.json '{}' sim_dir/b.txt b
archive flat artifacts/a.txt text
python "$archives/writers.py" zipfile "$root/flat/input.zip" config.yaml 'steps: 3' dir/b.txt b
emulator
mount

expect "$(cd "$mnt/one/inputs" && find . -type f | sort | xargs)" "./b.txt ./case/config.yaml" "inputs"
expect "$(<"$mnt/one/inputs/case/config.yaml")" 'steps: 3' "an input"
expect "$(cd "$mnt/flat/inputs" && find . -type f | sort | xargs)" "./config.yaml ./dir/b.txt" "inputs"
