/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_state.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../bpf/maps.h"
#include "clock.h"
#include "log.h"
#include "text.h"

#define MAGIC	"transitd"
#define VERSION 1

struct xdp_label {
	uint64_t generation; /* 0: the bank is clear */
	int64_t start;	     /* Unix seconds */
};

/* The pinned form. Its layout changes with VERSION only. */
struct xdp_record {
	char magic[8];
	uint32_t version, interval;
	uint32_t n_cpus, slots, stride;
	uint32_t n_taps, n_peerings, n_values, n_cos;
	uint32_t unused;
	struct digest config;
	struct xdp_label label[XDP_BANKS];
	char names[]; /* taps, peerings, values, CoS: the arrays of struct layout */
};
_Static_assert(sizeof(struct xdp_record) == 48 + 32 + 16 * XDP_BANKS, "the pinned form has no gaps");

static size_t names_size(uint32_t taps, uint32_t peerings, uint32_t values, uint32_t cos)
{
	return (size_t)(taps + values + cos) * NAME_SIZE + (size_t)peerings * sizeof(struct layout_peering);
}

/* The four arrays of names, in the order of the pinned form. */
struct piece {
	void *data;
	size_t size;
};

static void pieces_of(const struct layout *l, struct piece piece[static 4])
{
	piece[0] = (struct piece){ l->tap, l->n_taps * sizeof(*l->tap) };
	piece[1] = (struct piece){ l->peering, l->n_peerings * sizeof(*l->peering) };
	piece[2] = (struct piece){ l->value, l->n_values * sizeof(*l->value) };
	piece[3] = (struct piece){ l->cos, l->n_cos * sizeof(*l->cos) };
}

static void write_record(struct xdp_record *r, const struct layout *l, const struct xdp_shape *shape,
	unsigned interval)
{
	struct piece piece[4];
	char *to = r->names;

	r->version = VERSION;
	r->interval = interval;
	r->n_cpus = shape->n_cpus;
	r->slots = shape->slots;
	r->stride = shape->stride;
	r->n_taps = l->n_taps;
	r->n_peerings = l->n_peerings;
	r->n_values = l->n_values;
	r->n_cos = l->n_cos;
	pieces_of(l, piece);
	for (int i = 0; i < 4; to += piece[i++].size)
		memcpy(to, piece[i].data, piece[i].size);
	memcpy(r->magic, MAGIC, sizeof(r->magic)); /* last: it is whole */
}

static int read_layout(const struct xdp_record *r, struct layout *l)
{
	struct piece piece[4];
	const char *from = r->names;

	*l = (struct layout){ .n_taps = r->n_taps,
		.n_peerings = r->n_peerings,
		.n_values = r->n_values,
		.n_cos = r->n_cos,
		.tap = mem_array(r->n_taps, sizeof(*l->tap)),
		.peering = mem_array(r->n_peerings, sizeof(*l->peering)),
		.value = mem_array(r->n_values, sizeof(*l->value)),
		.cos = mem_array(r->n_cos, sizeof(*l->cos)) };
	pieces_of(l, piece);
	for (int i = 0; i < 4; from += piece[i++].size)
		memcpy(piece[i].data, from, piece[i].size);
	return layout_size(l);
}

static struct xdp_shape shape_of(const struct layout *l)
{
	uint32_t slots = (l->n_taps + 1) / 2 * 2; /* as xdp_view_plan() */

	return (struct xdp_shape){ .n_cpus = xdp_bank_cpus(),
		.n_taps = l->n_taps,
		.n_slots = l->n_slots,
		.slots = slots,
		.stride = (slots + l->n_slots + 1) / 2 * 2 };
}

static void path_of(const struct xdp_state *s, char *path, const char *name, unsigned number)
{
	if (!strcmp(name, "bank"))
		snprintf(path, XDP_PINS_SIZE + 16, "%s/bank-%u", s->folder, number);
	else
		snprintf(path, XDP_PINS_SIZE + 16, "%s/%s", s->folder, name);
}

static int pin(const struct xdp_state *s, int fd, const char *name, unsigned number)
{
	char path[XDP_PINS_SIZE + 16];

	path_of(s, path, name, number);
	return bpf_obj_pin(fd, path) ? -errno : 0;
}

static int pinned(const struct xdp_state *s, const char *name, unsigned number)
{
	char path[XDP_PINS_SIZE + 16];
	int fd;

	path_of(s, path, name, number);
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : fd;
}

static void begin(struct xdp_state *s, const char *folder)
{
	*s = XDP_STATE_NONE;
	snprintf(s->folder, sizeof(s->folder), "%s", folder);
}

static int add_bank(struct xdp_state *s, unsigned number)
{
	int error = xdp_bank_create(&s->bank[number], &s->shape);

	if (!error)
		error = pin(s, s->bank[number].fd, "bank", number);
	if (error)
		xdp_bank_close(&s->bank[number]);
	return error;
}

static int create(struct xdp_state *s, const struct layout *layout, unsigned interval)
{
	int error;

	s->shape = shape_of(layout);
	s->interval = interval;
	s->record_size = sizeof(*s->record) +
			 names_size(layout->n_taps, layout->n_peerings, layout->n_values, layout->n_cos);
	s->record_fd = xdp_array_create("meter_state", (uint32_t)s->record_size, 1);
	if (s->record_fd < 0)
		return s->record_fd;
	s->record = xdp_array_map(s->record_fd, s->record_size);
	if (!s->record)
		return -errno;
	write_record(s->record, layout, &s->shape, interval);
	error = read_layout(s->record, &s->layout);
	for (unsigned i = 0; i < 2 && !error; i++)
		error = add_bank(s, i);
	if (error)
		return error;
	s->current_fd = xdp_bank_current_create(&s->bank[0]);
	if (s->current_fd < 0)
		return s->current_fd;
	error = pin(s, s->current_fd, "current", 0);
	return error ? error : pin(s, s->record_fd, "state", 0); /* last: what is there is whole */
}

int xdp_state_create(struct xdp_state *s, const char *folder, const struct layout *layout, unsigned interval)
{
	int error;

	begin(s, folder);
	error = mkdir(folder, 0700) ? -errno : create(s, layout, interval);
	if (!error)
		return 0;
	log_error("bpf: counters of %u cells: %s", layout->n_slots, strerror(-error));
	xdp_state_remove(s);
	return error;
}

/* Maps the record whole: its size is in the kernel's description of the map. */
static int map_record(struct xdp_state *s)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info);
	const struct xdp_record *r;

	if (bpf_obj_get_info_by_fd(s->record_fd, &info, &size))
		return -errno;
	if (info.value_size < sizeof(*r))
		return -EINVAL;
	s->record_size = info.value_size;
	s->record = xdp_array_map(s->record_fd, s->record_size);
	r = s->record;
	if (!r)
		return -errno;
	if (memcmp(r->magic, MAGIC, sizeof(r->magic)) || r->version != VERSION || r->n_cpus != xdp_bank_cpus())
		return -EINVAL;
	if (s->record_size != sizeof(*r) + names_size(r->n_taps, r->n_peerings, r->n_values, r->n_cos))
		return -EINVAL;
	s->interval = r->interval;
	return read_layout(r, &s->layout);
}

static int find_banks(struct xdp_state *s)
{
	uint32_t zero = 0, id;

	if (bpf_map_lookup_elem(s->current_fd, &zero, &id))
		return -errno;
	s->current = XDP_BANKS;
	for (unsigned i = 0; i < XDP_BANKS; i++) {
		int fd = pinned(s, "bank", i), error;

		if (fd < 0)
			continue;
		error = xdp_bank_adopt(&s->bank[i], &s->shape, fd);
		if (error) {
			close(fd);
			return error;
		}
		if (s->bank[i].id == id)
			s->current = i;
	}
	return s->current < XDP_BANKS ? 0 : -EINVAL;
}

static int adopt(struct xdp_state *s)
{
	int error;

	s->record_fd = pinned(s, "state", 0);
	if (s->record_fd < 0)
		return s->record_fd;
	error = map_record(s);
	if (error)
		return error;
	s->shape = shape_of(&s->layout);
	s->current_fd = pinned(s, "current", 0);
	return s->current_fd < 0 ? s->current_fd : find_banks(s);
}

int xdp_state_open(struct xdp_state *s, const char *folder)
{
	int error;

	begin(s, folder);
	error = adopt(s);
	if (!error)
		return 0;
	if (error != -ENOENT)
		log_error("bpf: pinned counters, %s: %s", xdp_pins_name(folder),
			error == -EINVAL ? "another version of transitd made them" : strerror(-error));
	xdp_state_close(s);
	return error;
}

void xdp_state_close(struct xdp_state *s)
{
	for (unsigned i = 0; i < XDP_BANKS; i++)
		xdp_bank_close(&s->bank[i]);
	if (s->record)
		munmap(s->record, s->record_size);
	if (s->record_fd >= 0)
		close(s->record_fd);
	if (s->current_fd >= 0)
		close(s->current_fd);
	layout_free(&s->layout);
	*s = XDP_STATE_NONE;
}

void xdp_state_remove(struct xdp_state *s)
{
	char folder[XDP_PINS_SIZE];

	memcpy(folder, s->folder, sizeof(folder));
	xdp_state_close(s);
	if (folder[0])
		xdp_pins_remove_era(folder);
}

bool xdp_state_fits(const struct xdp_state *s, const struct layout *layout, unsigned interval)
{
	struct piece mine[4], theirs[4];

	if (s->interval != interval)
		return false;
	pieces_of(&s->layout, mine);
	pieces_of(layout, theirs);
	for (int i = 0; i < 4; i++)
		if (mine[i].size != theirs[i].size || memcmp(mine[i].data, theirs[i].data, mine[i].size))
			return false;
	return true;
}

void xdp_state_set_config(struct xdp_state *s, const struct digest *config)
{
	s->record->config = *config;
}

struct digest xdp_state_config(const struct xdp_state *s)
{
	return s->record->config;
}

/* A label without a generation first: a bank that is half cleared holds nothing. */
static void clear(struct xdp_state *s, unsigned i)
{
	struct xdp_label *l = &s->record->label[i];

	if (!l->generation)
		return;
	xdp_bank_clear(&s->bank[i]);
	__atomic_store_n(&l->generation, 0, __ATOMIC_RELEASE);
}

void xdp_state_sort(struct xdp_state *s, xdp_state_safe_fn *is_safe, void *context, uint64_t *newest)
{
	struct xdp_label *label = s->record->label;
	uint64_t current = label[s->current].generation;

	for (unsigned i = 0; i < XDP_BANKS; i++) {
		uint64_t g = label[i].generation;

		if (g < XDP_OPEN && g > *newest)
			*newest = g;
		if (is_safe(context, g) || (i != s->current && g > current))
			clear(s, i);
	}
}

struct bank **xdp_state_left(
	struct xdp_state *s, uint64_t generation, bool and_current, size_t *n, int64_t *start)
{
	struct xdp_label *label = s->record->label;
	int oldest = -1;

	for (int i = 0; i < XDP_BANKS; i++) {
		if (!label[i].generation || (i == (int)s->current && !and_current))
			continue;
		if (oldest < 0 || label[i].generation < label[oldest].generation)
			oldest = i;
	}
	if (oldest < 0)
		return NULL;
	label[oldest].generation = generation;
	*n = s->bank[oldest].n_cpus;
	*start = label[oldest].start;
	return s->bank[oldest].list;
}

void xdp_state_done(struct xdp_state *s, uint64_t generation)
{
	for (unsigned i = 0; i < XDP_BANKS; i++)
		if (s->record->label[i].generation == generation)
			clear(s, i);
}

void xdp_state_label(struct xdp_state *s, uint64_t generation, int64_t start)
{
	struct xdp_label *l = &s->record->label[s->current];

	l->start = start;
	__atomic_store_n(&l->generation, generation, __ATOMIC_RELEASE);
}

void xdp_state_label_open(struct xdp_state *s)
{
	int64_t start = s->record->label[s->current].start, now = clock_now_ns() / 1000000000;

	xdp_state_label(s, XDP_OPEN, start ? start : now / s->interval * s->interval);
}

void xdp_state_next(struct xdp_state *s, uint64_t generation, int64_t start)
{
	unsigned next = !s->current;
	struct xdp_label *l = &s->record->label[next];
	int error;

	s->resting = -1;
	clear(s, next); /* it is clear, but for a daemon that was killed while it cleared */
	*l = (struct xdp_label){ .generation = generation, .start = start };
	error = xdp_bank_enter(s->current_fd, &s->bank[next]);
	if (!error) {
		s->resting = (int)s->current;
		s->current = next;
		return;
	}
	l->generation = 0;
	log_error("bpf: changing banks: %s; what the kernel counted will be in the next interval",
		strerror(-error));
	xdp_state_label(s, generation, start);
}

void xdp_state_rest_done(struct xdp_state *s)
{
	if (s->resting >= 0)
		clear(s, (unsigned)s->resting);
}

void xdp_state_quiesce(struct xdp_state *s)
{
	int error = xdp_bank_enter(s->current_fd, &s->bank[s->current]);

	if (error)
		log_error("bpf: waiting for the programs: %s", strerror(-error));
}

void xdp_state_stop(struct xdp_state *s)
{
	xdp_state_quiesce(s);
	s->resting = (int)s->current;
}

bool xdp_state_empty(const struct xdp_state *s)
{
	for (unsigned i = 0; i < XDP_BANKS; i++)
		if (s->record->label[i].generation)
			return false;
	return true;
}
