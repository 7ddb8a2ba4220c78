/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `transitctl capacity`: what links carry and when they are full, what the loss of one would do, and contracts'
 * period to date. Reads the usage once for the links, and once more for the contracts, whose periods are known
 * only when the end of the data is. "Now" is that end, or --to: never this machine's clock.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bill.h"
#include "billing.h"
#include "clock.h"
#include "log.h"
#include "survey.h"
#include "to_date.h"

struct planning {
	const struct options *o;
	struct billing billing;
	struct topology *topology;
	struct load *load;
	uint32_t only, without; /* links, or TOPOLOGY_NONE */
	bool has_period;
	struct period period;
	struct to_date contracts;
};

/* The link of this name; with an evidence file alone links are known only when it is read. */
static int find_link(const struct planning *p, const char *option, const char *name, uint32_t *out)
{
	struct text known = { 0 };

	*out = name ? topology_find_link(p->topology, name) : TOPOLOGY_NONE;
	if (!name || *out != TOPOLOGY_NONE)
		return 0;
	for (size_t i = 0; i < p->topology->n_links; i++)
		text_printf(&known, "%s%s", i ? ", " : "", p->topology->links[i].name);
	log_error("--%s %s: no such link; there are: %s", option, name, known.data ? known.data : "none");
	text_free(&known);
	return -EINVAL;
}

static int read_load(struct planning *p)
{
	const struct options *o = p->o;
	struct rows_wanted want = { .from = o->from, .to = o->to };
	uint32_t classes_of = !o->without ? LOAD_NO_CLASSES :
		p->without == TOPOLOGY_NONE ? LOAD_ALL_CLASSES : p->without;
	struct cells *cells = cells_new();
	struct evidence e = { 0 };
	int rc;

	p->load = load_new(p->topology, o->from, o->to, classes_of);
	rc = rows_read(p->billing.ask, &want, cells, &p->billing.d, load_row, p->load, NULL, &e);
	diag_end(&p->billing.d);
	evidence_clear(&e);
	cells_free(cells);
	return rc;
}

/* The period that was asked for, or the month in which the data end. */
static int choose_period(struct planning *p)
{
	char end[RFC3339_SIZE], first[RFC3339_SIZE], name[PERIOD_SIZE];
	int64_t from;

	if (!load_end(p->load)) {
		log_error("there is no usage%s", p->o->from || p->o->to ? " between --from and --to" : "");
		return -EINVAL;
	}
	if (!p->has_period)
		p->period = (struct period){ PERIOD_MONTH, forecast_month(load_end(p->load) - 1) };
	period_format(name, &p->period);
	clock_format(first, load_first(p->load));
	clock_format(end, load_end(p->load));
	from = forecast_month_start(p->period.month);
	if (from >= load_end(p->load)) {
		log_error("--period %s lies in the future: the usage ends at %s", name, end);
		return -EINVAL;
	}
	if (forecast_month_start(period_next(&p->period).month) <= load_first(p->load)) {
		log_error("--period %s: the usage begins at %s", name, first);
		return -EINVAL;
	}
	return 0;
}

static int print(const struct survey *r, enum format format, struct text *out)
{
	switch (format) {
	case FORMAT_TEXT:
		survey_text(r, out);
		return 0;
	case FORMAT_CSV:
		survey_csv(r, out);
		return 0;
	case FORMAT_HTML:
		return survey_html(r, out);
	default:
		survey_json(r, out);
		return 0;
	}
}

static int report(struct planning *p)
{
	struct survey *r = survey_new(p->billing.pool, p->load, p->topology, &p->period, p->only, p->without);
	struct text out = { 0 };
	int rc;

	r->contract = p->contracts.statement;
	r->n_contracts = p->contracts.n;
	rc = print(r, p->o->format, &out);
	if (!rc)
		rc = billing_write(p->o->output, &out);
	text_free(&out);
	survey_free(r);
	return rc;
}

static int plan(struct planning *p)
{
	const struct options *o = p->o;
	bool known = p->billing.ask->config != NULL;
	int rc = 0;

	/* Before the reading, which may be long, where that can be told. */
	if (known)
		rc = find_link(p, "link", o->link, &p->only) ?: find_link(p, "without", o->without, &p->without);
	if (!rc)
		rc = read_load(p);
	if (!rc && !known)
		rc = find_link(p, "link", o->link, &p->only) ?: find_link(p, "without", o->without, &p->without);
	if (!rc)
		rc = choose_period(p);
	if (!rc && o->contracts)
		rc = to_date_make(&p->billing, p->topology, load_end(p->load), p->has_period ? &p->period : NULL,
			&p->contracts);
	return rc ? rc : report(p);
}

static struct topology *topology_of(const struct ask *ask)
{
	struct topology *t = topology_new();

	if (ask->config)
		topology_config(t, ask->config);
	for (size_t i = 0; ask->n_sources > 1 && i < ask->n_sources; i++) {
		char *text = billing_meter_config(&ask->source[i]);

		if (text)
			topology_canonical(t, text);
		free(text);
	}
	return t;
}

enum exit_status capacity_run(const struct ask *ask)
{
	struct planning p = { .o = ask->options, .only = TOPOLOGY_NONE, .without = TOPOLOGY_NONE };
	int rc;

	if (p.o->format == FORMAT_PDF) {
		log_error("capacity takes no --format pdf; allowed: text, json, csv, html");
		return EXIT_BAD_INPUT;
	}
	if (p.o->contract && billing_needs(p.o, "contracts", p.o->contracts))
		return EXIT_BAD_INPUT;
	p.has_period = p.o->period != NULL;
	if (p.has_period && billing_period(p.o, &p.period))
		return EXIT_BAD_INPUT;
	rc = billing_open(&p.billing, ask);
	p.topology = topology_of(ask);
	if (!rc)
		rc = plan(&p);
	to_date_clear(&p.contracts);
	load_free(p.load);
	topology_free(p.topology);
	billing_close(&p.billing);
	return billing_status(rc);
}
