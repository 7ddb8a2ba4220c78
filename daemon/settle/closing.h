/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The form of a closed statement. The record is one line of canonical JSON:
 *
 *   {"number":"7","previous":"SHA256","contract":"ID","period":"2026-11","revision":"1","reason":"...",
 *    "difference":"0.00","closed_at":"2026-12-01T08:00:00Z","statement":{...}}
 *
 * `previous` is the SHA-256 of the record before it in the file, 64 zeros for the first; `difference` is the
 * total less that of the revision before, null for the first. What is handed out is the envelope, one line:
 *
 *   {"closed":RECORD,"sha256":"...","public_key":"...","signature":"..."}
 *
 * sha256 is over the record's bytes, the Ed25519 signature (or "") as well.
 */
#ifndef SETTLE_CLOSING_H
#define SETTLE_CLOSING_H

#include "text.h"
#include "yaml.h"

struct closing {
	const char *number, *previous, *contract, *period, *revision, *reason, *closed_at;
	const char *difference; /* NULL: null */
	const char *statement;	/* canonical JSON */
};

void closing_record(const struct closing *c, struct text *out);
void closing_envelope(const char *record, const char *sha256, const char *public_key, const char *signature,
	struct text *out);

/* A line of JSON taken apart. Texts point into `yaml`, pieces into the line. */
struct closing_parts {
	struct yaml *yaml; /* of the whole line; yaml_free() it */
	bool sealed;	   /* an envelope; else a draft, and then only `statement` is set */
	const struct yaml_node *record, *statement;
	const char *record_text, *statement_text;
	size_t record_size, statement_size;
	const char *sha256, *public_key, *signature;
};

/* 0, or -EINVAL after a line in `d`: not a statement, or not byte for byte in its canonical form outside of
 * the statement. `file` names it in messages. */
int closing_read(const char *file, const char *line, size_t size, struct diag *d, struct closing_parts *out);

/* The text of a key, "" if there is none. */
const char *closing_text(const struct yaml_node *map, const char *key);

/* Names the places where two JSON values differ: calls `tell` with "lines[2].amount" and both values. */
typedef void closing_differ_fn(void *context, const char *path, const char *a, const char *b);
void closing_compare(
	const struct yaml_node *a, const struct yaml_node *b, closing_differ_fn *tell, void *context);

#endif
