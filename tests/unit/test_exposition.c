/* SPDX-License-Identifier: BSD-3-Clause */
/* Both text formats, byte for byte, and which of them a client gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exposition.h"

static const struct metric frames = { "m_packets", METRIC_COUNTER, "packets", "Say \"frames\"." };
static const struct metric links = { "m_link", METRIC_INFO, NULL, "A\nline, a \\." };
static const struct metric ready = { "m_ready", METRIC_GAUGE, NULL, "Ready." };

static void write_all(struct exposition *e)
{
	const struct metric_label any = { "link", "a\"b\\c\nd" };
	const struct metric_label two[] = { { "link", "l" }, { "class", "c" } };

	exposition_integer(e, &frames, two, 2, 0);
	exposition_integer(e, &frames, two, 1, (unsigned __int128)1000000000000000000 * 1000000000000000000 + 7);
	exposition_integer(e, &links, &any, 1, 1);
	exposition_number(e, &ready, NULL, 0, 1795382803.25);
	exposition_end(e);
}

static void check(bool is_open, const char *wanted)
{
	struct text out = { 0 };
	struct exposition e = { .out = &out, .is_open = is_open };

	write_all(&e);
	assert_string_equal(out.data, wanted);
	text_free(&out);
}

static void open_metrics(void **state)
{
	(void)state;
	check(true, "# HELP m_packets Say \\\"frames\\\".\n"
		    "# TYPE m_packets counter\n"
		    "# UNIT m_packets packets\n"
		    "m_packets_total{link=\"l\",class=\"c\"} 0\n"
		    "m_packets_total{link=\"l\"} 1000000000000000000000000000000000007\n"
		    "# HELP m_link A\\nline, a \\\\.\n"
		    "# TYPE m_link info\n"
		    "m_link_info{link=\"a\\\"b\\\\c\\nd\"} 1\n"
		    "# HELP m_ready Ready.\n"
		    "# TYPE m_ready gauge\n"
		    "m_ready 1795382803.25\n"
		    "# EOF\n");
}

static void the_classic_format(void **state)
{
	(void)state;
	check(false, "# HELP m_packets_total Say \"frames\".\n"
		     "# TYPE m_packets_total counter\n"
		     "m_packets_total{link=\"l\",class=\"c\"} 0\n"
		     "m_packets_total{link=\"l\"} 1000000000000000000000000000000000007\n"
		     "# HELP m_link_info A\\nline, a \\\\.\n"
		     "# TYPE m_link_info gauge\n"
		     "m_link_info{link=\"a\\\"b\\\\c\\nd\"} 1\n"
		     "# HELP m_ready Ready.\n"
		     "# TYPE m_ready gauge\n"
		     "m_ready 1795382803.25\n");
}

static void the_client_chooses(void **state)
{
	static const struct {
		const char *accept;
		bool is_open;
	} cases[] = {
		{ NULL, false },
		{ "", false },
		{ "*/*", false },
		{ "text/html,*/*;q=0.8", false },
		{ "application/openmetrics-text", true },
		{ "Application/OpenMetrics-Text;version=1.0.0,text/plain;q=0.5", true },
		{ "text/plain;q=0.5, application/openmetrics-text;version=1.0.0;q=0.5", true },
		{ "text/plain", false },
		{ "text/plain;version=0.0.4;q=0.5,*/*;q=0.1", false },
		{ "application/openmetrics-text;q=0.1,text/plain;q=0.2", false },
		{ "application/openmetrics-text;q=0,text/plain;q=0.2", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (exposition_is_open(cases[i].accept) != cases[i].is_open)
			fail_msg("\"%s\" gets the wrong format", cases[i].accept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_metrics),
		cmocka_unit_test(the_classic_format),
		cmocka_unit_test(the_client_chooses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
