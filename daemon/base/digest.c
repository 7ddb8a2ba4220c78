/* SPDX-License-Identifier: BSD-3-Clause */
#include "digest.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* A struct digest_stream is an EVP_MD_CTX. SHA-256 of memory fails only when memory ends or the crypto
 * library is broken. */
struct digest_stream *digest_stream_new(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		abort();
	return (struct digest_stream *)ctx;
}

void digest_stream_add(struct digest_stream *s, const void *data, size_t size)
{
	if (EVP_DigestUpdate((EVP_MD_CTX *)s, data, size) != 1)
		abort();
}

struct digest digest_stream_end(struct digest_stream *s)
{
	struct digest d;

	if (EVP_DigestFinal_ex((EVP_MD_CTX *)s, d.byte, NULL) != 1)
		abort();
	EVP_MD_CTX_free((EVP_MD_CTX *)s);
	return d;
}

struct digest digest_of(const struct digest_piece *piece, size_t n)
{
	struct digest_stream *s = digest_stream_new();

	for (size_t i = 0; i < n; i++)
		digest_stream_add(s, piece[i].data, piece[i].size);
	return digest_stream_end(s);
}

char *digest_hex(char buf[static DIGEST_HEX_SIZE], const struct digest *d)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		buf[2 * i] = hex[d->byte[i] >> 4];
		buf[2 * i + 1] = hex[d->byte[i] & 15];
	}
	buf[2 * DIGEST_SIZE] = 0;
	return buf;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return CRYPTO_memcmp(a->byte, b->byte, DIGEST_SIZE) == 0;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int digest_parse(const char *hex, struct digest *d)
{
	struct digest value;

	if (strlen(hex) != 2 * DIGEST_SIZE)
		return -EINVAL;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		value.byte[i] = (uint8_t)(high << 4 | low);
	}
	*d = value;
	return 0;
}
