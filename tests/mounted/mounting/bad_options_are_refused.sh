#!/bin/bash
# Unknown options and values that make no sense: one line, status 2, nothing mounted.
. "${TEST_LIB:?run me with tests/run}/lib.sh"

. "$lib/refusal.sh"
task one
emulator
url="api_url=$api_url"

expect_refusal 2 'banana' -o "$url" -o banana "$mnt"
expect_refusal 2 'banana' -o "$url,banana=1" "$mnt"
expect_refusal 2 'frobnicate' -o "$url" --frobnicate "$mnt"
expect_refusal 2 '[^a-z]-?z[^a-z]' -o "$url" -z "$mnt"
expect_refusal 2 'no mount point' -o "$url"
expect_refusal 2 'extra|mount point' -o "$url" "$mnt" extra
for value in cache_size=banana cache_size= cache_size=-1 cache_size=1X cache_size=99999999999999999999G \
    ttl=soon ttl=-1 ttl= timeout=never timeout=-3 umask=999 umask=u=rw uid=nobody1 uid=-2 gid=x \
    api_url=banana api_url=ftp://x api_url= api_url=http:// 'api_url=http://a b'; do
    if [[ $value == api_url* ]]; then
        expect_refusal 2 "${value%%=*}|URL" -o "$value" "$mnt"
    else
        expect_refusal 2 "${value%%=*}" -o "$url" -o "$value" "$mnt"
    fi
done
INDUCTIVA_API_URL=banana expect_refusal 2 'URL' "$mnt"
expect_requests 0
