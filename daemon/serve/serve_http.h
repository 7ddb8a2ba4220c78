/* SPDX-License-Identifier: BSD-3-Clause */
/* The routes: the page's files, the API on behalf of a token's holder, the event stream, signing in and out. */
#ifndef SERVE_SERVE_HTTP_H
#define SERVE_SERVE_HTTP_H

#include "api.h"
#include "web.h"

struct serve_http;

/* `api` is borrowed. 0; -EINVAL (an address or a token file that is wrong) or -EPERM (beyond loopback
 * without tokens), logged; or another -errno, logged. */
int serve_http_open(struct event_base *base, struct api *api, const char *listen, const char *tokens,
	struct serve_http **out);
void serve_http_close(struct serve_http *h); /* accepts NULL */

/* Tells every listener of the event stream what is new. */
void serve_http_tell(struct serve_http *h);
uint16_t serve_http_port(const struct serve_http *h);

#endif
