/* SPDX-License-Identifier: BSD-3-Clause */
#include "make_interval.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint64_t make_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

const struct cell_name *make_cell(struct cellbook *book, unsigned n)
{
	static const char *const class[] = { "europe", "domestic", "unrouted", "asia" };
	static const char *const cos[] = { "realtime", "default" };
	struct cell_name name = { 0 };

	name.family = n % 3;
	name.direction = n / 3 % 2;
	snprintf(name.cos, NAME_SIZE, "%s", cos[n / 6 % 2]);
	snprintf(name.class, NAME_SIZE, "%s",
		name.family == FAMILY_OTHER ? "non-ip" : class[n / 12 % 4]);
	snprintf(name.peering, NAME_SIZE, "peering-%u", n / 12);
	snprintf(name.partner, NAME_SIZE, "partner-%u", n / 48);
	snprintf(name.link, NAME_SIZE, "link-%u", n / 96);
	return cellbook_intern(book, &name);
}

struct interval *make_interval(
	const struct make *m, struct cellbook *book, int64_t start, uint64_t seed)
{
	struct interval *iv = interval_new(m->n_taps, m->n_cells);

	snprintf(iv->meter, NAME_SIZE, "%s", m->meter);
	iv->start = start;
	iv->end = start + m->interval;
	iv->covered_ms = m->interval * 1000;
	iv->origin = make_random(&seed) % ORIGINS;
	iv->config = m->config;
	for (unsigned i = 0; i < m->n_taps; i++) {
		struct tap_count *t = &iv->taps[i];

		snprintf(t->name, NAME_SIZE, "t%u", i);
		t->unknown_packets = make_random(&seed) % 4;
		t->unknown_l2_bytes = t->unknown_packets * (60 + make_random(&seed) % 1400);
		t->packets = t->unknown_packets;
		t->l2_bytes = t->unknown_l2_bytes;
		t->malformed = make_random(&seed) % 3;
		t->late = make_random(&seed) % 3;
		t->missed = make_random(&seed) % 3;
	}
	iv->n_records = 0;
	for (unsigned i = 0; i < m->n_cells; i++) {
		struct record *r = &iv->records[iv->n_records];
		struct tap_count *t = &iv->taps[i % (m->n_taps ? m->n_taps : 1)];

		if (!m->n_taps || make_random(&seed) % 100 >= m->percent)
			continue;
		r->cell = make_cell(book, i);
		r->count.packets = 1 + make_random(&seed) % 1000000;
		r->count.l2_bytes = r->count.packets * (60 + make_random(&seed) % 1400);
		r->count.l3_bytes = r->cell->family == FAMILY_OTHER ?
					    0 :
					    r->count.l2_bytes - 18 * r->count.packets;
		t->packets += r->count.packets;
		t->l2_bytes += r->count.l2_bytes;
		iv->n_records++;
	}
	interval_sort(iv);
	return iv;
}

const char *make_config(struct digest *out)
{
	static const char text[] = "a configuration of the tests\n";
	const struct digest_piece piece = { text, sizeof(text) - 1 };

	*out = digest_of(&piece, 1);
	return text;
}

char *make_folder(void)
{
	const char *base = getenv("TMPDIR");
	struct text name = { 0 };

	text_printf(&name, "%s/transitd-test-XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(name.data)) {
		perror(name.data);
		abort();
	}
	return name.data;
}

void remove_folder(char *folder)
{
	struct dirent *entry;
	DIR *dir = opendir(folder);

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0); /* fails for . and .. alone */
	if (dir)
		closedir(dir);
	rmdir(folder);
	free(folder);
}
