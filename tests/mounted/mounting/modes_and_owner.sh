#!/bin/bash
# Directories are 0755, small files 0444, ctl 0644, all of them the mounting user's.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/d/a.txt text
emulator
mount

modes() {
    stat -c '%a %u:%g' "$@" | sort -u
}
me=$(id -u):$(id -g)
cd "$mnt/one"
expect "$(modes . outputs outputs/d inputs ..)" "755 $me" "directories"
expect "$(modes status machine_type computation_time info task.json outputs_info ctl_error)" "444 $me" \
    "small files"
expect "$(modes ctl)" "644 $me" "ctl"
expect "$(modes outputs/d/a.txt)" "644 $me" "an output"
cd /
