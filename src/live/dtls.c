#include "live/dtls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define LINK_MTU   1200 /* bytes of a packet */
#define RECORD_MAX 16384
/* What is not answered is repeated after so many milliseconds at first, and then after twice as
 * many each time. OpenSSL's default is a second. */
#define REPEAT_FIRST_MS 400
#define REPEAT_MOST_MS  6400
#define VALID_DAYS      30
#define SUITES                                                     \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:" \
    "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA"
/* No media flows, but the other side ends when no profile was chosen. */
#define SRTP_PROFILES "SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"

struct dtls_identity {
    SSL_CTX *context;
    BIO_METHOD *packets;
    struct sdp_fingerprint fingerprint;
};

struct dtls {
    SSL *ssl;
    const struct dtls_events *events;
    void *arg;
    const void *packet; /* what OpenSSL has to read next, or NULL */
    size_t packet_len;
    struct sdp_fingerprint expected[SDP_FINGERPRINTS_MAX];
    size_t expected_count;
    int is_secure, has_failed;
    /* The end of the handshake. OpenSSL repeats it only when the other side asks, which it does
     * after seconds; it may come any number of times. */
    unsigned char last[LINK_MTU];
    size_t last_len; /* 0: something has come after the handshake, so that it has arrived */
    int64_t repeat_ms, repeat_at;
};

/* ---- certificates ---- */

static const EVP_MD *digest_of(enum sdp_hash hash)
{
    return hash == SDP_SHA_256 ? EVP_sha256() : hash == SDP_SHA_384 ? EVP_sha384() : EVP_sha512();
}

/* Returns the length of the digest, or 0. */
static size_t digest_certificate(const X509 *certificate, enum sdp_hash hash,
                                 unsigned char digest[EVP_MAX_MD_SIZE])
{
    unsigned len = 0;

    return X509_digest(certificate, digest_of(hash), digest, &len) ? len : 0;
}

/* Returns 1 when all has succeeded. */
static int fill_certificate(X509 *certificate, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    uint32_t serial;

    if (!RAND_bytes((unsigned char *)&serial, sizeof(serial)))
        return 0;
    return X509_set_version(certificate, X509_VERSION_3) &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -24L * 3600) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_DAYS * 24L * 3600) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                      (const unsigned char *)"taskfs-live", -1, -1, 0) &&
           X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
           X509_sign(certificate, key, EVP_sha256());
}

/* The fingerprint is compared after the handshake, in place of a chain of trust. */
static int accept_any(int is_good, X509_STORE_CTX *store)
{
    (void)is_good;
    (void)store;
    return 1;
}

static int set_up_context(SSL_CTX *context, X509 *certificate, EVP_PKEY *key)
{
    SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_SINGLE_ECDH_USE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
    SSL_CTX_set_read_ahead(context, 1); /* a datagram is read in one go */
    return SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) &&
           SSL_CTX_set_cipher_list(context, SUITES) &&
           SSL_CTX_set_tlsext_use_srtp(context, SRTP_PROFILES) == 0 &&
           SSL_CTX_use_certificate(context, certificate) && SSL_CTX_use_PrivateKey(context, key);
}

/* ---- packets, as OpenSSL reads and writes them ---- */

static int read_packet(BIO *bio, char *out, int size)
{
    struct dtls *dtls = BIO_get_data(bio);
    size_t n = dtls->packet_len;

    BIO_clear_retry_flags(bio);
    if (!dtls->packet) {
        BIO_set_retry_read(bio);
        return -1;
    }
    if (n > (size_t)size)
        n = (size_t)size; /* a datagram is cut */
    memcpy(out, dtls->packet, n);
    dtls->packet = NULL;
    return (int)n;
}

static int write_packet(BIO *bio, const char *packet, int n)
{
    struct dtls *dtls = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    if (n <= 0)
        return n;
    if (!dtls->is_secure && (size_t)n <= sizeof(dtls->last)) {
        memcpy(dtls->last, packet, (size_t)n);
        dtls->last_len = (size_t)n;
    }
    dtls->events->send(dtls->arg, packet, (size_t)n);
    return n;
}

static long control_packets(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return LINK_MTU;
    default:
        return 0;
    }
}

static BIO_METHOD *make_packets(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "packets");

    if (method && BIO_meth_set_read(method, read_packet) &&
        BIO_meth_set_write(method, write_packet) && BIO_meth_set_ctrl(method, control_packets))
        return method;
    BIO_meth_free(method);
    return NULL;
}

/* ---- identity ---- */

static int make_identity(struct dtls_identity *identity, X509 *certificate, EVP_PKEY *key)
{
    identity->packets = make_packets();
    identity->context = SSL_CTX_new(DTLS_server_method());
    if (!identity->packets || !identity->context || !certificate || !key ||
        !fill_certificate(certificate, key) || !set_up_context(identity->context, certificate, key))
        return 0;
    identity->fingerprint.hash = SDP_SHA_256;
    identity->fingerprint.len = digest_certificate(certificate, SDP_SHA_256,
                                                   identity->fingerprint.digest);
    return identity->fingerprint.len > 0;
}

struct dtls_identity *dtls_identity_new(void)
{
    struct dtls_identity *identity = calloc(1, sizeof(*identity));
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();

    if (identity && !make_identity(identity, certificate, key)) {
        dtls_identity_free(identity);
        identity = NULL;
    }
    X509_free(certificate);
    EVP_PKEY_free(key);
    return identity;
}

void dtls_identity_free(struct dtls_identity *identity)
{
    if (!identity)
        return;
    SSL_CTX_free(identity->context);
    BIO_meth_free(identity->packets);
    free(identity);
}

void dtls_identity_fingerprint(const struct dtls_identity *identity,
                               struct sdp_fingerprint *fingerprint)
{
    *fingerprint = identity->fingerprint;
}

/* ---- a connection ---- */

/* `before`: how long the timer was, in microseconds; 0 the first time. */
static unsigned next_timer(SSL *ssl, unsigned before)
{
    (void)ssl;
    if (!before)
        return REPEAT_FIRST_MS * 1000;
    return before < REPEAT_MOST_MS * 1000 ? 2 * before : REPEAT_MOST_MS * 1000;
}

static void fail(struct dtls *dtls, const char *why)
{
    if (dtls->has_failed)
        return;
    dtls->has_failed = 1;
    dtls->events->on_failed(dtls->arg, why);
}

struct dtls *dtls_new(struct dtls_identity *identity, const struct dtls_events *events, void *arg)
{
    struct dtls *dtls = calloc(1, sizeof(*dtls));
    BIO *bio = BIO_new(identity->packets);

    if (dtls)
        dtls->ssl = SSL_new(identity->context);
    if (!dtls || !dtls->ssl || !bio) {
        BIO_free(bio);
        if (dtls)
            SSL_free(dtls->ssl);
        free(dtls);
        return NULL;
    }
    dtls->events = events;
    dtls->arg = arg;
    BIO_set_data(bio, dtls);
    BIO_set_init(bio, 1);
    SSL_set_bio(dtls->ssl, bio, bio);
    DTLS_set_link_mtu(dtls->ssl, LINK_MTU);
    DTLS_set_timer_cb(dtls->ssl, next_timer);
    SSL_set_accept_state(dtls->ssl);
    return dtls;
}

void dtls_free(struct dtls *dtls)
{
    if (!dtls)
        return;
    SSL_free(dtls->ssl);
    free(dtls);
}

void dtls_expect(struct dtls *dtls, const struct sdp_fingerprint *fingerprints, size_t count)
{
    if (count > SDP_FINGERPRINTS_MAX)
        count = 0; /* matches nothing */
    memcpy(dtls->expected, fingerprints, count * sizeof(*fingerprints));
    dtls->expected_count = count;
}

/* Whether the other side's certificate has every fingerprint that was announced. */
static int is_expected(const struct dtls *dtls)
{
    X509 *certificate = SSL_get0_peer_certificate(dtls->ssl);
    unsigned char digest[EVP_MAX_MD_SIZE];

    if (!certificate || !dtls->expected_count)
        return 0;
    for (size_t i = 0; i < dtls->expected_count; i++) {
        const struct sdp_fingerprint *expected = &dtls->expected[i];

        if (digest_certificate(certificate, expected->hash, digest) != expected->len ||
            CRYPTO_memcmp(digest, expected->digest, expected->len) != 0)
            return 0;
    }
    return 1;
}

/* What a call of OpenSSL that has returned `rc` <= 0 means: waiting, or the end. */
static void look_at_failure(struct dtls *dtls, int rc)
{
    int error = SSL_get_error(dtls->ssl, rc);

    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return;
    if (error == SSL_ERROR_ZERO_RETURN)
        fail(dtls, "the machine has closed the connection");
    else
        fail(dtls, dtls->is_secure ? "the encrypted connection to the machine has failed"
                                   : "the machine and we do not agree on encryption");
}

static void go_on_with_handshake(struct dtls *dtls)
{
    int rc;

    ERR_clear_error();
    rc = SSL_do_handshake(dtls->ssl);
    if (rc <= 0) {
        look_at_failure(dtls, rc);
    } else if (!is_expected(dtls)) {
        fail(dtls, "the machine's certificate is not the one that it has announced");
    } else {
        dtls->is_secure = 1;
        dtls->repeat_ms = REPEAT_FIRST_MS;
        dtls->repeat_at = clock_ms() + dtls->repeat_ms;
        dtls->events->on_secure(dtls->arg);
    }
}

static void read_data(struct dtls *dtls)
{
    static unsigned char data[RECORD_MAX]; /* one thread, and not used across calls */

    while (!dtls->has_failed) {
        int n;

        ERR_clear_error();
        n = SSL_read(dtls->ssl, data, sizeof(data));
        if (n <= 0) {
            look_at_failure(dtls, n);
            return;
        }
        dtls->last_len = 0;
        dtls->events->on_data(dtls->arg, data, (size_t)n);
    }
}

/* RFC 7983, 7: what else may come on the same port. */
static int is_dtls(const unsigned char *packet, size_t n)
{
    return n && packet[0] >= 20 && packet[0] <= 63;
}

void dtls_take_packet(struct dtls *dtls, const void *packet, size_t n)
{
    if (dtls->has_failed || !dtls->expected_count || !is_dtls(packet, n))
        return;
    dtls->packet = packet;
    dtls->packet_len = n;
    if (!dtls->is_secure)
        go_on_with_handshake(dtls);
    if (dtls->is_secure)
        read_data(dtls);
    dtls->packet = NULL;
}

void dtls_send(struct dtls *dtls, const void *data, size_t n)
{
    if (!dtls->is_secure || dtls->has_failed || n > RECORD_MAX)
        return;
    ERR_clear_error();
    SSL_write(dtls->ssl, data, (int)n); /* what is lost is repeated by SCTP */
}

/* The end of the handshake, until something comes. */
static void repeat_last(struct dtls *dtls)
{
    int64_t now = clock_ms();

    if (!dtls->last_len || now < dtls->repeat_at)
        return;
    if (dtls->repeat_ms < REPEAT_MOST_MS)
        dtls->repeat_ms *= 2;
    dtls->repeat_at = now + dtls->repeat_ms;
    dtls->events->send(dtls->arg, dtls->last, dtls->last_len);
}

void dtls_tick(struct dtls *dtls)
{
    if (dtls->has_failed)
        return;
    if (dtls->is_secure) {
        repeat_last(dtls);
        return;
    }
    ERR_clear_error();
    if (DTLSv1_handle_timeout(dtls->ssl) < 0)
        fail(dtls, "the machine does not complete the encryption of the connection");
}

void dtls_close(struct dtls *dtls)
{
    if (dtls->is_secure && !dtls->has_failed)
        SSL_shutdown(dtls->ssl);
    ERR_clear_error();
}
