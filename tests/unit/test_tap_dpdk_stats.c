/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a port's counters make of a tap's `missed`, driver by driver. There are no such ports here: each is played
 * by its counters, as DPDK's sources (22.11 and 24.11) fill them, after so many frames of each fate. Every frame
 * that never came must be in `missed` once, and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <rte_ethdev.h>
#include <string.h>

#include "tap_dpdk_stats.h"

/* How many frames met which fate. */
enum fate {
	DELIVERED,
	BAD_CHECKSUM, /* delivered too */
	NO_DESCRIPTOR,
	NO_BUFFER,
	PORT_FULL, /* in the port's own buffer */
	BAD_CRC,
	BAD_LENGTH,
	TOO_SHORT,
	TOO_LONG,
	FATES,
};

struct xstat {
	const char *name;
	unsigned fates; /* bits: it counts these */
};
#define IS(fate) (1u << (fate))

static const struct driver {
	const char *name;
	unsigned imissed, ierrors, nombuf; /* the fates that they count */
	unsigned lost;			   /* what it can tell at all */
	struct xstat xstat[12];
} drivers[] = {
	{ "net_ixgbe", IS(NO_DESCRIPTOR),
		IS(BAD_CRC) | IS(BAD_LENGTH) | IS(TOO_SHORT) | IS(TOO_LONG) | IS(BAD_CHECKSUM), IS(NO_BUFFER),
		IS(NO_DESCRIPTOR) | IS(NO_BUFFER) | IS(BAD_CRC) | IS(BAD_LENGTH) | IS(TOO_SHORT) | IS(TOO_LONG),
		{ { "rx_crc_errors", IS(BAD_CRC) }, { "rx_illegal_byte_errors", 0 }, { "rx_error_bytes", 0 },
			{ "rx_length_errors", IS(BAD_LENGTH) }, { "rx_fragment_errors", 0 },
			{ "rx_undersize_errors", IS(TOO_SHORT) }, { "rx_oversize_errors", IS(TOO_LONG) },
			{ "rx_mac_short_packet_dropped", 0 }, { "rx_l3_l4_xsum_error", IS(BAD_CHECKSUM) },
			{ "rx_total_missed_packets", IS(NO_DESCRIPTOR) } } },
	/* A later DPDK that has renamed one: ierrors again. */
	{ "net_ixgbe", IS(NO_DESCRIPTOR), IS(BAD_CRC) | IS(TOO_SHORT), IS(NO_BUFFER),
		IS(NO_DESCRIPTOR) | IS(NO_BUFFER) | IS(BAD_CRC) | IS(TOO_SHORT),
		{ { "rx_crc_errors", IS(BAD_CRC) }, { "rx_undersize_errors_new", IS(TOO_SHORT) } } },
	{ "net_i40e", IS(NO_DESCRIPTOR) | IS(PORT_FULL), IS(BAD_CRC) | IS(BAD_LENGTH) | IS(TOO_SHORT) | IS(TOO_LONG),
		IS(NO_BUFFER),
		IS(NO_DESCRIPTOR) | IS(PORT_FULL) | IS(NO_BUFFER) | IS(BAD_CRC) | IS(BAD_LENGTH) | IS(TOO_SHORT) |
			IS(TOO_LONG),
		{ { "rx_dropped_packets", IS(NO_DESCRIPTOR) | IS(PORT_FULL) }, { "rx_crc_errors", IS(BAD_CRC) },
			{ "rx_length_errors", IS(BAD_LENGTH) }, { "rx_undersized_errors", IS(TOO_SHORT) },
			{ "rx_oversize_errors", IS(TOO_LONG) } } },
	{ "net_ice", IS(NO_DESCRIPTOR) | IS(PORT_FULL), IS(BAD_CRC) | IS(TOO_SHORT) | IS(TOO_LONG), IS(NO_BUFFER),
		IS(NO_DESCRIPTOR) | IS(PORT_FULL) | IS(NO_BUFFER) | IS(BAD_CRC) | IS(TOO_SHORT) | IS(TOO_LONG),
		{ { "rx_dropped_packets", IS(NO_DESCRIPTOR) | IS(PORT_FULL) }, { "rx_crc_errors", IS(BAD_CRC) },
			{ "rx_undersized_errors", IS(TOO_SHORT) }, { "rx_oversize_errors", IS(TOO_LONG) } } },
	{ "mlx5_pci", IS(NO_DESCRIPTOR), 0, IS(NO_BUFFER),
		IS(NO_DESCRIPTOR) | IS(NO_BUFFER) | IS(PORT_FULL) | IS(BAD_CRC) | IS(BAD_LENGTH),
		{ { "rx_out_of_buffer", IS(NO_DESCRIPTOR) }, { "rx_phy_discard_packets", IS(PORT_FULL) },
			{ "rx_prio0_buf_discard_packets", IS(PORT_FULL) }, { "rx_phy_crc_errors", IS(BAD_CRC) },
			{ "rx_phy_in_range_len_errors", IS(BAD_LENGTH) }, { "rx_phy_symbol_errors", IS(BAD_CRC) } } },
	/* A virtual function of the same driver has no counters of the wire. */
	{ "mlx5_auxiliary", IS(NO_DESCRIPTOR), 0, IS(NO_BUFFER), IS(NO_DESCRIPTOR) | IS(NO_BUFFER),
		{ { "rx_out_of_buffer", IS(NO_DESCRIPTOR) } } },
	{ "net_ena", IS(NO_DESCRIPTOR), 0, IS(NO_BUFFER), IS(NO_DESCRIPTOR) | IS(NO_BUFFER),
		{ { "bw_in_allowance_exceeded", IS(DELIVERED) }, { "pps_allowance_exceeded", IS(DELIVERED) } } },
	{ "net_virtio", 0, IS(TOO_SHORT), IS(NO_BUFFER), IS(TOO_SHORT) | IS(NO_BUFFER), { { "rx_good_packets", 0 } } },
};

/* The port that DPDK's functions below speak of. */
static struct {
	const struct driver *is;
	uint64_t met[FATES];
	int fails; /* xstats cannot be read now */
} port;

static uint64_t count(unsigned fates)
{
	uint64_t sum = 0;

	for (unsigned f = 0; f < FATES; f++)
		sum += fates & IS(f) ? port.met[f] : 0;
	return sum;
}

int rte_eth_stats_get(uint16_t id, struct rte_eth_stats *stats)
{
	(void)id;
	*stats = (struct rte_eth_stats){ .ipackets = count(IS(DELIVERED) | IS(BAD_CHECKSUM)),
		.imissed = count(port.is->imissed),
		.ierrors = count(port.is->ierrors),
		.rx_nombuf = count(port.is->nombuf) };
	return 0;
}

int rte_eth_xstats_get_id_by_name(uint16_t id, const char *name, uint64_t *number)
{
	(void)id;
	for (unsigned i = 0; i < RTE_DIM(port.is->xstat) && port.is->xstat[i].name; i++) {
		if (!strcmp(port.is->xstat[i].name, name)) {
			*number = i;
			return 0;
		}
	}
	return -EINVAL;
}

int rte_eth_xstats_get_by_id(uint16_t id, const uint64_t *numbers, uint64_t *values, unsigned n)
{
	(void)id;
	for (unsigned i = 0; i < n; i++)
		values[i] = count(port.is->xstat[numbers[i]].fates);
	return port.fails ? -EIO : (int)n;
}

/* As many of each as nobody can mistake for another: 1, 10, 100 ... */
static void meet(void)
{
	for (unsigned f = 0, n = 1; f < FATES; f++, n *= 10)
		port.met[f] += n;
}

static void every_lost_frame_is_missed_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(drivers); i++) {
		struct tap_dpdk_stats s;
		uint64_t packets, octets;

		memset(&port, 0, sizeof(port));
		port.is = &drivers[i];
		meet(); /* before our time */
		tap_dpdk_stats_open(&s, 0, drivers[i].name, 0, NULL);
		assert_int_equal(tap_dpdk_stats_missed(&s), 0);
		meet();
		assert_int_equal(tap_dpdk_stats_missed(&s), count(drivers[i].lost) / 2);
		assert_int_equal(tap_dpdk_stats_missed(&s), 0);
		tap_dpdk_stats_received(&s, &packets, &octets);
		assert_int_equal(packets, 11);
	}
}

/* What cannot be read now is made up for, and not counted twice. */
static void xstats_that_fail_for_a_moment(void **state)
{
	struct tap_dpdk_stats s;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(drivers); i++) {
		memset(&port, 0, sizeof(port));
		port.is = &drivers[i];
		tap_dpdk_stats_open(&s, 0, drivers[i].name, 0, NULL);
		meet();
		port.fails = 1;
		uint64_t first = tap_dpdk_stats_missed(&s);

		port.fails = 0;
		assert_int_equal(first + tap_dpdk_stats_missed(&s), count(drivers[i].lost));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_lost_frame_is_missed_once),
		cmocka_unit_test(xstats_that_fail_for_a_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
