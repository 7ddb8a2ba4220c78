/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "text.h"
#include "xdp_port.h"

_Static_assert(XDP_ETHTOOL_NAME == ETH_GSTRING_LEN, "as the kernel has it");

static int count(const char *interface, size_t *n)
{
	_Alignas(struct ethtool_sset_info) char memory[sizeof(struct ethtool_sset_info) + sizeof(uint32_t)] = { 0 };
	struct ethtool_sset_info *info = (void *)memory;
	int error;

	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1u << ETH_SS_STATS;
	error = xdp_port_ethtool(interface, info);
	*n = !error && info->sset_mask ? info->data[0] : 0;
	return error == -EOPNOTSUPP ? 0 : error;
}

/* The kernel writes as much as it has at that moment, which may be more than it had told: what would be written
 * after our memory fails there. (6.12 asks first whether the number is still the same.) */
static int allocate(struct xdp_ethtool *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = sizeof(struct ethtool_gstrings) + sizeof(struct ethtool_stats) + e->n * XDP_ETHTOOL_NAME;

	e->size = (bytes + page - 1) / page * page + page;
	e->memory = mmap(NULL, e->size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (e->memory == MAP_FAILED) {
		e->memory = NULL;
		return -errno;
	}
	return mprotect(e->memory, e->size - page, PROT_READ | PROT_WRITE) ? -errno : 0;
}

static int read_names(struct xdp_ethtool *e, const char *interface)
{
	struct ethtool_gstrings *names = e->memory;
	int error;

	*names = (struct ethtool_gstrings){ .cmd = ETHTOOL_GSTRINGS, .string_set = ETH_SS_STATS, .len = (uint32_t)e->n };
	error = xdp_port_ethtool(interface, names);
	if (error)
		return error;
	if (names->len != e->n)
		return -ESTALE;
	e->name = mem_array(e->n, sizeof(*e->name));
	memcpy(e->name, names->data, e->n * sizeof(*e->name));
	return 0;
}

int xdp_ethtool_open(struct xdp_ethtool *e, const char *interface)
{
	int error;

	*e = (struct xdp_ethtool){ 0 };
	error = count(interface, &e->n);
	if (error || !e->n)
		return error;
	error = allocate(e);
	if (!error)
		error = read_names(e, interface);
	if (error)
		xdp_ethtool_close(e);
	return error;
}

void xdp_ethtool_close(struct xdp_ethtool *e)
{
	if (e->memory)
		munmap(e->memory, e->size);
	free(e->name);
	*e = (struct xdp_ethtool){ 0 };
}

int xdp_ethtool_read(struct xdp_ethtool *e, const char *interface)
{
	struct ethtool_stats *stats = e->memory;
	size_t n;
	int error = count(interface, &n);

	if (error)
		return error;
	if (n != e->n)
		return -ESTALE;
	*stats = (struct ethtool_stats){ .cmd = ETHTOOL_GSTATS, .n_stats = (uint32_t)e->n };
	error = xdp_port_ethtool(interface, stats);
	e->value = (const uint64_t *)stats->data;
	return error ? error : stats->n_stats == e->n ? 0 : -ESTALE;
}
