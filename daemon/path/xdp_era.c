/* SPDX-License-Identifier: BSD-3-Clause */
#include "xdp_era.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "log.h"
#include "text.h"

static struct xdp_era *era_new(unsigned number)
{
	struct xdp_era *e = mem_alloc(sizeof(*e));

	e->number = number;
	e->maps.view = e->maps.banks = -1;
	e->state = XDP_STATE_NONE;
	return e;
}

int xdp_era_open_all(const char *folder, struct xdp_era **list)
{
	char path[XDP_PINS_SIZE];

	for (unsigned n = 0; (n = xdp_pins_next_era(folder, n));) {
		struct xdp_era *e = era_new(n);
		int error;

		xdp_pins_era(path, folder, n);
		error = xdp_state_open(&e->state, path);
		if (!error && !xdp_state_empty(&e->state)) {
			*list = e;
			list = &e->next;
			continue;
		}
		xdp_era_free(e);
		if (error && error != -ENOENT)
			return error;
		xdp_pins_remove_era(path); /* a start or a reload that was killed before anything counted */
	}
	return 0;
}

struct xdp_era *xdp_era_new(const char *folder, unsigned number, const struct view *view, unsigned interval)
{
	struct xdp_era *e = era_new(number);
	char path[XDP_PINS_SIZE];

	xdp_pins_era(path, folder, number);
	if (!xdp_state_create(&e->state, path, &view->layout, interval) && !xdp_era_give_view(e, view))
		return e;
	xdp_era_remove(e);
	return NULL;
}

int xdp_era_give_view(struct xdp_era *e, const struct view *view)
{
	int error = xdp_view_plan(&e->plan, view);
	size_t size = (size_t)e->plan.n_pages * METER_PAGE;
	void *pages;

	if (error) {
		log_error("bpf: the peerings of one link are too many for a program");
		return error;
	}
	e->view = view;
	e->maps.banks = e->state.current_fd;
	e->maps.view = xdp_array_create("meter_view", METER_PAGE, e->plan.n_pages);
	pages = e->maps.view < 0 ? NULL : xdp_array_map(e->maps.view, size);
	if (!pages) {
		error = e->maps.view < 0 ? e->maps.view : -errno;
		log_error("bpf: %zu MiB for prefixes: %s", size >> 20, strerror(-error));
		return error;
	}
	xdp_view_write(&e->plan, pages);
	munmap(pages, size);
	return 0;
}

static void let_go(struct xdp_era *e)
{
	for (size_t i = 0; i < e->n_ready; i++)
		xdp_attach_discard(&e->ready[i]);
	free(e->ready);
	if (e->maps.view >= 0)
		close(e->maps.view);
	xdp_view_free(&e->plan);
}

void xdp_era_free(struct xdp_era *e)
{
	if (!e)
		return;
	let_go(e);
	xdp_state_close(&e->state);
	free(e);
}

void xdp_era_remove(struct xdp_era *e)
{
	if (!e)
		return;
	let_go(e);
	xdp_state_remove(&e->state);
	free(e);
}
