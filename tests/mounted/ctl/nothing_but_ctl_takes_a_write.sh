#!/bin/bash
# Creating, removing, renaming, truncating, changing modes or times gives EROFS.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/d/a.txt text
emulator
mount

file=$mnt/one/outputs/d/a.txt
for call in mkdir create symlink mkfifo; do
    for place in "$mnt" "$mnt/one" "$mnt/one/outputs" "$mnt/one/outputs/d"; do
        expect_errno EROFS "$call" "$place/new"
    done
done
for path in "$file" "$mnt/one/status" "$mnt/one/task.json"; do
    for call in unlink truncate chmod utime overwrite; do
        got=$(errno_of "$call" "$path")
        # Without write permission for the file it is EACCES for all but root.
        [[ $got == EROFS ]] || [[ $got == EACCES && $call =~ ^(truncate|overwrite)$ ]] ||
            fail "$call of $path gives $got, expected EROFS"
    done
    expect_errno EROFS rename "$path" "$path.new"
    expect_errno EROFS link "$path" "$path.new"
done
expect_errno EROFS rmdir "$mnt/one/outputs/d"
expect_errno EROFS rmdir "$mnt/one"
expect_errno EROFS rename "$mnt/one" "$mnt/two"
for call in chmod utime unlink; do
    expect_errno EROFS "$call" "$mnt/one/ctl"
done
expect "$(<"$file")" text "the file afterwards"

# A mapping can be written, but no change of it is kept: msync(2) says so.
expect "$(python - "$file" <<'PY'
import mmap, sys
with open(sys.argv[1], "r+b", buffering=0) as file:
    with mmap.mmap(file.fileno(), 0) as mapping:
        mapping[:] = b"none"
        try:
            mapping.flush()
        except OSError as error:
            print(error.errno)
PY
)" 30 "errno of msync"
is_as_before() { [[ $(<"$file") == text ]]; }
eventually 5 is_as_before || fail "a change that was refused is kept"
