# shellcheck shell=bash disable=SC2034
# The emulator over TLS. Sourced after lib.sh.

# start_tls: speaks TLS in front of the emulator, until the test ends, with a certificate of its own
# in $work/cert.pem. Its address is in $tls_url.
start_tls() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
    /usr/bin/python3 "$lib/tls.py" "$work/cert.pem" "$work/key.pem" "$work/tls-port" "$port" &
    tls=$!
    eventually 5 test -s "$work/tls-port" || fail "the TLS server did not start"
    tls_url=https://127.0.0.1:$(<"$work/tls-port")
}

end_tls() {
    [[ -z ${tls:-} ]] || kill "$tls"
}
at_end+=(end_tls)
