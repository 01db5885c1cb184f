#!/bin/bash
# Over https a certificate that nobody vouches for is refused; -o ca_file= vouches for it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
archive one artifacts/a.txt text
emulator
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
/usr/bin/python3 "$lib/tls.py" "$work/cert.pem" "$work/key.pem" "$work/tls-port" "$port" &
tls=$!
eventually 5 test -s "$work/tls-port" || fail "the TLS server did not start"

plain_url=$api_url
api_url=https://127.0.0.1:$(<"$work/tls-port")
expect_refusal 1 'certificate|ssl|tls' -o "api_url=$api_url" "$mnt"
expect_refusal 2 'missing.pem.*No such file' -o "api_url=$api_url,ca_file=$work/missing.pem" "$mnt"
printf 'no certificate\n' >"$work/text.pem"
expect_refusal 2 'text.pem.*PEM' -o "api_url=$api_url,ca_file=$work/text.pem" "$mnt"
mount -o "ca_file=$work/cert.pem"
rm "$work/cert.pem" # it was read
expect "$(<"$mnt/one/status")" success "status over https"
expect "$(<"$mnt/one/outputs/a.txt")" text "an output"
unmount
api_url=$plain_url
kill "$tls"
