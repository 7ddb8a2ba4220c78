/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replies without end: server-sent events. A stream lives until its client goes, does not read
 * (more than `stream_bytes` wait, or nothing was taken for `write_s`), its token is taken out of the
 * file, or the owner ends it. In each of these cases `closed` is called, once, and the stream is
 * gone. An idle stream gets comments, so that a dead client is noticed.
 */
#ifndef WEB_WEB_STREAM_H
#define WEB_WEB_STREAM_H

#include "web.h"

struct web_stream;

typedef void web_closed_fn(struct web_stream *s, void *context);

/* Answers the request with a stream of type text/event-stream. After a HEAD request NULL: it is
 * answered. */
struct web_stream *web_stream_begin(struct web_request *r, web_closed_fn *closed, void *context);

/* Sends bytes: whole events. 0; -ENOBUFS: the client does not read, `closed` was called. */
int web_stream_send(struct web_stream *s, const void *data, size_t size);
void web_stream_end(struct web_stream *s); /* calls `closed` */

/* Bytes that the kernel has not taken; what was just sent goes there when the loop runs next. */
size_t web_stream_waiting(const struct web_stream *s);

/* An event in the form of the HTML standard: `name` NULL for "message"; lines of `data` are split.
 */
void web_event(struct text *out, const char *name, const char *data);

/* Many streams that get the same. */
struct web_feed;
struct web_feed *web_feed_new(void);
void web_feed_free(struct web_feed *f); /* ends its streams; accepts NULL */
/* The new stream, to send it a first event, or NULL after HEAD. It leaves the feed by itself. */
struct web_stream *web_feed_join(struct web_feed *f, struct web_request *r);
void web_feed_send(struct web_feed *f, const void *data, size_t size);
size_t web_feed_count(const struct web_feed *f);
size_t web_feed_waiting(const struct web_feed *f); /* bytes, of all its streams */

#endif
