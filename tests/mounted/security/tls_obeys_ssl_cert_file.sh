#!/bin/bash
# SSL_CERT_FILE and SSL_CERT_DIR name authorities to trust, as for curl; ca_file= wins over them.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
. "$lib/tls.sh"
task one
emulator
start_tls
mkdir "$work/certs"
cp "$work/cert.pem" "$work/certs/ours.pem"
openssl rehash "$work/certs"

unset SSL_CERT_FILE SSL_CERT_DIR
plain_url=$api_url
api_url=$tls_url
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
api_url=$tls_url
unset SSL_CERT_FILE
export SSL_CERT_DIR=$work/certs
mount
expect "$(<"$mnt/one/status")" success "status with SSL_CERT_DIR"
unmount
unset SSL_CERT_DIR
api_url=$plain_url
