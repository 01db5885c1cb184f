#!/bin/bash
# A missing, malformed, unreadable or refused key: one line, and never the key itself.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
task one
emulator --key "$key"
url="api_url=$api_url"

unset INDUCTIVA_API_KEY
expect_refusal '[12]' 'INDUCTIVA_API_KEY|api_key' -o "$url" "$mnt"
mkdir -p "$HOME/.inductiva/api_key"
expect_refusal 1 'api_key' -o "$url" "$mnt"
rmdir "$HOME/.inductiva/api_key"
for bad in '' 'two words' 'sla/sh' $'new\nline'; do
    printf '%s\n' "$bad" >"$HOME/.inductiva/api_key"
    expect_refusal '[12]' 'key' -o "$url" "$mnt"
done
rm "$HOME/.inductiva/api_key"
expect_requests 0

export INDUCTIVA_API_KEY='not a key'
expect_refusal '[12]' 'key' -o "$url" "$mnt"
expect_requests 0
export INDUCTIVA_API_KEY=refused-0123456789
expect_refusal 1 'key' -o "$url" "$mnt"
if grep -q refused-0123456789 "$work/refusal.stderr"; then fail "the message shows the key"; fi
