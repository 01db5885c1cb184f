#!/bin/bash
# When a host has another address, and the old one is dead, the name is resolved again at once.
((EUID == 0)) || { echo "SKIP only root can change /etc/hosts"; exit 77; }
if [[ ${1:-} != inside ]]; then
    exec "$TEST_LIB/apart.sh" bash "$0" inside
fi
. "${TEST_LIB:?run me with tests/run}/lib.sh"

name=service.example.test
set_address() {
    { cat "$work/hosts.old"; echo "$1 $name"; } >/etc/hosts
}
# relay ADDRESS: passes all on to the emulator, from this address and a port that all relays share.
relay() {
    rm -f "$work/relay-port"
    /usr/bin/python3 "$lib/relay.py" "$1" "${relay_port:-0}" "$port" "$work/relay-port" &
    relay_pid=$!
    eventually 5 test -s "$work/relay-port" || fail "the relay did not start"
    relay_port=$(<"$work/relay-port")
}

cp /etc/hosts "$work/hosts"
cp /etc/hosts "$work/hosts.old"
/usr/bin/mount --bind "$work/hosts" /etc/hosts
set_address 127.0.0.1
task one '{"status": "computation-started"}'
emulator
relay 127.0.0.1
api_url=http://$name:$relay_port
mount
noise_allowed=yes
expect "$(<"$mnt/one/status")" computation-started "status"

kill "$relay_pid"
wait "$relay_pid" 2>/dev/null || true
relay 127.0.0.2
set_address 127.0.0.2
age=$(now_ms)
has_aged() { (($(now_ms) - age > 1100)); }
eventually 5 has_aged
before=$(now_ms)
expect_errno ok read "$mnt/one/status"
took=$(($(now_ms) - before))
((took <= 2000 * slower)) || fail "the new address was used after $took ms"
unmount
kill "$relay_pid"
