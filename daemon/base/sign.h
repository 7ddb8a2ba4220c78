/* SPDX-License-Identifier: BSD-3-Clause */
/* Ed25519 signatures (RFC 8032) by OpenSSL, with keys in PEM files that its command line reads too. */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIGN_KEY_SIZE	    32
#define SIGN_SIZE	    64
#define SIGN_KEY_HEX_SIZE   (2 * SIGN_KEY_SIZE + 1)
#define SIGN_HEX_SIZE	    (2 * SIGN_SIZE + 1)

struct sign_key;

/* Writes a new private key to `path` (mode 0600, never over an existing file: -EEXIST) and its public key
 * to `public_path`. 0, or -errno. */
int sign_generate(const char *path, const char *public_path);

/* -ENOENT and the like; -EINVAL: not an Ed25519 key of that kind. */
int sign_read_private(const char *path, struct sign_key **out);
int sign_read_public(const char *path, struct sign_key **out);
/* From 64 hexadecimal digits. */
int sign_public_from_hex(const char *hex, struct sign_key **out);
void sign_free(struct sign_key *k); /* accepts NULL */

char *sign_public_hex(char buf[static SIGN_KEY_HEX_SIZE], const struct sign_key *k);
/* 0 and the signature as hexadecimal digits, or -EINVAL (the key is not a private one). */
int sign_make(const struct sign_key *k, const void *data, size_t size, char hex[static SIGN_HEX_SIZE]);
bool sign_fits(const struct sign_key *k, const void *data, size_t size, const char *hex);

#endif
