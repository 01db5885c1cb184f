#!/bin/bash
# A find over the whole mount costs two requests a task, and one more for each archive; again: none.
# tags: plain
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for n in 1 2 3 4 5; do
    task "none$n"
    archive "some$n" artifacts/a.txt text
done
emulator
mount
ls "$mnt" >/dev/null

mark
find "$mnt" -type f >/dev/null
expect_requests 20 kind=signed-url
expect_requests 5 kind=object
expect_requests 25

# What is absent is asked for again after 2 s, and then after twice as long each time.
asks_nothing() {
    mark
    find "$mnt" -type f >/dev/null
    settle
    (($(requests) == 0))
}
eventually 20 asks_nothing
