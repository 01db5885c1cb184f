#!/bin/bash
# A store that knows no suffix ranges still works.
. "$(dirname "$0")/lib/lib.sh"

archive one artifacts/a.txt text
emulator
fault '{"match": {"kind": "object"}, "action": "no_suffix"}'
mount

expect "$(<"$mnt/one/outputs/a.txt")" text "an output"
