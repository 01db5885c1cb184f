#!/bin/bash
# A message names who could not be reached: the service, a proxy and its variable, a redirect's
# target.
# tags: waits
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
unset http_proxy https_proxy all_proxy ALL_PROXY HTTPS_PROXY no_proxy NO_PROXY
archive one artifacts/a.txt text
emulator
expect_refusal 1 "cannot connect to 'http://127.0.0.1:9': Connection refused" \
    -o api_url=http://127.0.0.1:9 "$mnt"
expect_refusal 1 "cannot resolve the host name of 'http://no-such-host.invalid'" \
    -o api_url=http://no-such-host.invalid "$mnt"
export http_proxy=http://me:secret@127.0.0.1:9
expect_refusal 1 "cannot connect to the proxy 'http://127.0.0.1:9' \(http_proxy\): Connection refused" \
    -o "api_url=$api_url" "$mnt"
if grep -q secret "$work/refusal.stderr"; then fail "the message has the proxy's password"; fi
unset http_proxy
fault '{"action": "redirect", "location": "http://login.example/hotel?secret"}'
expect_refusal 1 "HTTP status 302, a redirect to 'http://login.example/hotel', which is not followed" \
    -o "api_url=$api_url" "$mnt"
clear_faults

# The store is another host: its messages name it.
mount
noise_allowed=yes
fault '{"match": {"kind": "object"}, "action": "redirect", "location": "http://127.0.0.1:9/elsewhere?secret"}'
expect_errno EIO list "$mnt/one/outputs"
grep -q "cannot connect to 'http://127.0.0.1:9': Connection refused" "$mnt/.taskfs/log" ||
    fail "the log does not name the target: $(tail -n 2 "$mnt/.taskfs/log")"
if grep -q secret "$mnt/.taskfs/log"; then fail "the log has a query"; fi
