#!/bin/bash
# A store that knows no suffix ranges still works.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

archive one artifacts/a.txt text
emulator
fault '{"match": {"kind": "object"}, "action": "no_suffix"}'
mount

expect "$(<"$mnt/one/outputs/a.txt")" text "an output"
