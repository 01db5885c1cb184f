#!/bin/bash
# Forty connections over TLS take little CPU time: the authorities, which are those of a
# whole system, are parsed for the first one alone. Parsing them takes 20 ms and more.
# tags: plain alone
. "${TEST_LIB:?run me with tests/run}/lib.sh"

for ((i = 0; i < 40; i++)); do task "t$i"; done
emulator
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
/usr/bin/python3 "$lib/tls.py" "$work/cert.pem" "$work/key.pem" "$work/tls-port" "$port" &
tls=$!
eventually 5 test -s "$work/tls-port" || fail "the TLS server did not start"
plain_url=$api_url
api_url=https://127.0.0.1:$(<"$work/tls-port")
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
kill "$tls"
