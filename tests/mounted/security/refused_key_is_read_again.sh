#!/bin/bash
# A key refused later: the key file is read once more; then EACCES.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

unset INDUCTIVA_API_KEY
mkdir -p "$HOME/.inductiva"
printf ' first-key \n' >"$HOME/.inductiva/api_key"
task one '{"status": "computation-started"}'
emulator --key first-key
mount -o ttl=0.1
expect "$(<"$mnt/one/status")" computation-started "status with the first key"

stop_emulator
emulator --key second-key
noise_allowed=yes
echo second-key >"$HOME/.inductiva/api_key"
expect "$(errno_of read "$mnt/one/info")" ok "info with the second key"

stop_emulator
emulator --key third-key
is_refused() {
    [[ $(errno_of read "$mnt/one/status") == EACCES ]]
}
eventually 5 is_refused || fail "a refused key gives $(errno_of read "$mnt/one/status")"
expect "$(ctl one kill)" EACCES "kill with a refused key"
