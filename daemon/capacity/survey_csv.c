/* SPDX-License-Identifier: BSD-3-Clause */
/* The survey as one table: a row a link and direction, or a row a line of a contract. */
#include <stdlib.h>

#include "clock.h"
#include "survey.h"

/* What a column is made of. */
struct row_of {
	const struct survey *r;
	const struct survey_link *l;
	const struct figures *f;
	const struct side_figures *s;
	const struct forecast *forecast;
	enum direction d;
	const struct statement *statement;
	const struct statement_line *line;
};

struct csv_column {
	const char *name;
	void (*put)(struct text *out, const struct row_of *row);
};

static void plain(struct text *out, const struct exact *x, unsigned digits)
{
	if (x)
		exact_plain(out, x, digits);
}

static void rate(struct text *out, const struct row_of *row, bool known, u128 bytes, uint64_t bins)
{
	plain(out, known ? figures_rate(row->r->pool, bytes, bins) : NULL, 3);
}

static void instant(struct text *out, bool known, int64_t at)
{
	char buf[RFC3339_SIZE];

	text_str(out, known ? clock_format(buf, at) : "");
}

static bool any(const struct row_of *row)
{
	return row->f->present != 0;
}

/* A function a column of links: what stands in it. */
#define LINK_COLUMN(column) static void put_##column(struct text *out, const struct row_of *row)

LINK_COLUMN(period)
{
	char buf[PERIOD_SIZE];

	text_str(out, period_format(buf, &row->r->period));
}

LINK_COLUMN(link)
{
	text_str(out, row->r->topology->links[row->l->link].name);
}

LINK_COLUMN(direction)
{
	text_str(out, survey_direction[row->d]);
}

LINK_COLUMN(capacity_bps)
{
	if (row->f->capacity)
		text_u64(out, row->f->capacity);
}

LINK_COLUMN(band)
{
	text_str(out, band_name[row->f->band]);
}

LINK_COLUMN(completeness_percent)
{
	struct exact_pool *p = row->r->pool;

	exact_fixed(out, exact_round(p, figures_completeness(p, row->f), 2, ROUND_DOWN), 2);
}

LINK_COLUMN(bytes)
{
	text_u128(out, row->s->total);
}

LINK_COLUMN(mean_bps)
{
	rate(out, row, any(row), row->s->total, row->f->present);
}

LINK_COLUMN(p50_bps)
{
	rate(out, row, any(row), row->s->p50, 1);
}

LINK_COLUMN(p95_bps)
{
	rate(out, row, any(row), row->s->p95, 1);
}

LINK_COLUMN(p95_percent)
{
	struct exact_pool *p = row->r->pool;

	if (any(row) && row->f->capacity)
		exact_fixed(out, figures_percent(p, figures_rate(p, row->s->p95, 1), row->f->capacity), 2);
}

LINK_COLUMN(p99_bps)
{
	rate(out, row, any(row), row->s->p99, 1);
}

LINK_COLUMN(peak_bps)
{
	rate(out, row, any(row), row->s->peak, 1);
}

LINK_COLUMN(peak_start)
{
	instant(out, any(row), row->s->peak_start);
}

LINK_COLUMN(busy_hour_bps)
{
	rate(out, row, row->s->has_busy, row->s->busy, BUSY_BINS);
}

LINK_COLUMN(busy_hour_start)
{
	instant(out, row->s->has_busy, row->s->busy_start);
}

static void minutes(struct text *out, const struct row_of *row, enum level level)
{
	if (row->f->capacity)
		text_u64(out, row->s->minutes[level]);
}

LINK_COLUMN(minutes_above_50)
{
	minutes(out, row, LEVEL_50);
}

LINK_COLUMN(minutes_above_70)
{
	minutes(out, row, LEVEL_70);
}

LINK_COLUMN(minutes_above_80)
{
	minutes(out, row, LEVEL_80);
}

LINK_COLUMN(forecast_months)
{
	text_u64(out, row->forecast->months);
}

LINK_COLUMN(slope_bps_a_month)
{
	struct exact_pool *p = row->r->pool;

	if (row->forecast->state != FORECAST_FEW_MONTHS)
		plain(out, exact_mul(p, row->forecast->trend.line.slope, exact_ratio(p, 8, BIN_SECONDS)), 3);
}

LINK_COLUMN(growth_percent_a_year)
{
	if (row->forecast->growth)
		exact_fixed(out, row->forecast->growth, 2);
}

LINK_COLUMN(growth_percent_month)
{
	if (row->forecast->month_growth)
		exact_fixed(out, row->forecast->month_growth, 2);
}

static void reached(struct text *out, const struct row_of *row, enum level level)
{
	const struct crossing *c = &row->forecast->level[level].expected;
	char buf[PERIOD_SIZE];

	if (row->forecast->state == FORECAST_MADE)
		text_str(out, c->reach == REACH_AHEAD ? survey_month(buf, c->month) : reach_name[c->reach]);
}

LINK_COLUMN(reaches_50)
{
	reached(out, row, LEVEL_50);
}

LINK_COLUMN(reaches_70)
{
	reached(out, row, LEVEL_70);
}

LINK_COLUMN(reaches_80)
{
	reached(out, row, LEVEL_80);
}

LINK_COLUMN(reaches_100)
{
	reached(out, row, LEVEL_100);
}

/* A function a column of contracts. */
#define LINE_COLUMN(column) static void put_line_##column(struct text *out, const struct row_of *row)

LINE_COLUMN(contract)
{
	text_str(out, row->statement->contract->id);
}

LINE_COLUMN(partner)
{
	text_str(out, row->statement->contract->partner);
}

LINE_COLUMN(period)
{
	char buf[PERIOD_SIZE];

	text_str(out, period_format(buf, &row->statement->parts[0].period));
}

LINE_COLUMN(name)
{
	text_str(out, row->line->line->name);
}

LINE_COLUMN(type)
{
	text_str(out, line_type_name[row->line->line->type]);
}

LINE_COLUMN(unit)
{
	text_str(out, row->line->unit);
}

LINE_COLUMN(so_far)
{
	plain(out, row->line->so_far, QUANTITY_DIGITS);
}

LINE_COLUMN(forecast)
{
	plain(out, survey_foretells(row->r, row->line) ? row->line->quantity : NULL, QUANTITY_DIGITS);
}

LINE_COLUMN(low)
{
	plain(out, row->line->least, QUANTITY_DIGITS);
}

LINE_COLUMN(high)
{
	plain(out, row->line->most, QUANTITY_DIGITS);
}

LINE_COLUMN(commit)
{
	plain(out, row->line->line->commit, QUANTITY_DIGITS);
}

LINE_COLUMN(bins_left_above_commit)
{
	const struct metered *m = &row->line->metered;

	if (m->has_room)
		text_u64(out, m->room > 0 ? (uint64_t)m->room : 0);
}

static void money(struct text *out, const struct row_of *row, const struct exact *x)
{
	if (x)
		exact_fixed(out, x, row->statement->contract->digits);
}

LINE_COLUMN(amount_forecast)
{
	money(out, row, survey_foretells(row->r, row->line) ? row->line->amount : NULL);
}

LINE_COLUMN(amount_low)
{
	money(out, row, row->line->low);
}

LINE_COLUMN(amount_high)
{
	money(out, row, row->line->high);
}

LINE_COLUMN(currency)
{
	text_str(out, row->statement->contract->currency);
}

#define LINK(column) { #column, put_##column }
#define LINE(column) { #column, put_line_##column }

static const struct csv_column link_columns[] = {
	LINK(period), LINK(link), LINK(direction), LINK(capacity_bps), LINK(band), LINK(completeness_percent),
	LINK(bytes), LINK(mean_bps), LINK(p50_bps), LINK(p95_bps), LINK(p95_percent), LINK(p99_bps), LINK(peak_bps),
	LINK(peak_start), LINK(busy_hour_bps), LINK(busy_hour_start), LINK(minutes_above_50), LINK(minutes_above_70),
	LINK(minutes_above_80), LINK(forecast_months), LINK(slope_bps_a_month), LINK(growth_percent_a_year),
	LINK(growth_percent_month), LINK(reaches_50), LINK(reaches_70), LINK(reaches_80), LINK(reaches_100),
};
static const struct csv_column line_columns[] = {
	LINE(contract), LINE(partner), LINE(period), LINE(name), LINE(type), LINE(unit), LINE(so_far), LINE(forecast),
	LINE(low), LINE(high), LINE(commit), LINE(bins_left_above_commit), LINE(amount_forecast), LINE(amount_low),
	LINE(amount_high), LINE(currency),
};

/* No value here needs quotes: names, numbers and times. `row` NULL: the names of the columns. */
static void put_row(struct text *out, const struct csv_column *column, size_t n, const struct row_of *row)
{
	for (size_t i = 0; i < n; i++) {
		text_str(out, i ? "," : "");
		if (row)
			column[i].put(out, row);
		else
			text_str(out, column[i].name);
	}
	text_str(out, "\n");
}

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

static void links_csv(const struct survey *r, struct text *out)
{
	put_row(out, link_columns, COUNT(link_columns), NULL);
	for (size_t i = 0; i < r->n_links; i++)
		for (int d = 0; d < DIRECTIONS; d++) {
			const struct survey_link *l = &r->link[i];

			put_row(out, link_columns, COUNT(link_columns),
				&(struct row_of){ .r = r, .l = l, .f = &l->figures, .s = &l->figures.side[d],
					.forecast = &l->forecast[d], .d = (enum direction)d });
		}
}

void survey_csv(const struct survey *r, struct text *out)
{
	if (!r->n_contracts) {
		links_csv(r, out);
		return;
	}
	put_row(out, line_columns, COUNT(line_columns), NULL);
	for (size_t i = 0; i < r->n_contracts; i++)
		for (size_t k = 0; k < r->contract[i]->n_lines; k++)
			put_row(out, line_columns, COUNT(line_columns),
				&(struct row_of){ .r = r, .statement = r->contract[i], .line = &r->contract[i]->lines[k] });
}
