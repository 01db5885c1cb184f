#!/bin/bash
# Random use under random faults, for a short while: no wrong byte, no leak, no stuck operation.
# tags: alone concurrent
. "$(dirname "$0")/lib/lib.sh"

# Its seed is in the output; `make soak SECONDS=600` is the long form.
python "$lib/../../soak/run" --seconds 15 --one-phase --scale 0.3 --workers 6 --timeout 10 \
    --directory "$work/soak"
