#!/bin/bash
# A store that ignores ranges and a redirect loop are said at once, in words, and asked once for
# each read.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

mkdir "$work/in"
head -c 3000000 /dev/urandom >"$work/in/noise.bin"
for id in large looped; do
    task "$id"
    python "$archives/writers.py" stored "$root/$id/output.zip" "$work/in"
done
emulator
mount -o timeout=60
noise_allowed=yes

# expect_at_once ERRNO CALL PATH
expect_at_once() {
    local before took
    before=$(now_ms)
    expect_errno "$@"
    took=$(($(now_ms) - before))
    ((took <= 1500 * slower)) || fail "$2 of '$3' took $took ms"
}

fault '{"match": {"kind": "object", "task": "large"}, "action": "ignore_range"}'
mark
expect_at_once EOPNOTSUPP list "$mnt/large/outputs"
expect_requests 2-3 kind=object # by suffix, by the size that the service tells, and by offset
grep -q "the store ignores ranges, and the object is over 1024 KiB" "$mnt/.taskfs/log" ||
    fail "the log does not say why"

fault '{"match": {"path_prefix": "/storage/looped"}, "action": "redirect", "location": "/storage/looped/output.zip?secret"}'
mark
expect_at_once EIO list "$mnt/looped/outputs"
expect_requests 4 kind=object # the redirect is followed three times
grep -q "too many redirects, the last to '$api_url/storage/looped/output.zip'" "$mnt/.taskfs/log" ||
    fail "the log does not name the redirect's target: $(tail -n 2 "$mnt/.taskfs/log")"
