/* Signed URLs of the store. */
#include "signing.h"

#include "json_util.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCOPE    "auto/storage/goog4_request"
#define WORDS    8 /* 32 bits each, in a signature */
#define HEX_SIZE (WORDS * 8 + 1)

struct signer {
    pthread_mutex_t lock;
    double lifetime;
    long long good_from; /* milliseconds; earlier signatures have expired. Guarded by the lock */
    long long last;      /* milliseconds; the latest signature. Guarded by the lock */
};

struct signer *signer_new(double lifetime)
{
    struct signer *signer = calloc(1, sizeof(*signer));

    if (!signer)
        return NULL;
    pthread_mutex_init(&signer->lock, NULL);
    signer->lifetime = lifetime;
    return signer;
}

void signer_free(struct signer *signer)
{
    pthread_mutex_destroy(&signer->lock);
    free(signer);
}

static uint64_t add32(uint64_t a, uint64_t b)
{
    return (a + b) & 0xffffffffu;
}

static uint64_t rotate32(uint64_t v, int n)
{
    return ((v << n) | (v >> (32 - n))) & 0xffffffffu;
}

/* The round of HalfSipHash (SipHash's authors, 2016), on 32-bit words kept in 64 bits. */
static void mix(uint64_t v[4])
{
    v[0] = add32(v[0], v[1]);
    v[1] = rotate32(v[1], 5) ^ v[0];
    v[0] = rotate32(v[0], 16);
    v[2] = add32(v[2], v[3]);
    v[3] = rotate32(v[3], 8) ^ v[2];
    v[0] = add32(v[0], v[3]);
    v[3] = rotate32(v[3], 7) ^ v[0];
    v[2] = add32(v[2], v[1]);
    v[1] = rotate32(v[1], 13) ^ v[2];
    v[2] = rotate32(v[2], 16);
}

static void hash_text(const char *text, char hex[HEX_SIZE])
{
    uint64_t v[4] = {0x7461736b, 0x66732d65, 0x6d756c61, 0x746f7221};

    for (const char *p = text; *p; p++) {
        v[3] ^= (unsigned char)*p;
        mix(v);
        mix(v);
        v[0] ^= (unsigned char)*p;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < WORDS; i++) {
        mix(v);
        mix(v);
        mix(v);
        snprintf(hex + i * 8, 9, "%08x", (unsigned)(v[1] ^ v[3]));
    }
}

static void sign_parts(const char *path, const char *credential, const char *date,
                       const char *expires, char hex[HEX_SIZE])
{
    char *text = NULL;

    hex[0] = '\0';
    if (asprintf(&text, "%s\n%s\n%s\n%s", path, credential, date, expires) < 0)
        return;
    hash_text(text, hex);
    free(text);
}

/* A signature that follows signer_expire_all is at least a millisecond later than all before. */
static long long next_moment(struct signer *signer)
{
    long long moment = (long long)(clock_unix() * 1000);

    pthread_mutex_lock(&signer->lock);
    if (moment < signer->good_from)
        moment = signer->good_from;
    signer->last = moment > signer->last ? moment : signer->last;
    pthread_mutex_unlock(&signer->lock);
    return moment;
}

char *signer_sign(struct signer *signer, const char *path)
{
    long long moment = next_moment(signer);
    time_t when = (time_t)(moment / 1000);
    char credential[96], date[32], expires[32], hex[HEX_SIZE];
    char *query = NULL;
    struct tm tm;

    gmtime_r(&when, &tm);
    strftime(date, sizeof(date), "%Y%m%dT%H%M%SZ", &tm);
    snprintf(credential, sizeof(credential), "emulator/%lld/" SCOPE, moment);
    snprintf(expires, sizeof(expires), "%.0f", signer->lifetime + 0.49);
    sign_parts(path, credential, date, expires, hex);
    if (asprintf(&query,
                 "X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=emulator%%2F%lld%%2Fauto"
                 "%%2Fstorage%%2Fgoog4_request&X-Goog-Date=%s&X-Goog-Expires=%s"
                 "&X-Goog-SignedHeaders=host&X-Goog-Signature=%s",
                 moment, date, expires, hex) < 0)
        return NULL;
    return query;
}

enum signature_state signer_check(struct signer *signer, const char *path,
                                  const struct signature *signature)
{
    char hex[HEX_SIZE];
    long long moment, good_from;

    if (!signature->value)
        return SIGNATURE_MISSING;
    if (!signature->credential || !signature->date || !signature->expires ||
        sscanf(signature->credential, "emulator/%lld/", &moment) != 1)
        return SIGNATURE_WRONG;
    sign_parts(path, signature->credential, signature->date, signature->expires, hex);
    if (hex[0] == '\0' || strcmp(hex, signature->value) != 0)
        return SIGNATURE_WRONG;
    pthread_mutex_lock(&signer->lock);
    good_from = signer->good_from;
    pthread_mutex_unlock(&signer->lock);
    if (moment < good_from || clock_unix() > (double)moment / 1000 + signer->lifetime)
        return SIGNATURE_EXPIRED;
    return SIGNATURE_GOOD;
}

void signer_expire_all(struct signer *signer)
{
    pthread_mutex_lock(&signer->lock);
    signer->good_from = signer->last + 1;
    pthread_mutex_unlock(&signer->lock);
}
