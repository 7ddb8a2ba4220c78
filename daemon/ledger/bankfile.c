/* SPDX-License-Identifier: BSD-3-Clause */
#include "bankfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "snapshot.h"
#include "text.h"

#define MAGIC	"TRBANK01"
#define PAGE	((size_t)4096)
#define NS_MS	INT64_C(1000000)

/* The store of `generation` must not move past what surrounds it. */
#define IN_THIS_ORDER() __asm__ volatile("" ::: "memory")

/* The file: this header, the layout's names, then the banks: set 0 of all workers, set 1 of all workers. */
struct header {
	char magic[8];
	struct digest check; /* of all that follows up to `set`, and of the names */
	uint32_t interval, n_workers;
	uint32_t n_taps, n_peerings, n_values, n_cos;
	char meter[NAME_SIZE];
	char pad[7];
	struct digest config;
	struct {
		uint64_t generation; /* 0: the set holds nothing */
		int64_t start;	     /* Unix seconds */
		int64_t opened_ns;   /* Unix time */
	} set[BANKFILE_SETS];
	int64_t alive_ns; /* Unix time */
};

struct bankfile {
	char *path;
	char *map;
	size_t size;
	struct header *header;
	struct layout layout; /* into the map */
	struct bank **bank[BANKFILE_SETS];
};

static size_t up(size_t size)
{
	return (size + PAGE - 1) / PAGE * PAGE;
}

static size_t names_size(const struct layout *l)
{
	return ((size_t)l->n_taps + l->n_values + l->n_cos) * NAME_SIZE +
	       l->n_peerings * sizeof(struct layout_peering);
}

/* The names lie one kind behind the other; all are made of bytes, so nothing needs alignment. */
static void place_names(struct layout *l, char *at)
{
	l->tap = (void *)at;
	l->value = (void *)(at += l->n_taps * NAME_SIZE);
	l->cos = (void *)(at += l->n_values * NAME_SIZE);
	l->peering = (void *)(at + l->n_cos * NAME_SIZE);
}

static size_t banks_at(const struct layout *l)
{
	return up(sizeof(struct header) + names_size(l));
}

static size_t file_size(const struct layout *l, size_t n_workers)
{
	return banks_at(l) + BANKFILE_SETS * n_workers * up(bank_size(l));
}

static struct digest check_of(const struct header *h, const struct layout *l)
{
	const char *from = (const char *)&h->interval;
	const struct digest_piece piece[] = {
		{ from, (size_t)((const char *)h->set - from) },
		{ l->tap, names_size(l) },
	};

	return digest_of(piece, 2);
}

static void place_banks(struct bankfile *f)
{
	size_t n = f->header->n_workers;
	char *at = f->map + banks_at(&f->layout);

	for (unsigned s = 0; s < BANKFILE_SETS; s++) {
		f->bank[s] = mem_array(n, sizeof(*f->bank[s]));
		for (size_t i = 0; i < n; i++, at += up(bank_size(&f->layout)))
			f->bank[s][i] = bank_at(&f->layout, at);
	}
}

static void copy_names(struct layout *to, const struct layout *from)
{
	memcpy(to->tap, from->tap, from->n_taps * NAME_SIZE);
	memcpy(to->value, from->value, from->n_values * NAME_SIZE);
	memcpy(to->cos, from->cos, from->n_cos * NAME_SIZE);
	memcpy(to->peering, from->peering, from->n_peerings * sizeof(*from->peering));
}

static void write_header(struct bankfile *f, const struct bankfile_options *o)
{
	struct header *h = f->header;

	h->interval = o->interval;
	h->n_workers = (uint32_t)o->n_workers;
	h->n_taps = f->layout.n_taps;
	h->n_peerings = f->layout.n_peerings;
	h->n_values = f->layout.n_values;
	h->n_cos = f->layout.n_cos;
	memcpy(h->meter, o->meter, strlen(o->meter) + 1);
	h->config = *o->config;
	h->check = check_of(h, &f->layout);
	IN_THIS_ORDER();
	memcpy(h->magic, MAGIC, sizeof(h->magic));
}

static int map_file(const char *path, int flags, size_t size, char **map)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600), error;
	void *p;

	if (fd < 0)
		return -errno;
	/* Space is taken now: a store into a full tmpfs would be a SIGBUS. */
	error = flags & O_CREAT ? posix_fallocate(fd, 0, (off_t)size) : 0;
	p = error ? MAP_FAILED : mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (!error && p == MAP_FAILED)
		error = errno;
	close(fd);
	if (error && flags & O_CREAT)
		unlink(path);
	if (!error)
		*map = p;
	return -error;
}

int bankfile_create(const struct bankfile_options *o, struct bankfile **out)
{
	struct bankfile *f = mem_alloc(sizeof(*f));
	int error;

	f->path = mem_dup(o->path);
	f->layout = *o->layout;
	f->size = file_size(&f->layout, o->n_workers);
	error = map_file(o->path, O_RDWR | O_CREAT | O_EXCL, f->size, &f->map);
	if (error) {
		log_error("counters %s, %zu MiB: %s", o->path, f->size >> 20, strerror(-error));
		bankfile_close(f);
		return error;
	}
	madvise(f->map, f->size, MADV_HUGEPAGE); /* advice, where the file system can */
	f->header = (void *)f->map;
	place_names(&f->layout, f->map + sizeof(*f->header));
	copy_names(&f->layout, o->layout);
	write_header(f, o);
	place_banks(f);
	*out = f;
	return 0;
}

void bankfile_close(struct bankfile *f)
{
	if (!f)
		return;
	for (unsigned s = 0; s < BANKFILE_SETS; s++) {
		for (size_t i = 0; f->bank[s] && i < f->header->n_workers; i++)
			bank_free(f->bank[s][i]);
		free(f->bank[s]);
	}
	if (f->map)
		munmap(f->map, f->size);
	free(f->path);
	free(f);
}

void bankfile_remove(struct bankfile *f)
{
	if (f && unlink(f->path))
		log_warn("counters %s: %s", f->path, strerror(errno));
	bankfile_close(f);
}

struct bank *const *bankfile_banks(const struct bankfile *f, unsigned set)
{
	return f->bank[set];
}

void bankfile_begin(
	struct bankfile *f, unsigned set, uint64_t generation, int64_t start, int64_t opened_ns)
{
	struct header *h = f->header;

	h->set[set].start = start;
	h->set[set].opened_ns = opened_ns;
	IN_THIS_ORDER();
	h->set[set].generation = generation;
	IN_THIS_ORDER();
}

void bankfile_done(struct bankfile *f, unsigned set)
{
	IN_THIS_ORDER();
	f->header->set[set].generation = 0;
	IN_THIS_ORDER();
	for (size_t i = 0; i < f->header->n_workers; i++)
		bank_clear(f->bank[set][i]);
}

void bankfile_alive(struct bankfile *f, int64_t now_ns)
{
	f->header->alive_ns = now_ns;
}

/* Whether the file is one of ours, whole, and as long as its header says. */
static bool is_whole(struct bankfile *f)
{
	const struct header *h = (const void *)f->map;

	if (f->size < sizeof(*h) || memcmp(h->magic, MAGIC, sizeof(h->magic)))
		return false;
	f->layout = (struct layout){ .n_taps = h->n_taps,
		.n_peerings = h->n_peerings,
		.n_values = h->n_values,
		.n_cos = h->n_cos };
	if (!h->n_values || !h->n_cos || h->n_workers > UINT16_MAX || layout_size(&f->layout))
		return false;
	if (file_size(&f->layout, h->n_workers) != f->size)
		return false;
	f->header = (void *)f->map;
	place_names(&f->layout, f->map + sizeof(*h));
	struct digest check = check_of(h, &f->layout);

	return !memcmp(&check, &h->check, sizeof(check));
}

/* Its daemon was killed while it made the file, before anything counted. */
static bool is_unfinished(const struct bankfile *f)
{
	static const char nothing[sizeof(MAGIC) - 1];

	return f->size < sizeof(nothing) || !memcmp(f->map, nothing, sizeof(nothing));
}

static uint32_t covered_ms(const struct header *h, unsigned set)
{
	int64_t covered = (h->alive_ns - h->set[set].opened_ns) / NS_MS, whole = h->interval * 1000;

	return (uint32_t)(covered < 0 ? 0 : covered < whole ? covered : whole);
}

static int recover_set(struct bankfile *f, unsigned set, struct cellbook *book, bankfile_each_fn *each,
	void *context)
{
	const struct header *h = f->header;
	struct snapshot *s = snapshot_new(&f->layout, book);
	struct interval *iv;

	for (size_t i = 0; i < h->n_workers; i++)
		bank_settle(f->bank[set][i]);
	iv = snapshot_take(s, f->bank[set], h->n_workers, NULL);
	memcpy(iv->meter, h->meter, NAME_SIZE);
	iv->start = h->set[set].start;
	iv->end = iv->start + h->interval;
	iv->covered_ms = covered_ms(h, set);
	iv->origin = ORIGIN_RECOVERED;
	iv->config = h->config;
	iv->generation = h->set[set].generation;
	snapshot_free(s);
	return each(context, iv);
}

int bankfile_recover(const char *path, struct cellbook *book, bankfile_each_fn *each, void *context)
{
	struct bankfile *f = mem_alloc(sizeof(*f));
	struct stat st;
	int error = 0;

	f->path = mem_dup(path);
	if (!stat(path, &st) && st.st_size > 0)
		error = map_file(path, O_RDWR, f->size = (size_t)st.st_size, &f->map);
	if (!f->map || is_unfinished(f) || !is_whole(f)) {
		if (f->map && !is_unfinished(f))
			error = -EINVAL;
		f->header = NULL;
		bankfile_close(f);
		return error;
	}
	place_banks(f);
	/* The older generation first. */
	unsigned first = f->header->set[0].generation > f->header->set[1].generation;

	for (unsigned s = 0; s < BANKFILE_SETS && !error; s++)
		if (f->header->set[s ^ first].generation)
			error = recover_set(f, s ^ first, book, each, context);
	bankfile_close(f);
	return error;
}
