#!/bin/bash
# SSL_CERT_FILE and SSL_CERT_DIR name authorities to trust, as for curl; ca_file= wins over them.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
task one
emulator
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
mkdir "$work/certs"
cp "$work/cert.pem" "$work/certs/ours.pem"
openssl rehash "$work/certs"
/usr/bin/python3 "$lib/tls.py" "$work/cert.pem" "$work/key.pem" "$work/tls-port" "$port" &
tls=$!
eventually 5 test -s "$work/tls-port" || fail "the TLS server did not start"

unset SSL_CERT_FILE SSL_CERT_DIR
plain_url=$api_url
api_url=https://127.0.0.1:$(<"$work/tls-port")
# A certificate that is not trusted is said at once: trying again would not help.
before=$(now_ms)
expect_refusal 1 'certificate' -o "api_url=$api_url,timeout=60" "$mnt"
(($(now_ms) - before <= 3000 * slower)) || fail "two refusals took $(($(now_ms) - before)) ms"

export SSL_CERT_FILE=$work/cert.pem
mount
expect "$(<"$mnt/one/status")" success "status with SSL_CERT_FILE"
unmount
SSL_CERT_FILE=$work/missing.pem
expect_refusal 2 "SSL_CERT_FILE '.*missing.pem': No such file" -o "api_url=$api_url" "$mnt"
mount -o "ca_file=$work/cert.pem"
unmount
api_url=$plain_url # where no certificate is needed
mount
unmount
api_url=https://127.0.0.1:$(<"$work/tls-port")
unset SSL_CERT_FILE
export SSL_CERT_DIR=$work/certs
mount
expect "$(<"$mnt/one/status")" success "status with SSL_CERT_DIR"
unmount
unset SSL_CERT_DIR
api_url=$plain_url
kill "$tls"
