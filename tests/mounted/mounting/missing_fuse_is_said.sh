#!/bin/bash
# No /dev/fuse, one that may not be opened, no helper, a mount that is there already: a line that
# says what to do.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
[[ $EUID == 0 ]] || skip "only root can hide the device"
task one
emulator
url="api_url=$api_url"
# In a mount namespace of its own, where the device can be hidden.
hidden() { # HIDE COMMAND...: HIDE is run there first
    local hide=$1
    shift
    # shellcheck disable=SC2016 # for the shell that is started
    "$lib/apart.sh" bash -c 'eval "$1"; shift; exec "$@"' bash "$hide" "$@"
}
refused() { # REGEX HIDE [PREFIX...]
    local regex=$1 hide=$2 status=0
    shift 2
    hidden "$hide" "$@" "$work/taskfs" -o "$url" "$mnt" >"$work/said" 2>&1 || status=$?
    expect "$status" 1 "status ($regex)"
    expect "$(wc -l <"$work/said")" 1 "lines said: $(<"$work/said")"
    grep -qE "^taskfs: .*$regex" "$work/said" || fail "'$(<"$work/said")' does not match '$regex'"
}
somebody=(setpriv --reuid 65534 --regid 65534 --clear-groups env "HOME=$work")
cp "$TASKFS" "$work/taskfs" # the sources can lie where nobody else may look
chmod 755 "$work"
chmod 777 "$mnt"

refused "no FUSE here: .*modprobe fuse.*container" 'mount -t tmpfs none /dev'
refused "may not use FUSE: .*administrator" \
    "mknod -m 600 '$work/fuse' c 10 229; mount --bind '$work/fuse' /dev/fuse" "${somebody[@]}"
refused "no '/usr/bin/fusermount3'.*package fuse3" \
    "mknod -m 666 '$work/fuse2' c 10 229; mount --bind '$work/fuse2' /dev/fuse
     mount --bind /dev/null /usr/bin/fusermount3
     [ ! -e /bin/fusermount3 ] || mount --bind /dev/null /bin/fusermount3" "${somebody[@]}"
chmod 755 "$mnt"

mount
expect_refusal_of_second() {
    local status=0
    "$TASKFS" -o "$url" "$mnt" >"$work/said" 2>&1 || status=$?
    expect "$status" 1 "status of a second mount"
    grep -q "mounted already: unmount it first" "$work/said" || fail "said: $(<"$work/said")"
}
expect_refusal_of_second
expect "$(<"$mnt/one/status")" success "the first mount"
