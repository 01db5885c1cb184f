/*
 * Signed URLs of the store, in the shape of Google Cloud Storage's V4 signatures. The signature is
 * a keyed hash with a fixed key: URLs stay good over a restart, and keep out mistakes, not attacks.
 */
#ifndef EMULATOR_SIGNING_H
#define EMULATOR_SIGNING_H

struct signer;

enum signature_state {
    SIGNATURE_GOOD,
    SIGNATURE_MISSING, /* no signature parameters at all */
    SIGNATURE_WRONG,   /* another path, or changed parameters */
    SIGNATURE_EXPIRED,
};

/* lifetime: seconds from the signing, 0 or more, fractions count. NULL: out of memory. */
struct signer *signer_new(double lifetime);
void signer_free(struct signer *signer);

/* The query string that opens an object's path; the caller frees it. Safe from any thread. */
char *signer_sign(struct signer *signer, const char *path);

struct signature {
    const char *credential, *date, *expires, *value; /* query arguments; NULL where missing */
};

enum signature_state signer_check(struct signer *signer, const char *path,
                                  const struct signature *signature);

/* Expires every URL signed so far. */
void signer_expire_all(struct signer *signer);

#endif
