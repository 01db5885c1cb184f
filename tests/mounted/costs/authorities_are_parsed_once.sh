#!/bin/bash
# Forty connections over TLS take little CPU time: the authorities, which are those of a
# whole system, are parsed for the first one alone. Parsing them takes 20 ms and more.
# tags: plain alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"
. "$lib/tls.sh"

for ((i = 0; i < 40; i++)); do task "t$i"; done
emulator
start_tls
plain_url=$api_url
api_url=$tls_url
cat /etc/ssl/certs/ca-certificates.crt "$work/cert.pem" >"$work/all.pem"
mount -o "ca_file=$work/all.pem"
api_url=$plain_url

cpu_ms() {
    awk '{ print ($14 + $15) * 10 }' "/proc/$taskfs_pid/stat"
}
before=$(cpu_ms)
fault '{"match": {"kind": "task"}, "action": "delay", "seconds": 1}'
mark
readers=()
for ((i = 0; i < 40; i++)); do
    cat "$mnt/t$i/task.json" >"$work/read.$i" &
    readers+=($!)
done
wait "${readers[@]}"
connections=$(jq -r .conn "$request_log" | sort -u | wc -l)
((connections >= 40)) || fail "$connections connections only"
took=$(($(cpu_ms) - before))
echo "$took ms"
((took < 400)) || fail "forty connections took $took ms of CPU time"
