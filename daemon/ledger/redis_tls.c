/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <errno.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "text.h"

struct redis_tls {
	SSL_CTX *ctx;
	char *name; /* NULL: the host asked for */
};

static int tls_refuse(char *reason, size_t size, const char *file)
{
	const char *why = ERR_reason_error_string(ERR_peek_error());

	snprintf(reason, size, "tls: %s: %s", file, why ? why : "cannot be used");
	ERR_clear_error();
	return -EINVAL;
}

static int tls_load(
	SSL_CTX *ctx, const struct redis_tls_files *files, char *reason, size_t size)
{
	ERR_clear_error();
	if (files->ca && SSL_CTX_load_verify_file(ctx, files->ca) != 1)
		return tls_refuse(reason, size, files->ca);
	if (!files->ca && SSL_CTX_set_default_verify_paths(ctx) != 1)
		return tls_refuse(reason, size, "the host's CA store");
	if (!files->certificate)
		return 0;
	if (SSL_CTX_use_certificate_chain_file(ctx, files->certificate) != 1)
		return tls_refuse(reason, size, files->certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, files->key, SSL_FILETYPE_PEM) != 1)
		return tls_refuse(reason, size, files->key);
	if (SSL_CTX_check_private_key(ctx) != 1)
		return tls_refuse(reason, size, files->key);
	return 0;
}

int redis_tls_new(
	const struct redis_tls_files *files, char *reason, size_t size, struct redis_tls **out)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct redis_tls *t;
	int r;

	if (!ctx)
		abort(); /* out of memory, as in base/text.c */
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	r = tls_load(ctx, files, reason, size);
	if (r) {
		SSL_CTX_free(ctx);
		return r;
	}
	t = mem_alloc(sizeof(*t));
	t->ctx = ctx;
	t->name = files->name ? mem_dup(files->name) : NULL;
	*out = t;
	return 0;
}

void redis_tls_free(struct redis_tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->ctx);
	free(t->name);
	free(t);
}

/* A certificate names hosts and addresses in different fields. */
static int tls_expect(SSL *ssl, const char *name)
{
	struct in6_addr address;

	if (inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name);
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

struct bufferevent *redis_tls_bufferevent(
	struct redis_tls *t, struct event_base *base, const char *host)
{
	SSL *ssl = SSL_new(t->ctx);
	struct bufferevent *bev;

	if (!ssl)
		return NULL;
	if (tls_expect(ssl, t->name ? t->name : host) != 1) {
		SSL_free(ssl);
		return NULL;
	}
	bev = bufferevent_openssl_socket_new(
		base, -1, ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	if (!bev)
		SSL_free(ssl);
	return bev;
}

bool redis_tls_error(struct bufferevent *bev, char *out, size_t size)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	unsigned long error = bufferevent_get_openssl_error(bev);
	long verify = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
	const char *why = error ? ERR_reason_error_string(error) : NULL;

	if (verify != X509_V_OK) {
		snprintf(out, size, "tls: %s", X509_verify_cert_error_string(verify));
		return true;
	}
	/* TLS 1.3: a server that does not like our certificate says so after the handshake, and closes on what we have
	 * sent by then, with which its words may be lost (RFC 8446 section 4.4.2.4). */
	if (!why && ssl && EVUTIL_SOCKET_ERROR() == ECONNRESET)
		why = SSL_get_certificate(ssl) ? "connection reset: is our client certificate refused?" :
						 "connection reset: is a client certificate required?";
	if (!why)
		return false;
	snprintf(out, size, "tls: %s", why);
	return true;
}
