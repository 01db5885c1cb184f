#!/bin/bash
# After a verb that failed, the later verbs of the same open are not carried out, in one write or in
# several.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for id in builtin program again; do
    task $id '{"status": "computation-started"}'
done
emulator
mount

# bash's printf writes each line by itself; that of coreutils writes all at once.
bash -c "printf 'wait 1\nkill\n' >'$mnt/builtin/ctl'" 2>/dev/null && fail "bash's printf succeeds"
/usr/bin/printf 'wait 1\nkill\n' >"$mnt/program/ctl" 2>/dev/null && fail "printf succeeds"
for id in builtin program; do
    expect "$(<"$mnt/$id/ctl_error")" "the time given has run out" "ctl_error of $id"
    expect "$(<"$mnt/$id/status")" computation-started "status of $id"
done
expect_requests 0 kind=kill

# What failed is told of each later write, and the next open begins without it.
python - "$mnt/again/ctl" <<'PY'
import errno, os, sys
fd = os.open(sys.argv[1], os.O_WRONLY)
for text in (b"nonsense\n", b"kill\n", b"refresh\n"):
    try:
        os.write(fd, text)
        sys.exit(f"{text} succeeds")
    except OSError as error:
        assert error.errno == errno.EINVAL, error
with open(os.path.join(os.path.dirname(sys.argv[1]), "ctl_error")) as said:
    assert "unknown verb: 'nonsense'" in said.read()
# Truncating begins anew, as another open does.
again = os.open(f"/proc/self/fd/{fd}", os.O_WRONLY | os.O_TRUNC)
os.write(again, b"refresh\n")
os.close(again)
os.close(fd)
PY
expect "$(<"$mnt/again/ctl_error")" ok "ctl_error"
expect "$(ctl again kill)" ok "kill by another open"
