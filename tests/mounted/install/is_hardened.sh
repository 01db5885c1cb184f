#!/bin/bash
# What make install and the packages put in place is hardened: PIE, RELRO, no lazy binding,
# canaries, fortify.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"
top=$(cd "$lib/../../.." && pwd)
cd "$top"

# says OPTION PATTERN: whether readelf prints a line with it.
says() {
    readelf --wide "$1" "$program" | grep -E -- "$2" >/dev/null
}

is_hardened() { # PROGRAM
    program=$1
    says --file-header 'Type: +DYN' || fail "'$program' is not position-independent"
    says --program-headers GNU_RELRO || fail "'$program' has no RELRO"
    says --dynamic 'FLAGS_1.* NOW' || fail "'$program' binds its symbols late"
    says --dyn-syms '__stack_chk_fail' || fail "'$program' has no stack protector"
    says --dyn-syms '__v?snprintf_chk' || fail "'$program' is not fortified"
}

make -s install DESTDIR="$work/stage" PREFIX=/usr >/dev/null
packages=$(scripts/packaging/deb --update)
for package in $packages; do
    dpkg-deb -x "$package" "$work/package"
done
for name in bin/taskfs bin/taskfs-download bin/taskfs-cache libexec/taskfs/taskfs-live; do
    is_hardened "$work/stage/usr/$name"
    is_hardened "$work/package/usr/$name"
done
