/*
 * Signed URLs of the store, in the shape of Google Cloud Storage's V4 signatures. The signature is
 * a hash with a fixed key: URLs stay valid over a restart, and it detects mistakes, not attacks.
 */
#ifndef EMULATOR_SIGNING_H
#define EMULATOR_SIGNING_H

struct signer;

enum signature_state {
    SIGNATURE_GOOD,
    SIGNATURE_MISSING, /* no signature parameters at all */
    SIGNATURE_WRONG,   /* for another path, or a parameter was changed or left out */
    SIGNATURE_EXPIRED,
};

/* lifetime is in seconds from the signing, 0 or more. Returns NULL when out of memory. */
struct signer *signer_new(double lifetime);
void signer_free(struct signer *signer);

/*
 * Returns the query string that gives access to an object's path, which the caller frees; NULL when
 * out of memory. Safe from any thread.
 */
char *signer_sign(struct signer *signer, const char *path);

struct signature {
    const char *credential, *date, *expires, *value; /* query arguments, NULL when missing */
};

enum signature_state signer_check(struct signer *signer, const char *path,
                                  const struct signature *signature);

/* Expires every URL that has been signed. Safe from any thread. */
void signer_expire_all(struct signer *signer);

#endif
