#!/bin/bash
# No file has extended attributes: tar --xattrs and cp -a take the tree without a warning.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text artifacts/d/b.txt more
emulator
mount

tar --xattrs --acls --selinux -cf "$work/t.tar" -C "$mnt/one" . 2>"$work/tar" ||
    fail "tar: $(<"$work/tar")"
expect "$(grep -v 'SELinux\|POSIX ACL' "$work/tar" || true)" "" "what tar says"
cp -a "$mnt/one/outputs" "$work/copy" 2>"$work/cp" || fail "cp -a: $(<"$work/cp")"
expect "$(<"$work/cp")" "" "what cp says"
expect "$(python - "$mnt/one/outputs/a.txt" <<'PY'
import os, sys
print(os.listxattr(sys.argv[1]), os.listxattr(os.path.dirname(sys.argv[1])))
PY
)" "[] []" "the attributes"
expect_errno EROFS setxattr "$mnt/one/outputs/a.txt"
