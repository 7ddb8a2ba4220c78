/* SPDX-License-Identifier: BSD-3-Clause */
#include "exposition.h"

#include <stdlib.h>
#include <string.h>

const char *const exposition_content[2] = {
	"text/plain; version=0.0.4; charset=utf-8",
	"application/openmetrics-text; version=1.0.0; charset=utf-8",
};

static const char *const suffix[] = {
	[METRIC_COUNTER] = "_total",
	[METRIC_GAUGE] = "",
	[METRIC_INFO] = "_info",
};

static const char *const type_name[] = {
	[METRIC_COUNTER] = "counter",
	[METRIC_GAUGE] = "gauge",
	[METRIC_INFO] = "info",
};

void exposition_name(struct text *out, const struct metric *m)
{
	text_str(out, m->name);
	text_str(out, suffix[m->type]);
}

/* Backslash and line break in both; the quote as well in label values and in all of OpenMetrics. */
static void add_escaped(struct text *out, const char *s, bool quotes)
{
	for (; *s; s++) {
		if (*s == '\n')
			text_str(out, "\\n");
		else if (*s == '\\' || (*s == '"' && quotes))
			text_add(out, (char[]){ '\\', *s }, 2);
		else
			text_add(out, s, 1);
	}
}

/* OpenMetrics knows the metric by its name alone, the classic format by that of its samples. */
static void head(struct exposition *e, const struct metric *m)
{
	struct text name = { 0 };

	e->metric = m;
	if (e->is_open)
		text_str(&name, m->name);
	else
		exposition_name(&name, m);
	text_printf(e->out, "# HELP %s ", name.data);
	add_escaped(e->out, m->help, e->is_open);
	text_printf(e->out, "\n# TYPE %s %s\n", name.data,
		type_name[m->type == METRIC_INFO && !e->is_open ? METRIC_GAUGE : m->type]);
	if (e->is_open && m->unit)
		text_printf(e->out, "# UNIT %s %s\n", name.data, m->unit);
	text_free(&name);
}

static void begin(
	struct exposition *e, const struct metric *m, const struct metric_label *label, size_t n)
{
	if (e->metric != m)
		head(e, m);
	exposition_name(e->out, m);
	for (size_t i = 0; i < n; i++) {
		text_printf(e->out, "%c%s=\"", i ? ',' : '{', label[i].name);
		add_escaped(e->out, label[i].value, true);
		text_str(e->out, "\"");
	}
	text_str(e->out, n ? "} " : " ");
}

void exposition_integer(struct exposition *e, const struct metric *m,
	const struct metric_label *label, size_t n, unsigned __int128 value)
{
	char digits[40];
	size_t at = sizeof(digits);

	begin(e, m, label, n);
	digits[--at] = '\n';
	do {
		digits[--at] = (char)('0' + (int)(value % 10));
		value /= 10;
	} while (value);
	text_add(e->out, digits + at, sizeof(digits) - at);
}

void exposition_number(struct exposition *e, const struct metric *m,
	const struct metric_label *label, size_t n, double value)
{
	begin(e, m, label, n);
	text_printf(e->out, "%.15g\n", value);
}

void exposition_end(struct exposition *e)
{
	if (e->is_open)
		text_str(e->out, "# EOF\n");
}

/* How much the client wants a type, 0 to 1: the greatest q of the ranges that name it; absent: -1.
 */
static double wanted(const char *accept, const char *type)
{
	double most = -1;

	for (const char *at = accept; (at = strcasestr(at, type));) {
		size_t end = strcspn(at, ",");
		const char *q = strstr(at, ";q=");
		double value = q && q < at + end ? strtod(q + 3, NULL) : 1;

		most = value > most ? value : most;
		at += end;
	}
	return most;
}

bool exposition_is_open(const char *accept)
{
	double most = accept ? wanted(accept, "application/openmetrics-text") : 0;

	return most > 0 && most >= wanted(accept, "text/plain");
}
