#!/bin/bash
# The mount and the machines are in networks from which they cannot reach each other, and each
# reaches a TURN server, which both of them use, or one alone.
# tags: waits
if ((EUID == 0)) && [[ -z ${TEST_HAS_NETWORK:-} ]] && unshare -n true; then
    TEST_HAS_NETWORK=yes exec unshare -n bash "$0"
fi
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/tracker.sh"
[[ -n ${TEST_HAS_NETWORK:-} ]] || skip "needs root, for network namespaces"
command -v ip >/dev/null || skip "no iproute2"
server=10.9.9.9 # of the service and of the TURN server

# network NAME NUMBER: a network of its own, of which this one is the router, and forwards nothing.
# It lives as long as the process ${pids[NAME]}.
declare -A pids=()
network() {
    local inside
    unshare -n sleep 1000 &
    pids[$1]=$!
    inside=(nsenter --net="/proc/${pids[$1]}/ns/net")
    eventually 5 is_apart "${pids[$1]}" || fail "no network was made"
    ip link add "$1" type veth peer name eth0 netns "${pids[$1]}"
    ip addr add "10.9.$2.1/24" dev "$1"
    ip link set "$1" up
    "${inside[@]}" ip addr add "10.9.$2.2/24" dev eth0
    "${inside[@]}" ip link set eth0 up
    "${inside[@]}" ip route add default via "10.9.$2.1"
}

# While the process starts its program, the link cannot be read.
is_apart() { # PID
    local there
    there=$(readlink "/proc/$1/ns/net") && [[ -n $there && $there != "$(readlink /proc/self/ns/net)" ]]
}

end_networks() {
    kill "${pids[@]}" 2>/dev/null || true
    [[ -z ${port:-} ]] || api_url=http://127.0.0.1:$port
}

ip link set lo up
ip addr add "$server/32" dev lo
echo 0 >/proc/sys/net/ipv4/ip_forward
at_end+=(end_networks)
network user 1
network away 2
prefix=(nsenter --net="/proc/${pids[user]}/ns/net" "${prefix[@]}")
machine=(nsenter --net="/proc/${pids[away]}/ns/net")
# An address that no server is reached from, as that of a bridge for containers.
"${prefix[@]}" ip link set lo up
"${prefix[@]}" ip addr add 172.17.0.1/16 dev lo

for name in both ours theirs; do
    running "$name"
    seq 1 50000 >"$outputs/$name/stdout.txt"
done
mkdir "$outputs/both/sub"
printf 'below\n' >"$outputs/both/sub/file.txt"
emulator
/usr/bin/python3 "$lib/relay.py" "$server" 0 "$port" "$work/passed.port" &
pids[passed]=$!
/usr/bin/python3 "$lib/../../tracker/turn_server.py" "$server" 3478 "$work/relay" &
pids[turn]=$!
are_listening() {
    [[ -s $work/passed.port && -s $work/relay ]]
}
eventually 10 are_listening || fail "the servers did not start"
api_url=http://$server:$(<"$work/passed.port")
tracker both --ice-server "$server:3478"
tracker ours
tracker theirs --ice-server "$server:3478"

# relayed LEAST: at least so many bytes have gone to owners of relays or come from them.
relayed() {
    local from to
    read -r _ from to <"$work/relay"
    ((from + to >= $1))
}
size=$(stat -c %s "$outputs/both/stdout.txt")

export INDUCTIVA_TURN_SERVER_URL=$server:3478
mount -o timeout=15
within 3500 test -e "$mnt/both/live/stdout.txt"
expect "$(cd "$mnt/both/live" && find . | sort | xargs)" ". ./stdout.txt ./sub ./sub/file.txt"
expect "$(<"$mnt/both/live/sub/file.txt")" below
cmp "$mnt/both/live/stdout.txt" <(seq 1 50000 | head -c -1)
eventually 5 relayed "$size" || fail "it was not relayed: $(<"$work/relay")"
tail -n 0 -f "$mnt/both/live/stdout.txt" >"$work/followed" 2>/dev/null &
pids[tail]=$!
sleep 1
echo more >>"$outputs/both/stdout.txt"
has_followed() {
    grep -q more "$work/followed"
}
eventually $((5 * slower)) has_followed || fail "tail -f has not shown the new line"
kill "${pids[tail]}"
unset 'pids[tail]'
cmp "$mnt/ours/live/stdout.txt" <(seq 1 50000 | head -c -1)
eventually 5 relayed $((2 * size)) || fail "it was not relayed: $(<"$work/relay")"
unmount

export INDUCTIVA_TURN_SERVER_URL=
mount -o timeout=15
cmp "$mnt/theirs/live/stdout.txt" <(seq 1 50000 | head -c -1)
eventually 5 relayed $((3 * size)) || fail "it was not relayed: $(<"$work/relay")"
