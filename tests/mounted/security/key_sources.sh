#!/bin/bash
# The key comes from INDUCTIVA_API_KEY, else from the file, white space stripped; the URL from -o,
# else INDUCTIVA_API_URL.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

task one
mkdir -p "$HOME/.inductiva"
emulator --key from-the-file --key from-the-environment
printf '\n  from-the-file \n\n' >"$HOME/.inductiva/api_key"

unset INDUCTIVA_API_KEY
mount
expect "$(<"$mnt/one/status")" success "status with the key of the file"
unmount
printf 'a wrong one' >"$HOME/.inductiva/api_key"
export INDUCTIVA_API_KEY=from-the-environment
url=$api_url
api_url=
export INDUCTIVA_API_URL=$url
mount
expect "$(<"$mnt/one/status")" success "status with key and URL of the environment"
unmount
export INDUCTIVA_API_URL=http://127.0.0.1:1
api_url=$url/
mount
expect "$(<"$mnt/one/status")" success "status where -o api_url wins"
