/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writing and strictly reading the canonical text. The reader accepts a text if and only if the
 * writer would give the same bytes for what was read: the property test holds it to that.
 */
#include "interval.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"

const char *const origin_name[ORIGINS] = { "live", "capture", "recovered" };

struct interval *interval_new(size_t n_taps, size_t n_records)
{
	struct interval *iv = mem_alloc(sizeof(*iv));

	iv->taps = mem_array(n_taps, sizeof(*iv->taps));
	iv->records = mem_array(n_records, sizeof(*iv->records));
	iv->n_taps = n_taps;
	iv->n_records = n_records;
	return iv;
}

void interval_free(struct interval *iv)
{
	if (!iv)
		return;
	free(iv->taps);
	free(iv->records);
	free(iv);
}

struct interval *interval_silent(const struct interval *like, int64_t start)
{
	struct interval *iv = interval_new(like->n_taps, 0);

	memcpy(iv->meter, like->meter, NAME_SIZE);
	iv->start = start;
	iv->end = start + (like->end - like->start);
	iv->origin = like->origin;
	iv->config = like->config;
	for (size_t i = 0; i < iv->n_taps; i++)
		memcpy(iv->taps[i].name, like->taps[i].name, NAME_SIZE);
	return iv;
}

static int tap_compare(const void *a, const void *b)
{
	const struct tap_count *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int record_compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	return x->cell == y->cell ? 0 : cell_name_compare(x->cell, y->cell);
}

void interval_adopt(struct interval *iv, struct cellbook *book)
{
	for (size_t i = 0; i < iv->n_records; i++)
		iv->records[i].cell = cellbook_intern(book, iv->records[i].cell);
}

void interval_sort(struct interval *iv)
{
	qsort(iv->taps, iv->n_taps, sizeof(*iv->taps), tap_compare);
	qsort(iv->records, iv->n_records, sizeof(*iv->records), record_compare);
}

static bool in_order(const struct interval *iv)
{
	for (size_t i = 1; i < iv->n_taps; i++)
		if (tap_compare(&iv->taps[i - 1], &iv->taps[i]) >= 0)
			return false;
	for (size_t i = 1; i < iv->n_records; i++)
		if (record_compare(&iv->records[i - 1], &iv->records[i]) >= 0)
			return false;
	return true;
}

int interval_check(const struct interval *iv)
{
	unsigned __int128 packets = 0, bytes = 0, tap_packets = 0, tap_bytes = 0;

	if (!in_order(iv))
		return -EINVAL;
	for (size_t i = 0; i < iv->n_records; i++) {
		packets += iv->records[i].count.packets;
		bytes += iv->records[i].count.l2_bytes;
	}
	for (size_t i = 0; i < iv->n_taps; i++) {
		packets += iv->taps[i].unknown_packets;
		bytes += iv->taps[i].unknown_l2_bytes;
		tap_packets += iv->taps[i].packets;
		tap_bytes += iv->taps[i].l2_bytes;
	}
	return packets == tap_packets && bytes == tap_bytes ? 0 : -EBADMSG;
}

struct digest interval_chain(const struct digest *previous, const char *text, size_t size)
{
	char hex[DIGEST_HEX_SIZE];
	const struct digest_piece piece[] = {
		{ digest_hex(hex, previous), DIGEST_HEX_SIZE - 1 },
		{ "\n", 1 },
		{ text, size },
	};

	return digest_of(piece, sizeof(piece) / sizeof(*piece));
}

/* Writing: every field but a line's first word is preceded by one space. */

static void put_word(struct text *out, const char *word)
{
	text_add(out, " ", 1);
	text_str(out, word);
}

static void put_numbers(struct text *out, const uint64_t *n, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		text_add(out, " ", 1);
		text_u64(out, n[i]);
	}
	text_add(out, "\n", 1);
}

static void put_head(struct text *out, const struct interval *iv)
{
	char at[RFC3339_SIZE], hex[DIGEST_HEX_SIZE];

	text_str(out, "interval");
	put_word(out, iv->meter);
	text_add(out, " ", 1);
	text_u64(out, iv->seq);
	put_word(out, clock_format(at, iv->start));
	put_word(out, clock_format(at, iv->end));
	text_add(out, " ", 1);
	text_u64(out, iv->covered_ms);
	put_word(out, origin_name[iv->origin]);
	put_word(out, digest_hex(hex, &iv->config));
	text_add(out, "\n", 1);
}

static void put_tap(struct text *out, const struct tap_count *t)
{
	const uint64_t n[] = { t->packets, t->l2_bytes, t->unknown_packets, t->unknown_l2_bytes,
		t->malformed, t->late, t->missed };

	text_str(out, "tap");
	put_word(out, t->name);
	put_numbers(out, n, sizeof(n) / sizeof(*n));
}

static void put_record(struct text *out, const struct record *r)
{
	const uint64_t n[] = { r->count.packets, r->count.l2_bytes, r->count.l3_bytes };

	text_str(out, "record");
	put_word(out, r->cell->link);
	put_word(out, r->cell->partner);
	put_word(out, r->cell->peering);
	put_word(out, direction_name[r->cell->direction]);
	put_word(out, r->cell->class);
	put_word(out, r->cell->cos);
	put_word(out, family_name[r->cell->family]);
	put_numbers(out, n, sizeof(n) / sizeof(*n));
}

void interval_encode(const struct interval *iv, struct text *out)
{
	put_head(out, iv);
	for (size_t i = 0; i < iv->n_taps; i++)
		put_tap(out, &iv->taps[i]);
	for (size_t i = 0; i < iv->n_records; i++)
		if (record_counted(&iv->records[i]))
			put_record(out, &iv->records[i]);
}

/* Reading: a cursor that turns bad at the first byte that does not belong, and stays so. */

struct cursor {
	const char *at, *end;
	bool bad;
};

static void expect(struct cursor *c, char byte)
{
	if (c->at < c->end && *c->at == byte)
		c->at++;
	else
		c->bad = true;
}

/* One space, then a word of at most size - 1 bytes. */
static void get_word(struct cursor *c, char *word, size_t size)
{
	size_t n = 0;

	expect(c, ' ');
	while (c->at < c->end && *c->at > ' ' && n < size - 1)
		word[n++] = *c->at++;
	word[n] = 0;
	if (!n)
		c->bad = true;
}

static void get_name(struct cursor *c, char name[static NAME_SIZE])
{
	get_word(c, name, NAME_SIZE);
	if (name[0] == '-' || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		c->bad = true;
}

static uint64_t get_number(struct cursor *c)
{
	uint64_t n = 0;
	const char *first;

	expect(c, ' ');
	for (first = c->at; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
		if (__builtin_mul_overflow(n, 10, &n) ||
			__builtin_add_overflow(n, *c->at - '0', &n))
			c->bad = true;
	if (c->at == first || (*first == '0' && c->at > first + 1))
		c->bad = true;
	return n;
}

static int64_t get_time(struct cursor *c)
{
	char word[RFC3339_SIZE], again[RFC3339_SIZE];
	int64_t sec = 0;

	get_word(c, word, sizeof(word));
	if (clock_parse(word, &sec) || strcmp(clock_format(again, sec), word))
		c->bad = true;
	return sec;
}

static struct digest get_digest(struct cursor *c)
{
	char word[DIGEST_HEX_SIZE];
	struct digest d = { { 0 } };

	get_word(c, word, sizeof(word));
	if (digest_parse(word, &d))
		c->bad = true;
	return d;
}

/* The index of the word in a list of names. */
static unsigned get_choice(struct cursor *c, const char *const *name, unsigned n)
{
	char word[NAME_SIZE];

	get_word(c, word, sizeof(word));
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(name[i], word))
			return i;
	c->bad = true;
	return 0;
}

/* True, and past the keyword, if the line starts with it. */
static bool line_is(struct cursor *c, const char *keyword)
{
	size_t n = strlen(keyword);

	if (c->bad || (size_t)(c->end - c->at) < n || memcmp(c->at, keyword, n))
		return false;
	c->at += n;
	return true;
}

static void get_head(struct cursor *c, struct interval *iv)
{
	uint64_t covered;

	get_name(c, iv->meter);
	iv->seq = get_number(c);
	iv->start = get_time(c);
	iv->end = get_time(c);
	covered = get_number(c);
	if (covered > UINT32_MAX)
		c->bad = true;
	iv->covered_ms = (uint32_t)covered;
	iv->origin = get_choice(c, origin_name, ORIGINS);
	iv->config = get_digest(c);
	expect(c, '\n');
}

static struct tap_count get_tap(struct cursor *c)
{
	struct tap_count t = { 0 };

	get_name(c, t.name);
	t.packets = get_number(c);
	t.l2_bytes = get_number(c);
	t.unknown_packets = get_number(c);
	t.unknown_l2_bytes = get_number(c);
	t.malformed = get_number(c);
	t.late = get_number(c);
	t.missed = get_number(c);
	expect(c, '\n');
	return t;
}

static struct record get_record(struct cursor *c, struct cellbook *book)
{
	struct cell_name name = { 0 };
	struct record r = { 0 };

	get_name(c, name.link);
	get_name(c, name.partner);
	get_name(c, name.peering);
	name.direction = get_choice(c, direction_name, DIRECTIONS);
	get_name(c, name.class);
	get_name(c, name.cos);
	name.family = get_choice(c, family_name, FAMILIES);
	r.count.packets = get_number(c);
	r.count.l2_bytes = get_number(c);
	r.count.l3_bytes = get_number(c);
	expect(c, '\n');
	if (!record_counted(&r))
		c->bad = true;
	if (!c->bad) /* the book keeps what it is given: nothing that was not read whole */
		r.cell = cellbook_intern(book, &name);
	return r;
}

/* Every line but the first is a tap or a record; a keyword after '\n' is never part of a name. */
static size_t count_lines(const char *text, size_t size)
{
	size_t n = 0;

	for (const char *p = text; (p = memchr(p, '\n', size - (size_t)(p - text))); p++)
		n++;
	return n;
}

int interval_decode(const char *text, size_t size, struct cellbook *book, struct interval **out)
{
	struct cursor c = { text, text + size, false };
	size_t lines = count_lines(text, size);
	struct interval *iv = interval_new(lines, lines);

	iv->n_taps = iv->n_records = 0;
	if (!line_is(&c, "interval"))
		c.bad = true;
	else
		get_head(&c, iv);
	while (line_is(&c, "tap"))
		iv->taps[iv->n_taps++] = get_tap(&c);
	while (line_is(&c, "record"))
		iv->records[iv->n_records++] = get_record(&c, book);
	if (c.bad || c.at != c.end || !in_order(iv)) {
		interval_free(iv);
		return -EINVAL;
	}
	*out = iv;
	return 0;
}
