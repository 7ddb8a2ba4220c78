/* SPDX-License-Identifier: BSD-3-Clause */
/* Rows as `transitctl usage` prints them: the CSV is what evidence_read() takes. */
#include "clock.h"
#include "evidence.h"

void evidence_csv(struct text *out, const struct row *row)
{
	const struct row_cell *c = row->cell;
	char start[RFC3339_SIZE], end[RFC3339_SIZE];

	text_printf(out, "%s,%s,%s,%s,%s,%s,%s,%s,%s,", c->meter, clock_format(start, row->start),
		clock_format(end, row->start + BIN_SECONDS), c->partner, c->peering,
		row_direction_name[c->direction], c->class, c->cos, row_family_name[c->family]);
	text_u64(out, row->count.packets);
	text_str(out, ",");
	text_u64(out, row->count.l2_bytes);
	text_str(out, ",");
	text_u64(out, row->count.l3_bytes);
	text_printf(out, ",%s,%u,", bin_status_name[row->status], row->covered);
	text_u64(out, row->missed);
	text_str(out, "\r\n");
}

static void count_json(struct text *out, const char *key, uint64_t n)
{
	text_printf(out, ",\"%s\":\"", key);
	text_u64(out, n);
	text_str(out, "\"");
}

void evidence_json(struct text *out, const struct row *row)
{
	const struct row_cell *c = row->cell;
	char start[RFC3339_SIZE], end[RFC3339_SIZE];

	text_printf(out,
		"{\"meter\":\"%s\",\"start\":\"%s\",\"end\":\"%s\",\"partner\":\"%s\",\"peering\":\"%s\","
		"\"direction\":\"%s\",\"class\":\"%s\",\"cos\":\"%s\",\"family\":\"%s\"",
		c->meter, clock_format(start, row->start), clock_format(end, row->start + BIN_SECONDS),
		c->partner, c->peering, row_direction_name[c->direction], c->class, c->cos, row_family_name[c->family]);
	count_json(out, "packets", row->count.packets);
	count_json(out, "l2_bytes", row->count.l2_bytes);
	count_json(out, "l3_bytes", row->count.l3_bytes);
	text_printf(out, ",\"status\":\"%s\",\"covered_seconds\":%u", bin_status_name[row->status],
		row->covered);
	count_json(out, "missed_packets", row->missed);
	text_str(out, "}");
}
