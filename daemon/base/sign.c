/* SPDX-License-Identifier: BSD-3-Clause */
#include "sign.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A struct sign_key is an EVP_PKEY. */
static EVP_PKEY *pkey(const struct sign_key *k)
{
	return (EVP_PKEY *)(uintptr_t)k;
}

/* A new file, never over an old one. */
static FILE *create(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd >= 0 && !f)
		close(fd);
	return f;
}

static int write_key(const char *path, EVP_PKEY *k, bool private)
{
	FILE *f = create(path, private ? 0600 : 0644);
	int ok, rc = 0;

	if (!f)
		return -errno;
	ok = private ? PEM_write_PKCS8PrivateKey(f, k, NULL, NULL, 0, NULL, NULL) : PEM_write_PUBKEY(f, k);
	if (ok != 1 || fflush(f) || fsync(fileno(f)))
		rc = -EIO;
	fclose(f);
	if (rc)
		unlink(path);
	return rc;
}

int sign_generate(const char *path, const char *public_path)
{
	EVP_PKEY *k = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	int rc;

	if (!k)
		return -EIO;
	rc = write_key(path, k, true);
	if (!rc) {
		rc = write_key(public_path, k, false);
		if (rc)
			unlink(path);
	}
	EVP_PKEY_free(k);
	return rc;
}

static int no_password(char *buf, int size, int rwflag, void *context)
{
	(void)buf, (void)size, (void)rwflag, (void)context;
	return -1; /* an encrypted key is refused; never ask at a terminal */
}

static int read_key(const char *path, bool private, struct sign_key **out)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *k;

	if (!f)
		return -errno;
	k = private ? PEM_read_PrivateKey(f, NULL, no_password, NULL) : PEM_read_PUBKEY(f, NULL, NULL, NULL);
	fclose(f);
	if (!k || EVP_PKEY_base_id(k) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(k);
		return -EINVAL;
	}
	*out = (struct sign_key *)k;
	return 0;
}

int sign_read_private(const char *path, struct sign_key **out)
{
	return read_key(path, true, out);
}

int sign_read_public(const char *path, struct sign_key **out)
{
	return read_key(path, false, out);
}

static bool from_hex(const char *hex, uint8_t *out, size_t size)
{
	static const char digits[] = "0123456789abcdef";

	if (strlen(hex) != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		const char *high = strchr(digits, hex[2 * i]), *low = strchr(digits, hex[2 * i + 1]);

		if (!high || !low)
			return false;
		out[i] = (uint8_t)((high - digits) << 4 | (low - digits));
	}
	return true;
}

static void to_hex(char *hex, const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		snprintf(hex + 2 * i, 3, "%02x", data[i]);
}

int sign_public_from_hex(const char *hex, struct sign_key **out)
{
	uint8_t raw[SIGN_KEY_SIZE];
	EVP_PKEY *k;

	if (!from_hex(hex, raw, sizeof(raw)))
		return -EINVAL;
	k = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, sizeof(raw));
	if (!k)
		return -EINVAL;
	*out = (struct sign_key *)k;
	return 0;
}

void sign_free(struct sign_key *k)
{
	EVP_PKEY_free(pkey(k));
}

char *sign_public_hex(char buf[static SIGN_KEY_HEX_SIZE], const struct sign_key *k)
{
	uint8_t raw[SIGN_KEY_SIZE] = { 0 };
	size_t size = sizeof(raw);

	EVP_PKEY_get_raw_public_key(pkey(k), raw, &size);
	to_hex(buf, raw, sizeof(raw));
	return buf;
}

int sign_make(const struct sign_key *k, const void *data, size_t size, char hex[static SIGN_HEX_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t raw[SIGN_SIZE];
	size_t n = sizeof(raw);
	int rc = -EINVAL;

	if (ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey(k)) == 1 &&
		EVP_DigestSign(ctx, raw, &n, data, size) == 1 && n == sizeof(raw)) {
		to_hex(hex, raw, sizeof(raw));
		rc = 0;
	}
	EVP_MD_CTX_free(ctx);
	return rc;
}

bool sign_fits(const struct sign_key *k, const void *data, size_t size, const char *hex)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t raw[SIGN_SIZE];
	bool fits = from_hex(hex, raw, sizeof(raw)) && ctx &&
		EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey(k)) == 1 &&
		EVP_DigestVerify(ctx, raw, sizeof(raw), data, size) == 1;

	EVP_MD_CTX_free(ctx);
	return fits;
}
