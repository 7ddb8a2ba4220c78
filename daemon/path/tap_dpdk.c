/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_dpdk.h"

#include <errno.h>
#include <net/if.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "tap_dpdk_eal.h"
#include "tap_dpdk_stats.h"
#include "text.h"
#include "xdp_port.h"

#define RING_SIZE     1024u
#define POOL_CACHE    256u
#define POOL_SPARE    512u /* bursts in hand, and what a driver keeps for itself */
#define MAX_FRAME     9600u
#define STRAYS	      65536u /* frames */
#define ETHER_MTU(frame) ((frame) - RTE_ETHER_HDR_LEN - RTE_ETHER_CRC_LEN)

struct queue {
	struct tap_queue base; /* first: a tap_queue is cast back */
	uint16_t port, number;
	struct rte_mbuf *mbuf[BURST_MAX];
};

struct port {
	const char *name; /* borrowed from the configuration */
	uint16_t id;
	bool found, started;
	struct queue *queue;
	size_t n_queues, n_tx;
	struct rte_mempool *pool;
	struct tap_dpdk_stats stats;
};

struct tap_dpdk {
	struct port *port;
	size_t n_ports;
	struct tap_dpdk_args args;
};

/* A frame whose first tag the driver took off gets it back: it was on the wire. A frame in pieces whose
 * headers are not all in the first one is put together. Both are rare. NULL: impossible, no memory. */
static struct rte_mbuf *mend(struct rte_mbuf *m)
{
	if (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) {
		uint64_t flags = m->ol_flags;

		if (rte_vlan_insert(&m))
			return m;
		m->ol_flags = flags & ~RTE_MBUF_F_RX_VLAN_STRIPPED;
	}
	if (m->nb_segs > 1 && m->data_len < FRAME_HEAD && m->pkt_len <= m->buf_len)
		rte_pktmbuf_linearize(m);
	return m;
}

/* A burst as the driver handed it over. What is mended is replaced in `mbuf`. */
static inline void hand_over(struct rte_mbuf **mbuf, struct burst *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(mbuf[i], void *));
	for (uint32_t i = 0; i < b->n; i++) {
		struct rte_mbuf *m = mbuf[i];

		if (unlikely(m->nb_segs > 1 || (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED)))
			mbuf[i] = m = mend(m);
		b->data[i] = rte_pktmbuf_mtod(m, const uint8_t *);
		b->captured[i] = m->data_len;
		b->wire[i] = m->pkt_len;
	}
}

static void receive(struct tap_queue *self, struct burst *b)
{
	struct queue *q = (struct queue *)self;

	b->n = rte_eth_rx_burst(q->port, q->number, q->mbuf, BURST_MAX);
	hand_over(q->mbuf, b);
}

static void release(struct tap_queue *self, struct burst *b)
{
	struct queue *q = (struct queue *)self;

	rte_pktmbuf_free_bulk(q->mbuf, b->n);
}

static const struct tap_queue_ops queue_ops = { .receive = receive, .release = release };

static int find_port(const struct tap_dpdk_port *p, uint16_t *id)
{
	struct rte_dev_iterator it;
	uint16_t found = RTE_MAX_ETHPORTS;
	int error = tap_dpdk_eal_is_pci(p->device) ? 0 : rte_dev_probe(p->device);

	if (error)
		return error;
	RTE_ETH_FOREACH_MATCHING_DEV(found, p->device, &it) {
		*id = found;
		rte_eth_iterator_cleanup(&it);
		return 0;
	}
	return -ENODEV;
}

/* What drivers say when they cannot do as asked: net_tap a plain -1. */
static bool is_refusal(int error)
{
	return error == -ENOTSUP || error == -EINVAL || error == -EPERM;
}

/* Frames as they are on the wire, whatever their size; spread over the queues by addresses. */
static int configure(struct port *p, const struct rte_eth_dev_info *info)
{
	const uint64_t rss = (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP) & info->flow_type_rss_offloads;
	uint32_t mtu = info->max_mtu < ETHER_MTU(MAX_FRAME) ? info->max_mtu : ETHER_MTU(MAX_FRAME);
	struct rte_eth_conf conf = { 0 };
	int error;

	if (p->n_queues > 1) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf = rss;
	}
	if (info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER)
		conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_SCATTER;
	else
		mtu = RTE_MIN(mtu, (uint32_t)ETHER_MTU(RTE_MBUF_DEFAULT_DATAROOM));
	conf.rxmode.mtu = mtu;
	error = rte_eth_dev_configure(p->id, (uint16_t)p->n_queues, 0, &conf);
	if (!is_refusal(error))
		return error;
	conf.rxmode.mtu = 0; /* a driver that knows no other than its own */
	error = rte_eth_dev_configure(p->id, (uint16_t)p->n_queues, 0, &conf);
	if (!is_refusal(error))
		return error;
	p->n_tx = p->n_queues; /* net_af_xdp and net_tap want queues in pairs; nothing is ever sent */
	return rte_eth_dev_configure(p->id, (uint16_t)p->n_queues, (uint16_t)p->n_tx, &conf);
}

/* Buffers that a driver takes for rings of its own, beside ours. */
static unsigned buffers_of_driver(const struct rte_eth_dev_info *info)
{
	static const struct {
		const char *driver;
		unsigned n;
	} own[] = {
		{ "net_af_xdp", 2 * 2048 }, /* XSK_RING_PROD__DEFAULT_NUM_DESCS, to fill and to hand over */
	};

	for (size_t i = 0; i < RTE_DIM(own); i++)
		if (!strcmp(info->driver_name, own[i].driver))
			return own[i].n;
	return 0;
}

static int setup_queues(struct port *p, unsigned n_buffers)
{
	uint16_t rx = RING_SIZE, tx = p->n_tx ? RING_SIZE : 0;
	char name[RTE_MEMPOOL_NAMESIZE];
	int error, socket = rte_eth_dev_socket_id(p->id);

	error = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &rx, &tx);
	if (error)
		return error;
	snprintf(name, sizeof(name), "transitd-%u", p->id);
	n_buffers = RTE_MAX(n_buffers, rx + POOL_SPARE);
	p->pool = rte_pktmbuf_pool_create(name, (unsigned)p->n_queues * (n_buffers + POOL_CACHE), POOL_CACHE, 0,
		RTE_MBUF_DEFAULT_BUF_SIZE, socket);
	if (!p->pool)
		return -rte_errno;
	for (uint16_t i = 0; i < p->n_queues; i++) {
		error = rte_eth_rx_queue_setup(p->id, i, rx, (unsigned)socket, NULL, p->pool);
		if (error)
			return error;
	}
	for (uint16_t i = 0; i < p->n_tx; i++) {
		error = rte_eth_tx_queue_setup(p->id, i, tx, (unsigned)socket, NULL);
		if (error)
			return error;
	}
	return 0;
}

/* net_af_packet's sockets see the frames of all interfaces until they are bound to their own, and what they saw waits
 * in their rings: it comes first, and is none of this tap's. A ring holds less than STRAYS. */
static void drop_strays(const struct port *p, const char *driver)
{
	struct rte_mbuf *mbuf[BURST_MAX];

	if (strcmp(driver, "net_af_packet"))
		return;
	for (uint16_t q = 0; q < p->n_queues; q++)
		for (uint32_t n = 0, got = 1; got && n < STRAYS; n += got) {
			got = rte_eth_rx_burst(p->id, q, mbuf, BURST_MAX);
			rte_pktmbuf_free_bulk(mbuf, got);
		}
}

/* AF_XDP has frames as the interface's driver leaves them, and hears nothing of a tag that it took out. (veth takes
 * none out, whatever it says of itself, and does not put back what its sender had beside the frame.) */
static int keep_tags(const struct port *p, const struct rte_eth_dev_info *info)
{
	char name[IF_NAMESIZE];
	struct xdp_port at;
	int error;

	if (strcmp(info->driver_name, "net_af_xdp") || !if_indextoname(info->if_index, name))
		return 0;
	error = xdp_port_look(name, &at);
	if (!error && at.strips_tags && strcmp(at.driver, "veth"))
		error = xdp_port_keep_tags(name);
	if (error)
		log_error("tap %s: interface %s takes VLAN tags out of frames, and cannot be told to leave them in",
			p->name, name);
	return error;
}

static int start_port(struct port *p, const struct tap_dpdk_options *o, const struct tap_dpdk_stats *before)
{
	struct rte_eth_dev_info info;
	int error = rte_eth_dev_info_get(p->id, &info);

	if (error)
		return error;
	if (tap_dpdk_eal_has_own_queues(info.driver_name))
		p->n_queues = info.max_rx_queues;
	else
		p->n_queues = info.flow_type_rss_offloads ? RTE_MIN(o->n_workers, info.max_rx_queues) : 1;
	p->queue = mem_array(p->n_queues, sizeof(*p->queue));
	error = configure(p, &info);
	if (!error)
		error = keep_tags(p, &info);
	if (!error)
		error = setup_queues(p, RTE_MAX(o->n_buffers, buffers_of_driver(&info) + RING_SIZE + POOL_SPARE));
	if (!error)
		error = rte_eth_dev_start(p->id);
	if (error)
		return error;
	p->started = true;
	drop_strays(p, info.driver_name);
	tap_dpdk_stats_open(&p->stats, p->id, info.driver_name, info.if_index, before);
	/* A driver without such modes (a capture file, a ring) delivers everything anyway. */
	rte_eth_promiscuous_enable(p->id);
	rte_eth_allmulticast_enable(p->id);
	return 0;
}

static int open_port(struct port *p, const struct tap_dpdk_port *o, const struct tap_dpdk_options *all,
	const struct tap_dpdk_stats *before)
{
	int error;

	p->name = o->name;
	error = find_port(o, &p->id);
	p->found = !error;
	if (!error)
		error = start_port(p, all, before);
	if (error) {
		log_error("tap %s: dpdk device %s: %s", o->name, o->device, rte_strerror(-error));
		return error;
	}
	for (size_t i = 0; i < p->n_queues; i++)
		p->queue[i] = (struct queue){ .base = { .ops = &queue_ops, .tap = o->tap },
			.port = p->id,
			.number = (uint16_t)i };
	return 0;
}

int tap_dpdk_open(const struct tap_dpdk_options *o, struct tap_dpdk **out)
{
	struct tap_dpdk *t = mem_alloc(sizeof(*t));
	int error = tap_dpdk_eal_start(o, &t->args);

	if (error) {
		tap_dpdk_eal_free(&t->args);
		free(t);
		return error;
	}
	t->port = mem_array(o->n_ports, sizeof(*t->port));
	for (size_t i = 0; i < o->n_ports && !error; i++, t->n_ports++)
		error = open_port(&t->port[i], &o->ports[i], o, i ? &t->port[i - 1].stats : NULL);
	if (error) {
		tap_dpdk_close(t);
		return error;
	}
	*out = t;
	return 0;
}

void tap_dpdk_close(struct tap_dpdk *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_ports; i++) {
		struct port *p = &t->port[i];

		/* A port that did not start is closed as well: its queues use the pool. */
		if (p->started)
			rte_eth_dev_stop(p->id);
		if (p->found)
			rte_eth_dev_close(p->id);
		rte_mempool_free(p->pool);
		free(p->queue);
	}
	rte_eal_cleanup();
	tap_dpdk_eal_free(&t->args);
	free(t->port);
	free(t);
}

size_t tap_dpdk_n_queues(const struct tap_dpdk *t, size_t port)
{
	return t->port[port].n_queues;
}

struct tap_queue *tap_dpdk_queue(struct tap_dpdk *t, size_t port, size_t queue)
{
	return &t->port[port].queue[queue].base;
}

uint64_t tap_dpdk_missed(struct tap_dpdk *t, size_t port)
{
	return tap_dpdk_stats_missed(&t->port[port].stats);
}

struct tap_dpdk_counters tap_dpdk_counters(const struct tap_dpdk *t, size_t port)
{
	struct tap_dpdk_counters c;

	tap_dpdk_stats_received(&t->port[port].stats, &c.packets, &c.bytes);
	return c;
}

void tap_dpdk_enter(void)
{
	/* A lcore number gives the thread its own cache of buffers. */
	if (rte_thread_register())
		log_warn("dpdk: no lcore left for a worker: slower, not wrong");
}

void tap_dpdk_leave(void)
{
	rte_thread_unregister();
}
