#!/bin/bash
# Over https a certificate that nobody vouches for is refused; -o ca_file= vouches for it.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
. "$lib/tls.sh"
archive one artifacts/a.txt text
emulator
start_tls

plain_url=$api_url
api_url=$tls_url
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
