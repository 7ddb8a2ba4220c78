/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_bank.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../bpf/maps.h"
#include "text.h"

unsigned xdp_bank_cpus(void)
{
	int n = libbpf_num_possible_cpus();

	return n > 0 ? (unsigned)n : 1;
}

int xdp_array_create(const char *name, uint32_t size, uint32_t n)
{
	LIBBPF_OPTS(bpf_map_create_opts, o, .map_flags = BPF_F_MMAPABLE);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, name, sizeof(uint32_t), size, n, &o);

	return fd < 0 ? -errno : fd;
}

void *xdp_array_map(int fd, size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static uint32_t cells_of(const struct xdp_shape *s)
{
	return s->n_cpus * s->stride;
}

static void point(struct xdp_bank *b, const struct xdp_shape *s)
{
	union meter_cell *cell = b->memory;

	b->n_cpus = s->n_cpus;
	b->cpu = mem_array(b->n_cpus, sizeof(*b->cpu));
	b->list = mem_array(b->n_cpus, sizeof(struct bank *));
	for (size_t i = 0; i < b->n_cpus; i++) {
		b->cpu[i] = (struct bank){ .n_taps = s->n_taps,
			.n_slots = s->n_slots,
			.tap = &cell[i * s->stride].tap,
			.slot = &cell[i * s->stride + s->slots].slot,
			.size = s->stride * sizeof(*cell) };
		b->list[i] = &b->cpu[i];
	}
}

int xdp_bank_adopt(struct xdp_bank *b, const struct xdp_shape *shape, int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	if (info.value_size != sizeof(union meter_cell) || info.max_entries != cells_of(shape))
		return -EINVAL;
	*b = (struct xdp_bank){ .fd = fd, .id = info.id, .size = cells_of(shape) * sizeof(union meter_cell) };
	b->memory = xdp_array_map(fd, b->size);
	if (!b->memory)
		return -errno;
	point(b, shape);
	return 0;
}

int xdp_bank_create(struct xdp_bank *b, const struct xdp_shape *shape)
{
	int fd = xdp_array_create("meter_bank", sizeof(union meter_cell), cells_of(shape)), error;

	if (fd < 0)
		return fd;
	error = xdp_bank_adopt(b, shape, fd);
	if (error) {
		close(fd);
		*b = (struct xdp_bank){ 0 };
	}
	return error;
}

void xdp_bank_close(struct xdp_bank *b)
{
	if (b->memory)
		munmap(b->memory, b->size);
	if (b->fd)
		close(b->fd);
	free(b->cpu);
	free(b->list);
	*b = (struct xdp_bank){ 0 };
}

void xdp_bank_clear(struct xdp_bank *b)
{
	memset(b->memory, 0, b->size);
}

int xdp_bank_current_create(const struct xdp_bank *first)
{
	LIBBPF_OPTS(bpf_map_create_opts, o, .inner_map_fd = (uint32_t)first->fd);
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "meter_banks", sizeof(uint32_t), sizeof(uint32_t), 1,
		&o);
	int error;

	if (fd < 0)
		return -errno;
	error = xdp_bank_enter(fd, first);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

/* The kernel (maybe_wait_bpf_programs) waits for a grace period before it returns from an update of a map
 * of maps. */
int xdp_bank_enter(int current, const struct xdp_bank *b)
{
	uint32_t zero = 0, fd = (uint32_t)b->fd;

	return bpf_map_update_elem(current, &zero, &fd, BPF_ANY) ? -errno : 0;
}
