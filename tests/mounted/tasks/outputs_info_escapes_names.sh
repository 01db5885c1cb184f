#!/bin/bash
# A name with a newline or an escape sequence takes one line of outputs_info.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
python - "$root/one/output.zip" <<'PY'
import sys
from builder import Member, archive
names = ["artifacts/new\nline", "artifacts/\x1b[2Jred", "artifacts/plain"]
open(sys.argv[1], "wb").write(archive([Member(name, b"x") for name in names]))
PY
emulator
mount

expect "$(grep -c plain "$mnt/one/outputs_info")" 1 "lines of plain"
if grep -qx 'line' "$mnt/one/outputs_info"; then fail "a name broke its line"; fi
if grep -q $'\x1b' "$mnt/one/outputs_info"; then fail "an escape character got through"; fi
