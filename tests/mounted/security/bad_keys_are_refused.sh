#!/bin/bash
# A missing, malformed, unreadable or refused key: one line, and never the key itself.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
task one
emulator --key "$key"
url="api_url=$api_url"

unset INDUCTIVA_API_KEY
expect_refusal 1 'no API key.*INDUCTIVA_API_KEY.*/api_key' -o "$url" "$mnt"
mkdir -p "$HOME/.inductiva/api_key"
expect_refusal 1 "/api_key': is a directory" -o "$url" "$mnt"
rmdir "$HOME/.inductiva/api_key"
for bad in '' 'two words' 'sla/sh' $'new\nline'; do
    printf '%s\n' "$bad" >"$HOME/.inductiva/api_key"
    expect_refusal 1 "the key in '.*/api_key' is malformed" -o "$url" "$mnt"
    [[ -z $bad ]] || ! grep -qF -- "${bad#*$'\n'}" "$work/refusal.stderr" || fail "the message shows '$bad'"
done
rm "$HOME/.inductiva/api_key"
expect_requests 0

export INDUCTIVA_API_KEY='not a key'
expect_refusal 1 'the key in INDUCTIVA_API_KEY is malformed' -o "$url" "$mnt"
if grep -q 'not a key' "$work/refusal.stderr"; then fail "the message shows the key"; fi
expect_requests 0
export INDUCTIVA_API_KEY=refused-0123456789
expect_refusal 1 'the API key was refused \(HTTP status 401' -o "$url" "$mnt"
if grep -q refused-0123456789 "$work/refusal.stderr"; then fail "the message shows the key"; fi
