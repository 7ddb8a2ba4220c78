/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an interface's counters make of a tap's `missed`, driver by driver. There are no such interfaces here: each is
 * played by its counters, as the sources of Linux 6.1 and 6.12 fill them, after so many frames of each fate. Every
 * frame that was lost before the program must be in `missed` once, and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "xdp_missed.h"

#define N_OF(array) (sizeof(array) / sizeof(*(array)))

/* How many frames met which fate. Of the first row a program has seen. */
enum fate {
	PASSED, TAKEN, NO_SKB, STACK_DROPPED,
	NO_DESCRIPTOR, PORT_FULL, BAD_CRC, BAD_LENGTH, TOO_SHORT, TOO_LONG, UNFIT, HOST_DROPPED,
	FATES,
};
#define IS(fate) (1u << (fate))
#define SEEN	 (IS(PASSED) | IS(TAKEN) | IS(NO_SKB) | IS(STACK_DROPPED))

struct own {
	const char *name;
	unsigned fates; /* bits: it counts these */
};

struct driver {
	const char *name;
	bool native, takes;
	unsigned lost; /* what it can tell */
	unsigned packets, dropped, missed, fifo, crc, length; /* the kernel's counters of it */
	unsigned peer_dropped;
	struct own own[12];
};

static const struct driver drivers[] = {
	{ "mlx5_core", true, false,
		IS(NO_DESCRIPTOR) | IS(PORT_FULL) | IS(BAD_CRC) | IS(BAD_LENGTH) | IS(TOO_SHORT) | IS(TOO_LONG) | IS(UNFIT),
		.dropped = IS(STACK_DROPPED) | IS(PORT_FULL), /* 6.1 */
		.missed = IS(NO_DESCRIPTOR), .crc = IS(BAD_CRC), .length = IS(BAD_LENGTH) | IS(TOO_LONG),
		.own = { { "rx_packets", SEEN }, { "rx_out_of_buffer", IS(NO_DESCRIPTOR) },
			{ "rx_discards_phy", IS(PORT_FULL) }, { "rx_prio0_discards", IS(PORT_FULL) },
			{ "rx_crc_errors_phy", IS(BAD_CRC) }, { "rx_in_range_len_errors_phy", IS(BAD_LENGTH) },
			{ "rx_undersize_pkts_phy", IS(TOO_SHORT) }, { "rx_oversize_pkts_phy", IS(TOO_LONG) },
			{ "rx_oversize_pkts_sw_drop", IS(UNFIT) }, { "rx0_oversize_pkts_sw_drop", IS(UNFIT) },
			{ "rx_buff_alloc_err", IS(NO_SKB) } } },
	/* A virtual function of the same driver has no counters of the wire. */
	{ "mlx5_core", true, true, IS(NO_DESCRIPTOR), .missed = IS(NO_DESCRIPTOR),
		.own = { { "rx_xdp_drop", IS(TAKEN) }, { "rx_out_of_buffer", IS(NO_DESCRIPTOR) } } },
	{ "mlx4_en", true, false, IS(PORT_FULL) | IS(BAD_CRC),
		.dropped = IS(PORT_FULL) | IS(STACK_DROPPED), .fifo = IS(PORT_FULL), .crc = IS(BAD_CRC),
		.own = { { "rx_dropped", IS(PORT_FULL) }, { "rx_fifo_errors", IS(PORT_FULL) },
			{ "rx_crc_errors", IS(BAD_CRC) }, { "rx0_dropped", 0 }, { "rx0_xdp_drop", IS(TAKEN) } } },
	{ "ice", true, false, IS(NO_DESCRIPTOR) | IS(PORT_FULL) | IS(BAD_CRC) | IS(TOO_SHORT) | IS(TOO_LONG),
		.dropped = IS(NO_DESCRIPTOR) | IS(STACK_DROPPED), .crc = IS(BAD_CRC), .length = IS(PASSED),
		.own = { { "rx_dropped", IS(NO_DESCRIPTOR) }, { "rx_dropped.nic", IS(PORT_FULL) },
			{ "rx_crc_errors.nic", IS(BAD_CRC) }, { "rx_undersize.nic", IS(TOO_SHORT) },
			{ "rx_oversize.nic", IS(TOO_LONG) }, { "rx_length_errors.nic", IS(PASSED) },
			{ "rx_csum_bad.nic", IS(PASSED) }, { "rx_alloc_fail", IS(NO_SKB) } } },
	{ "i40e", true, true, IS(NO_DESCRIPTOR) | IS(PORT_FULL) | IS(BAD_CRC) | IS(TOO_SHORT) | IS(TOO_LONG) | IS(UNFIT),
		.missed = IS(NO_DESCRIPTOR), .dropped = IS(UNFIT), .crc = IS(BAD_CRC),
		.own = { { "rx_errors", IS(BAD_CRC) }, { "rx_missed_errors", IS(NO_DESCRIPTOR) },
			{ "rx_dropped", IS(UNFIT) }, { "rx_crc_errors", IS(BAD_CRC) },
			{ "port.rx_discards", IS(PORT_FULL) }, { "port.rx_crc_errors", IS(BAD_CRC) },
			{ "port.rx_undersize", IS(TOO_SHORT) }, { "port.rx_oversize", IS(TOO_LONG) },
			{ "veb.rx_discards", IS(NO_DESCRIPTOR) } } },
	{ "iavf", false, false, IS(NO_DESCRIPTOR), .dropped = IS(NO_DESCRIPTOR) | IS(STACK_DROPPED),
		.own = { { "rx_discards", IS(NO_DESCRIPTOR) }, { "tx_discards", IS(PASSED) } } },
	{ "ixgbe", true, false,
		IS(NO_DESCRIPTOR) | IS(PORT_FULL) | IS(BAD_CRC) | IS(BAD_LENGTH) | IS(TOO_SHORT) | IS(TOO_LONG),
		.missed = IS(PORT_FULL), .crc = IS(BAD_CRC), .length = IS(BAD_LENGTH), .dropped = IS(STACK_DROPPED),
		.own = { { "rx_no_dma_resources", IS(NO_DESCRIPTOR) }, { "rx_missed_errors", IS(PORT_FULL) },
			{ "rx_long_length_errors", IS(TOO_LONG) }, { "rx_short_length_errors", IS(TOO_SHORT) },
			{ "rx_length_errors", IS(BAD_LENGTH) }, { "rx_csum_offload_errors", IS(PASSED) },
			{ "alloc_rx_buff_failed", IS(NO_SKB) } } },
	{ "igb", true, false, IS(NO_DESCRIPTOR) | IS(PORT_FULL) | IS(BAD_CRC) | IS(TOO_SHORT) | IS(TOO_LONG),
		.fifo = IS(NO_DESCRIPTOR) | IS(PORT_FULL), .missed = IS(PORT_FULL), .crc = IS(BAD_CRC),
		.length = IS(TOO_SHORT) | IS(TOO_LONG), .dropped = IS(STACK_DROPPED),
		.own = { { "rx_queue_0_drops", IS(NO_DESCRIPTOR) }, { "rx_no_buffer_count", IS(PASSED) } } },
	{ "e1000e", false, false, IS(PORT_FULL) | IS(BAD_CRC) | IS(TOO_SHORT),
		.missed = IS(PORT_FULL), .crc = IS(BAD_CRC), .length = IS(TOO_SHORT), .dropped = IS(STACK_DROPPED),
		.own = { { "rx_no_buffer_count", IS(PASSED) } } },
	{ "bnxt_en", true, false, IS(NO_DESCRIPTOR) | IS(BAD_CRC) | IS(UNFIT),
		.missed = IS(NO_DESCRIPTOR), .crc = IS(BAD_CRC), .length = IS(PASSED),
		.dropped = IS(NO_SKB) | IS(STACK_DROPPED),
		.own = { { "[0]: rx_discards", IS(NO_DESCRIPTOR) }, { "[0]: rx_buf_errors", 0 },
			{ "[11]: rx_buf_errors", IS(UNFIT) }, { "rx_total_buf_errors", IS(UNFIT) },
			{ "rx_ovrsz_frames", IS(PASSED) } } },
	{ "ena", true, true, IS(NO_DESCRIPTOR), .dropped = IS(NO_DESCRIPTOR) | IS(TAKEN) | IS(UNFIT),
		.own = { { "queue_0_rx_xdp_drop", IS(TAKEN) }, { "queue_1_rx_xdp_drop", IS(UNFIT) } } },
	{ "ena", true, false, IS(UNFIT), .dropped = IS(NO_DESCRIPTOR) | IS(UNFIT) | IS(STACK_DROPPED),
		.own = { { "queue_0_rx_xdp_drop", IS(UNFIT) }, { "queue_0_rx_xdp_pass", SEEN } } },
	/* 6.1 */
	{ "virtio_net", true, true, IS(UNFIT) | IS(TOO_LONG), .packets = SEEN | IS(UNFIT) | IS(TOO_LONG),
		.dropped = IS(TAKEN) | IS(UNFIT) | IS(TOO_LONG), .length = IS(TOO_LONG),
		.own = { { "rx_queue_0_packets", SEEN | IS(UNFIT) | IS(TOO_LONG) },
			{ "rx_queue_0_drops", IS(TAKEN) | IS(UNFIT) | IS(TOO_LONG) },
			{ "rx_queue_0_xdp_packets", SEEN & ~IS(PASSED) }, { "rx_queue_1_xdp_packets", IS(PASSED) },
			{ "rx_queue_0_xdp_drops", IS(TAKEN) | IS(UNFIT) } } },
	/* 6.12, on a host that tells what it drops */
	{ "virtio_net", true, false, IS(UNFIT) | IS(TOO_LONG) | IS(HOST_DROPPED),
		.packets = SEEN | IS(UNFIT) | IS(TOO_LONG),
		.dropped = IS(NO_SKB) | IS(UNFIT) | IS(TOO_LONG) | IS(STACK_DROPPED), .length = IS(TOO_LONG),
		.own = { { "rx_drops", IS(NO_SKB) | IS(UNFIT) }, { "rx_xdp_packets", SEEN }, { "rx_hw_drops", IS(HOST_DROPPED) },
			{ "rx0_drops", IS(NO_SKB) | IS(UNFIT) | IS(TOO_LONG) }, { "rx0_xdp_packets", SEEN },
			{ "rx0_xdp_drops", IS(NO_SKB) | IS(UNFIT) }, { "rx0_hw_drops", IS(HOST_DROPPED) },
			{ "rx0_hw_drop_overruns", IS(HOST_DROPPED) } } },
	{ "virtio_net", false, true, IS(UNFIT), .packets = SEEN | IS(UNFIT), .dropped = IS(UNFIT),
		.own = { { "rx_drops", IS(UNFIT) }, { "rx0_drops", IS(UNFIT) }, { "rx0_xdp_packets", 0 },
			{ "rx0_xdp_drops", 0 } } },
	/* A later one that has renamed them: all packets would be taken for lost. */
	{ "virtio_net", true, true, 0, .packets = SEEN | IS(UNFIT), .own = { { "rx-0-xdp-packets", SEEN } } },
	{ "veth", true, false, IS(NO_DESCRIPTOR) | IS(TOO_LONG) | IS(UNFIT),
		.peer_dropped = IS(NO_DESCRIPTOR) | IS(TOO_LONG),
		.dropped = IS(TOO_LONG) | IS(UNFIT) | IS(STACK_DROPPED), .packets = SEEN | IS(UNFIT),
		.own = { { "peer_ifindex", IS(PASSED) }, { "rx_queue_0_xdp_packets", SEEN | IS(UNFIT) },
			{ "rx_queue_0_drops", IS(UNFIT) }, { "rx_queue_0_xdp_drops", IS(TAKEN) } } },
	{ "tun", true, true, 0, .dropped = IS(TAKEN), .packets = SEEN },
	{ "tun", true, false, 0, .dropped = IS(STACK_DROPPED), .packets = SEEN },
	{ "vmxnet3", true, true, IS(NO_DESCRIPTOR) | IS(BAD_CRC), .dropped = IS(BAD_CRC),
		.own = { { "  pkts rx OOB", IS(NO_DESCRIPTOR) }, { "  pkts rx err", IS(BAD_CRC) },
			{ "  drv dropped rx total", IS(BAD_CRC) }, { "     fcs", IS(BAD_CRC) },
			{ "     xdp drops", IS(TAKEN) }, { "  pkts rx OOB", 0 }, { "  drv dropped rx total", 0 } } },
	{ "hv_netvsc", true, false, IS(UNFIT), .dropped = IS(STACK_DROPPED),
		.own = { { "rx_no_memory", IS(NO_SKB) }, { "rx_queue_0_xdp_drop", IS(UNFIT) } } },
	{ "hv_netvsc", true, true, 0,
		.own = { { "rx_no_memory", IS(NO_SKB) }, { "rx_queue_0_xdp_drop", IS(UNFIT) | IS(TAKEN) } } },
	{ "gve", true, true, IS(NO_DESCRIPTOR) | IS(BAD_CRC),
		.own = { { "rx_dropped", IS(BAD_CRC) | IS(NO_SKB) }, { "rx_desc_err_dropped_pkt", IS(BAD_CRC) },
			{ "rx_skb_alloc_fail", IS(NO_SKB) }, { "rx_queue_drop_cnt[0]", IS(NO_DESCRIPTOR) },
			{ "rx_dropped_pkt[0]", IS(BAD_CRC) }, { "rx_xdp_drop[0]", IS(TAKEN) } } },
	/* Whatever it does, a counted frame is not missed. */
	{ "nobody knows it", true, true, IS(NO_DESCRIPTOR) | IS(BAD_CRC), .missed = IS(NO_DESCRIPTOR), .crc = IS(BAD_CRC),
		.dropped = IS(TAKEN) | IS(STACK_DROPPED), .fifo = IS(NO_DESCRIPTOR), .length = IS(PASSED), .packets = SEEN,
		.own = { { "rx_dropped", IS(TAKEN) }, { "rx_queue_0_drops", IS(TAKEN) } } },
};

/* The interface that the functions below speak of. */
static struct {
	const struct driver *is;
	uint64_t met[FATES];
	uint64_t busy; /* frames that pass during each look */
	size_t n_own;
	int peer_space, peer_error;
	uint64_t value[N_OF(drivers->own)];
} port;

static uint64_t count(unsigned fates)
{
	uint64_t sum = 0;

	for (unsigned f = 0; f < FATES; f++)
		sum += fates & IS(f) ? port.met[f] : 0;
	return sum;
}

int xdp_port_ethtool(const char *name, void *command)
{
	struct ethtool_drvinfo *info = command;

	(void)name;
	snprintf(info->driver, sizeof(info->driver), "%s", port.is->name);
	return 0;
}

int xdp_ethtool_open(struct xdp_ethtool *e, const char *interface)
{
	(void)interface;
	*e = (struct xdp_ethtool){ .n = port.n_own, .value = port.value };
	e->name = mem_array(e->n + 1, sizeof(*e->name));
	for (size_t i = 0; i < e->n; i++)
		snprintf(e->name[i], sizeof(e->name[i]), "%s", port.is->own[i].name);
	return 0;
}

void xdp_ethtool_close(struct xdp_ethtool *e)
{
	free(e->name);
	*e = (struct xdp_ethtool){ 0 };
}

int xdp_ethtool_read(struct xdp_ethtool *e, const char *interface)
{
	(void)interface;
	if (e->n != port.n_own)
		return -ESTALE;
	for (size_t i = 0; i < e->n; i++)
		port.value[i] = count(port.is->own[i].fates);
	return 0;
}

int xdp_link_read(int index, int32_t space, struct xdp_link *l)
{
	const struct driver *d = port.is;

	port.met[PASSED] += port.busy;
	if (index == 2)
		*l = (struct xdp_link){ .stats = { .tx_dropped = count(d->peer_dropped) } };
	if (index == 2)
		return space == port.peer_space ? port.peer_error : -EINVAL;
	*l = (struct xdp_link){ .name = "eth0", .native = d->native, .peer = 2, .peer_space = port.peer_space };
	l->stats.rx_packets = count(d->packets);
	l->stats.rx_dropped = count(d->dropped);
	l->stats.rx_missed_errors = count(d->missed);
	l->stats.rx_fifo_errors = count(d->fifo);
	l->stats.rx_crc_errors = count(d->crc);
	l->stats.rx_length_errors = count(d->length);
	l->stats.rx_over_errors = l->stats.rx_errors = count(SEEN | d->crc); /* none of ours */
	return index == 1 ? 0 : -ENODEV;
}

/* As many of each as nobody can mistake for another: 1, 10, 100 ... A program that takes frames takes all. */
static void meet(void)
{
	unsigned never = port.is->takes ? SEEN & ~IS(TAKEN) : IS(TAKEN);

	for (unsigned f = 0, n = 1; f < FATES; f++, n *= 10)
		port.met[f] += never & IS(f) ? 0 : n;
}

static void play(const struct driver *d)
{
	memset(&port, 0, sizeof(port));
	port.is = d;
	while (port.n_own < N_OF(d->own) && d->own[port.n_own].name)
		port.n_own++;
}

static void open_it(struct xdp_missed *m)
{
	*m = (struct xdp_missed){ 0 };
	xdp_missed_open(m, "tap", "eth0", 1, port.is->takes);
}

static void every_lost_frame_is_missed_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(drivers); i++) {
		struct xdp_missed m;

		play(&drivers[i]);
		meet(); /* before our time */
		open_it(&m);
		assert_int_equal(xdp_missed_since(&m), 0);
		meet();
		if (xdp_missed_since(&m) != count(drivers[i].lost) / 2)
			fail_msg("%s (%zu)", drivers[i].name, i);
		assert_int_equal(xdp_missed_since(&m), 0);
		xdp_missed_close(&m);
		meet();
		assert_int_equal(xdp_missed_since(&m), 0);
	}
}

/* A driver that starts anew: what it counts then may have been lost at any time. */
static void counters_that_go_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(drivers); i++) {
		struct xdp_missed m;

		play(&drivers[i]);
		for (int times = 0; times < 5; times++)
			meet();
		open_it(&m);
		memset(port.met, 0, sizeof(port.met));
		meet();
		assert_int_equal(xdp_missed_since(&m), 0);
		meet();
		assert_int_equal(xdp_missed_since(&m), count(drivers[i].lost) / 2);
		xdp_missed_close(&m);
	}
}

/* Another number of queues, say: from there on. */
static void counters_that_come_and_go(void **state)
{
	struct xdp_missed m;

	(void)state;
	for (size_t i = 0; i < N_OF(drivers); i++) {
		play(&drivers[i]);
		if (!port.n_own)
			continue;
		open_it(&m);
		port.n_own--;
		meet();
		xdp_missed_since(&m); /* a driver that is not asked does not mind */
		port.n_own++;
		xdp_missed_since(&m);
		assert_true(xdp_missed_since(&m) == 0);
		meet();
		assert_int_equal(xdp_missed_since(&m), count(drivers[i].lost) / 2);
		xdp_missed_close(&m);
	}
}

/* Frames that pass while counters are looked at are not taken for lost ones. */
static void looks_under_load(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(drivers); i++) {
		const struct driver *d = &drivers[i];
		uint64_t missed = 0, lost = 0;
		struct xdp_missed m;

		play(d);
		port.busy = 3;
		open_it(&m);
		for (int times = 0; times < 100; times++) {
			missed += xdp_missed_since(&m);
			assert_true(missed <= lost);
			meet();
			lost = count(d->lost);
		}
		port.busy = 0;
		missed += xdp_missed_since(&m);
		assert_true(missed <= lost && missed + 20 >= lost);
		xdp_missed_close(&m);
	}
}

static void peer_that_is_not_seen(void **state)
{
	struct xdp_missed m;
	const struct driver *veth = drivers;

	(void)state;
	while (strcmp(veth->name, "veth"))
		veth++;
	play(veth);
	port.peer_error = -EPERM;
	open_it(&m);
	meet();
	assert_int_equal(xdp_missed_since(&m), count(IS(UNFIT)));
	port.peer_error = 0;
	assert_int_equal(xdp_missed_since(&m), 0); /* what was lost before it was seen is not known */
	meet();
	assert_int_equal(xdp_missed_since(&m), count(veth->lost) / 2);
	port.peer_space = 7;
	assert_int_equal(xdp_missed_since(&m), 0);
	meet();
	assert_int_equal(xdp_missed_since(&m), count(veth->lost) / 3);
	xdp_missed_close(&m);
}

static void names(void **state)
{
	static const struct {
		const char *pattern, *name;
		bool fits;
	} cases[] = {
		{ "rx_dropped", "rx_dropped", true }, { "rx_dropped", "rx_dropped.nic", false },
		{ "rx_dropped.nic", "rx_dropped", false }, { "rx#_drops", "rx0_drops", true },
		{ "rx#_drops", "rx127_drops", true }, { "rx#_drops", "rx_drops", false },
		{ "rx#_drops", "rx0_xdp_drops", false }, { "rx#_drops", "rx0_drops0", false },
		{ "cnt[#]", "cnt[3]", true }, { "cnt[#]", "cnt[3", false }, { "cnt[#]", "cnt[]", false },
		{ "cnt#", "cnt12", true }, { "cnt#", "cnt", false }, { "", "", true },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		const struct xdp_loss l = { .of = OF_DRIVER, .name = cases[i].pattern, .at = AT_TC };

		if (xdp_loss_is(&l, cases[i].name, XDP_ETHTOOL_NAME) != cases[i].fits)
			fail_msg("%s, %s", cases[i].pattern, cases[i].name);
	}
	/* A name that fills its place has no end. */
	assert_true(xdp_loss_is(&(struct xdp_loss){ .of = OF_DRIVER, .name = "rx#" }, "rx1234", 4));
	assert_false(xdp_loss_is(&(struct xdp_loss){ .of = OF_LINK }, "", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_lost_frame_is_missed_once),
		cmocka_unit_test(counters_that_go_back),
		cmocka_unit_test(counters_that_come_and_go),
		cmocka_unit_test(looks_under_load),
		cmocka_unit_test(peer_that_is_not_seen),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
