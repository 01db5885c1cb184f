#!/bin/bash
# A directory in a mount, or the mount by another name, is refused in words of its own.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
emulator
mount

refused() { # DIRECTORY REGEX
    local said status=0
    said=$("${prefix[@]}" "$TASKFS" -o "api_url=$api_url" "$1" 2>&1) || status=$?
    expect "$status" 1 "the status of taskfs $1"
    expect_match "$said" "$2" "what taskfs $1 says"
}
cd "$mnt"
refused . "'\.' is in a mount of taskfs: give a directory outside of it"
refused one/outputs "outputs' is in a mount of taskfs"
cd "$work"
refused "$mnt" "is mounted already"
expect "$(<"$mnt/one/status")" success "the mount, afterwards"
