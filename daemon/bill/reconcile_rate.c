/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the difference is worth: our bins and the partner's under the same contract. Theirs do not tell classes
 * apart, nor our peerings; where the contract does, each of their bins is divided as our own count of that bin and
 * direction is, to the byte. So the amounts differ by what was counted, never by how it was divided.
 */
#include <stdlib.h>
#include <string.h>

#include "reconcile_job.h"
#include "text.h"

u128 our_bytes(const struct our_bin *o, enum basis basis)
{
	static const unsigned more[BASES] = { [BASIS_L2FCS] = 4, [BASIS_L1] = 24 };

	return basis == BASIS_L3 ? o->l3 : o->l2 + more[basis] * o->packets;
}

void rate_prepare(struct job *j)
{
	j->by_peering = j->c->across == ACROSS_EACH;
	for (size_t i = 0; i < j->c->n_lines; i++) {
		j->by_class |= j->c->lines[i].classes.n != 0;
		j->by_peering |= j->c->lines[i].peerings.n != 0;
	}
}

void rate_clear(struct job *j)
{
	for (size_t i = 0; i < j->n_shares; i++)
		free(j->share[i].bytes);
	free(j->share);
	free(j->peering);
}

static void note_peering(struct job *j, const char name[static NAME_SIZE])
{
	for (size_t i = 0; i < j->n_peerings; i++)
		if (!strcmp(j->peering[i], name))
			return;
	j->peering = mem_grow(j->peering, j->n_peerings + 1, sizeof(*j->peering));
	memcpy(j->peering[j->n_peerings++], name, NAME_SIZE);
}

static bool is_share(const struct job *j, const struct share *s, const struct row_cell *c)
{
	return s->direction == c->direction && (!j->by_class || !strcmp(s->class, c->class)) &&
		(!j->by_peering || !strcmp(s->peering, c->peering));
}

static struct share *share_for(struct job *j, const struct row_cell *c)
{
	struct share *s;

	if (j->last_share < j->n_shares && is_share(j, &j->share[j->last_share], c))
		return &j->share[j->last_share];
	for (size_t i = 0; i < j->n_shares; i++)
		if (is_share(j, &j->share[i], c))
			return &j->share[j->last_share = i];
	j->share = mem_grow(j->share, j->n_shares + 1, sizeof(*j->share));
	s = &j->share[j->last_share = j->n_shares++];
	*s = (struct share){ .direction = c->direction, .bytes = mem_array(j->bins, sizeof(u128)) };
	memcpy(s->peering, c->peering, NAME_SIZE);
	memcpy(s->class, c->class, NAME_SIZE);
	return s;
}

void rate_row(struct job *j, const struct row *row, size_t bin)
{
	struct our_bin one = { row->count.packets, row->count.l2_bytes, row->count.l3_bytes, 0, 0 };

	note_peering(j, row->cell->peering);
	if ((j->by_class || j->by_peering) && row->status != BIN_MISSING && row->cell->class[0])
		share_for(j, row->cell)->bytes[bin] += our_bytes(&one, j->c->basis);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int by_share(const void *a, const void *b)
{
	const struct share *x = a, *y = b;
	int d = strcmp(x->peering, y->peering);

	if (!d)
		d = strcmp(x->class, y->class);
	return d ? d : (int)x->direction - (int)y->direction;
}

/* Nothing of what follows depends on the order in which the rows came. */
static void sort_names(struct job *j)
{
	if (j->n_peerings)
		qsort(j->peering, j->n_peerings, sizeof(*j->peering), by_name);
	for (size_t i = 0; i < j->n_shares; i++) {
		if (!j->by_peering)
			memcpy(j->share[i].peering, j->peering[0], NAME_SIZE);
		if (!j->by_class)
			memset(j->share[i].class, 0, NAME_SIZE);
	}
	if (j->n_shares)
		qsort(j->share, j->n_shares, sizeof(*j->share), by_share);
}

/* floor(whole * part / of); where that passes 128 bits, with the last bits of part and of left out. */
static u128 portion(u128 whole, u128 part, u128 of)
{
	u128 product;

	while (__builtin_mul_overflow(whole, part, &product)) {
		part >>= 1;
		of >>= 1;
	}
	return product / of;
}

/* One bin and direction of theirs while it becomes rows. */
struct placing {
	struct job *j;
	struct settle *s;
	struct row row;
	struct row_cell cell;
};

static int put(struct placing *p, uint32_t id, const char *peering, const char *class, u128 bytes)
{
	uint64_t n = bytes > UINT64_MAX ? UINT64_MAX : (uint64_t)bytes;

	p->cell.id = id;
	memcpy(p->cell.peering, peering, NAME_SIZE);
	memcpy(p->cell.class, class, NAME_SIZE);
	p->row.cell = &p->cell;
	p->row.count = (struct counters){ .l2_bytes = n, .l3_bytes = n };
	return settle_row(p->s, &p->row);
}

/* Divides `whole` as ours was divided; what rounding leaves goes to the later shares. */
static int put_shares(struct placing *p, size_t bin, u128 whole, u128 of)
{
	u128 ours = 0, given = 0;
	int rc = 0;

	for (size_t i = 0; i < p->j->n_shares && !rc; i++) {
		const struct share *s = &p->j->share[i];
		u128 upto;

		if (s->direction != p->cell.direction || !s->bytes[bin])
			continue;
		ours += s->bytes[bin];
		upto = ours == of ? whole : portion(whole, ours, of);
		rc = put(p, (uint32_t)(2 * p->j->n_peerings + i), s->peering, s->class, upto - given);
		given = upto;
	}
	return rc;
}

static u128 all_shares(const struct job *j, enum direction d, size_t bin)
{
	u128 sum = 0;

	for (size_t i = 0; i < j->n_shares; i++)
		sum += j->share[i].direction == d ? j->share[i].bytes[bin] : 0;
	return sum;
}

/* Their bytes on the contract's basis: what a basis adds or takes away in a bin is known from our own count. */
static u128 their_bytes(const struct job *j, enum direction d, size_t bin)
{
	const struct our_bin *o = &j->ours[d][bin];
	i128 bytes = (i128)j->cmp.pair[d][bin].their_bytes + (i128)our_bytes(o, j->c->basis) -
		(i128)our_bytes(o, j->basis);

	return bytes > 0 ? (u128)bytes : 0;
}

static int place(struct placing *p, size_t bin)
{
	static const char no_class[NAME_SIZE];
	struct job *j = p->j;
	enum direction d = p->cell.direction;
	u128 whole = their_bytes(j, d, bin), of = all_shares(j, d, bin);
	bool divided = (j->by_class || j->by_peering) && of;
	int rc = 0;

	j->unplaced += (j->by_class || j->by_peering) && !of && whole;
	/* A row a peering makes the bin known; the first one has what is not divided. */
	for (size_t k = 0; k < j->n_peerings && !rc; k++)
		rc = put(p, (uint32_t)(2 * k) + d, j->peering[k], no_class, k || divided ? 0 : whole);
	return rc || !divided ? rc : put_shares(p, bin, whole, of);
}

static int rate_theirs(struct job *j, struct settle *s)
{
	struct placing p = { .j = j, .s = s, .row = { .covered = BIN_SECONDS }, .cell = { .family = FAMILIES } };
	int rc = 0;

	sort_names(j);
	memcpy(p.cell.partner, j->c->partner, NAME_SIZE);
	for (size_t i = 0; i < j->bins && !rc; i++)
		for (int d = 0; d < DIRECTIONS && !rc; d++) {
			p.row.start = j->from + (int64_t)i * BIN_SECONDS;
			p.cell.direction = (enum direction)d;
			if (j->cmp.pair[d][i].theirs)
				rc = place(&p, i);
		}
	return rc;
}

static const struct exact *absolute(struct exact_pool *pool, const struct exact *x)
{
	return exact_sign(x) < 0 ? exact_neg(pool, x) : x;
}

/* The difference in per cent of our amount, and what the contract's tolerance says of it. */
static void weigh(struct job *j)
{
	struct exact_pool *pool = j->b.pool;
	struct money_at_stake *m = &j->money;
	const struct exact *base = absolute(pool, m->ours), *size;

	m->difference = exact_sub(pool, m->theirs, m->ours);
	m->undisputed = exact_min(m->ours, m->theirs);
	size = absolute(pool, m->difference);
	m->percent = exact_int(pool, exact_sign(size) ? 100 : 0);
	if (exact_sign(base))
		m->percent = exact_div(pool, exact_mul(pool, size, exact_int(pool, 100)), base);
	m->verdict = exact_cmp(m->percent, j->c->accept) <= 0 ? "accept" :
		exact_cmp(m->percent, j->c->negotiate) <= 0   ? "negotiate" :
								 "dispute";
}

int rate_both(struct job *j)
{
	struct settle *s = NULL;
	struct statement *ours, *theirs;
	int rc = settle_open(j->b.pool, j->b.all, j->c->id, &j->period, j->b.world, &j->b.d, &s);

	if (rc)
		return rc;
	rc = rate_theirs(j, s);
	if (!rc) {
		ours = settle_close(j->settle);
		theirs = settle_close(s);
		j->money.ours = ours->total;
		j->money.theirs = theirs->total;
		statement_free(ours);
		statement_free(theirs);
		weigh(j);
	}
	settle_free(s);
	return rc;
}
