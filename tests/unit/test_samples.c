/* SPDX-License-Identifier: BSD-3-Clause */
/* The sample configurations load as they are, show what there is to show, and name nobody's network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "config.h"

static const struct config *load(const char *name)
{
	struct diag d = { .out = stderr };
	const struct config *c = NULL;
	char path[512];

	snprintf(path, sizeof(path), SOURCE_ROOT "/config/%s", name);
	assert_int_equal(config_load(path, NULL, 0, &d, &c), 0);
	return c;
}

/* RFC 5398: 64496-64511 and 65536-65551. */
static void assert_documentation_asn(uint32_t asn)
{
	assert_true((asn >= 64496 && asn <= 64511) || (asn >= 65536 && asn <= 65551));
}

/* RFC 5737 and RFC 3849. */
static void assert_documentation_prefixes(const struct prefix_table *t)
{
	for (size_t i = 0; i < t->n4; i++) {
		uint32_t block = t->v4[i].address >> 8;

		assert_true(t->v4[i].length >= 24);
		assert_true(block == 0xc00002 || block == 0xc63364 || block == 0xcb0071);
	}
	for (size_t i = 0; i < t->n6; i++) {
		assert_true(t->v6[i].length >= 32);
		assert_memory_equal(t->v6[i].address, "\x20\x01\x0d\xb8", 4);
	}
}

static void samples_name_nobody(void **state)
{
	static const char *const names[] = { "minimal.yaml", "backbone.yaml", "gateway.yaml" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const struct config *c = load(names[i]);

		for (size_t k = 0; k < c->n_partners; k++)
			assert_documentation_asn(c->partners[k].asn);
		for (size_t k = 0; k < c->n_peerings; k++)
			assert_true(!c->peerings[k].has_mac || c->peerings[k].mac[0] == 0x02);
		assert_documentation_prefixes(&c->prefixes);
		config_free(c);
	}
}

static void the_minimal_one_is_minimal(void **state)
{
	const struct config *c = load("minimal.yaml");

	(void)state;
	assert_int_equal(c->n_links, 1);
	assert_int_equal(c->n_partners, 1);
	assert_int_equal(c->n_peerings, 1);
	assert_int_equal(c->n_classes + c->n_cos + c->n_servers, 0);
	config_free(c);
}

static unsigned link_of(const struct config *c, const char *name)
{
	for (unsigned i = 0; i < c->n_links; i++)
		if (!strcmp(c->links[i].name, name))
			return i;
	fail_msg("no link %s", name);
	return 0;
}

static void the_backbone_has_all_routes(void **state)
{
	const struct config *c = load("backbone.yaml");
	unsigned vlan[4] = { 0 }, with_mac = 0, by_mac = 0;

	(void)state;
	assert_int_equal(c->links[link_of(c, "aktau-sumgait")].capacity, 400000000000000);
	link_of(c, "temirbaba-bekdash");
	link_of(c, "kazakhstan-russia");
	link_of(c, "kazakhstan-iran");
	link_of(c, "satellite-gateways");
	for (size_t i = 0; i < c->n_peerings; i++) {
		vlan[c->peerings[i].vlan]++;
		with_mac += c->peerings[i].has_mac;
	}
	for (size_t i = 0; i < 4; i++)
		assert_true(vlan[i] > 0);
	assert_true(with_mac >= 3);
	for (size_t i = 0; i < c->n_taps; i++) {
		by_mac += c->taps[i].direction == TAP_BY_MAC;
		assert_int_equal(c->taps[i].kind, TAP_DPDK);
	}
	assert_true(by_mac > 0);
	config_free(c);
}

/* A class nobody can be in, or of one family only, would be a mistake of the sample. */
static void every_class_has_addresses_of_both_families(void **state)
{
	const struct config *c = load("backbone.yaml");

	(void)state;
	for (size_t i = 0; i < c->n_classes; i++) {
		unsigned v4 = 0, v6 = 0;

		for (size_t k = 0; k < c->prefixes.n4; k++)
			v4 += c->prefixes.v4[k].class == i;
		for (size_t k = 0; k < c->prefixes.n6; k++)
			v6 += c->prefixes.v6[k].class == i;
		assert_true(v4 > 0 && v6 > 0);
	}
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_name_nobody),
		cmocka_unit_test(the_minimal_one_is_minimal),
		cmocka_unit_test(the_backbone_has_all_routes),
		cmocka_unit_test(every_class_has_addresses_of_both_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
