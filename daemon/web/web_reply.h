/* SPDX-License-Identifier: BSD-3-Clause */
/* Replies from memory. Each handler gives one. Security headers are added to all; "Cache-Control:
 * no-store" unless the handler has set another. */
#ifndef WEB_WEB_REPLY_H
#define WEB_WEB_REPLY_H

#include "web.h"

/* A header of the reply to come. Value: no line breaks. */
void web_reply_header(struct web_request *r, const char *name, const char *value);

/* `type`: of the content. The data is copied. */
void web_reply(struct web_request *r, int status, const char *type, const void *data, size_t size);
void web_reply_text(struct web_request *r, int status, const char *type, const struct text *body);

/* A line of text for people: "404 Not Found: what\n". `what` may be NULL. */
void web_reply_error(struct web_request *r, int status, const char *what);

#endif
