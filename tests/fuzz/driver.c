/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Runs a fuzz entry without libFuzzer:
 *
 *   fuzz_NAME [-runs=N] [-seed=S] [-dict=FILE] [-only=K] FILE_OR_FOLDER...
 *
 * First every file of the corpus as it is, in order of name, then N mutations of them. All follows from the
 * seed: when an input brings the program down, its number K is told, and `-only=K` writes that
 * very input to standard output instead of running it. Options are written as libFuzzer's are.
 */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "fuzz.h"

#define INPUT_MOST   65536u /* bytes that a mutation may grow to */
#define SECONDS_MOST 60u    /* for one input; more is a hang */

struct input {
	char *data;
	size_t size;
};

struct driver {
	unsigned long runs, seed, only;
	bool has_only;
	struct input *corpus, *words; /* words: pieces that mutations put in, from the dictionary */
	size_t n_corpus, n_words;
	uint64_t state; /* of the random numbers */
};

/* Read by the signal handler. */
static volatile unsigned long current;

static void on_signal(int number)
{
	char digits[24], *at = digits + sizeof(digits);
	unsigned long n = current;
	static const char said[] = "fuzz: input brought the program down (or took over a minute); -only=";

	*--at = '\n';
	do {
		*--at = (char)('0' + n % 10);
	} while (n /= 10);
	if (write(STDERR_FILENO, said, sizeof(said) - 1) < 0 ||
		write(STDERR_FILENO, at, (size_t)(digits + sizeof(digits) - at)) < 0)
		_exit(2);
	signal(number, SIG_DFL);
	raise(number);
}

/* xorshift64*: small, the same everywhere. */
static uint64_t random_bits(struct driver *d)
{
	d->state ^= d->state >> 12;
	d->state ^= d->state << 25;
	d->state ^= d->state >> 27;
	return d->state * UINT64_C(2685821657736338717);
}

static size_t below(struct driver *d, size_t n)
{
	return n ? (size_t)((random_bits(d) >> 16) % n) : 0;
}

static void add_input(struct input **list, size_t *n, char *data, size_t size)
{
	*list = mem_grow(*list, *n + 1, sizeof(**list));
	(*list)[(*n)++] = (struct input){ data, size };
}

static int load_file(struct driver *d, const char *path)
{
	struct text t = { 0 };
	int err = file_read(path, 1 << 24, &t);

	if (err) {
		fprintf(stderr, "fuzz: %s: %s\n", path, strerror(-err));
		text_free(&t);
		return 1;
	}
	add_input(&d->corpus, &d->n_corpus, t.data, t.size);
	return 0;
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int load_path(struct driver *d, const char *path)
{
	struct dirent **entry;
	struct stat st;
	int n, status = 0;

	if (stat(path, &st) || !S_ISDIR(st.st_mode))
		return load_file(d, path);
	n = scandir(path, &entry, visible, alphasort);
	if (n < 0) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < n; i++) {
		struct text name = { 0 };

		text_printf(&name, "%s/%s", path, entry[i]->d_name);
		status |= load_file(d, name.data);
		text_free(&name);
		free(entry[i]);
	}
	free(entry);
	return status;
}

static unsigned hex_digit(char c)
{
	return c >= 'a' ? (unsigned)(c - 'a') + 10 : (unsigned)(c - '0');
}

/* A dictionary's line: "word" or name="word", with \\, \" and \xNN (two lower-case digits). */
static void add_word(struct driver *d, const char *line, size_t size)
{
	const char *at = memchr(line, '"', size), *end = memrchr(line, '"', size);
	struct text t = { 0 };

	if (line[0] == '#' || !at || at == end)
		return;
	for (at++; at < end; at++) {
		char c = *at;

		if (c == '\\' && at + 3 < end && at[1] == 'x') {
			c = (char)(hex_digit(at[2]) << 4 | hex_digit(at[3]));
			at += 3;
		} else if (c == '\\' && at + 1 < end) {
			c = *++at;
		}
		text_add(&t, &c, 1);
	}
	add_input(&d->words, &d->n_words, t.data, t.size);
}

static int load_words(struct driver *d, const char *path)
{
	struct text t = { 0 };
	char *line, *end;
	int err = file_read(path, 1 << 20, &t);

	if (err)
		fprintf(stderr, "fuzz: %s: %s\n", path, strerror(-err));
	for (line = t.data; !err && (end = strchr(line, '\n')); line = end + 1)
		if (end > line)
			add_word(d, line, (size_t)(end - line));
	text_free(&t);
	return err ? 1 : 0;
}

/* Replaces `cut` bytes at `at` by `data`. */
static void splice(struct text *t, size_t at, size_t cut, const char *data, size_t size)
{
	struct text out = { 0 };

	if (at + cut > t->size)
		cut = t->size - at;
	if (t->size - cut + size > INPUT_MOST)
		return;
	text_add(&out, t->data, at);
	text_add(&out, data, size);
	text_add(&out, t->data + at + cut, t->size - at - cut);
	text_free(t);
	*t = out;
}

/* A stretch of an input: mostly short, now and then long. */
static size_t stretch(struct driver *d, size_t size)
{
	return below(d, below(d, 8) ? 16 : size + 1);
}

static void mutate(struct driver *d, struct text *t)
{
	const struct input *other = &d->corpus[below(d, d->n_corpus)];
	size_t at = below(d, t->size + 1), from = below(d, other->size + 1), n;
	char byte = (char)random_bits(d);

	switch (below(d, d->n_words ? 7 : 5)) {
	case 0:
		if (at < t->size)
			t->data[at] ^= (char)(1 << below(d, 8));
		break;
	case 1:
		splice(t, at, below(d, 2), &byte, 1);
		break;
	case 2:
		splice(t, at, stretch(d, t->size), "", 0);
		break;
	case 3: /* some of another input, in place of some of this one */
		n = stretch(d, other->size);
		if (from + n > other->size)
			n = other->size - from;
		splice(t, at, stretch(d, t->size), other->data + from, n);
		break;
	case 4: /* some of this one again, right behind itself */
		n = stretch(d, t->size);
		if (at + n > t->size)
			n = t->size - at;
		splice(t, at + n, 0, t->data + at, n);
		break;
	default:
		n = below(d, d->n_words);
		splice(t, at, below(d, 2) ? d->words[n].size : 0, d->words[n].data, d->words[n].size);
	}
}

/* Runs an input from memory of exactly its size, so that a sanitizer sees a read beyond its end. */
static void run(struct driver *d, unsigned long number, const char *data, size_t size)
{
	uint8_t *exact;

	if (d->has_only) {
		if (d->only == number && fwrite(data, 1, size, stdout) != size)
			perror("stdout");
		return;
	}
	exact = mem_alloc(size);
	if (size)
		memcpy(exact, data, size);
	current = number;
	alarm(SECONDS_MOST);
	LLVMFuzzerTestOneInput(exact, size);
	alarm(0);
	free(exact);
}

static void run_all(struct driver *d)
{
	for (size_t i = 0; i < d->n_corpus; i++)
		run(d, i, d->corpus[i].data, d->corpus[i].size);
	for (unsigned long i = 0; i < d->runs; i++) {
		const struct input *seed = &d->corpus[below(d, d->n_corpus)];
		struct text t = { 0 };

		text_add(&t, seed->data, seed->size);
		for (size_t n = 1 + below(d, 6); n > 0; n--)
			mutate(d, &t);
		run(d, d->n_corpus + i, t.data, t.size);
		text_free(&t);
	}
}

static int option(struct driver *d, const char *arg)
{
	char *end = NULL;

	if (!strncmp(arg, "-runs=", 6))
		d->runs = strtoul(arg + 6, &end, 10);
	else if (!strncmp(arg, "-seed=", 6))
		d->seed = strtoul(arg + 6, &end, 10);
	else if (!strncmp(arg, "-only=", 6))
		d->has_only = (d->only = strtoul(arg + 6, &end, 10), true);
	else if (!strncmp(arg, "-dict=", 6))
		return load_words(d, arg + 6);
	if (end && !*end)
		return 0;
	fprintf(stderr, "fuzz: %s: unknown; -runs=N, -seed=S, -dict=FILE and -only=K are allowed\n", arg);
	return 1;
}

static void free_inputs(struct input *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].data);
	free(list);
}

int main(int argc, char **argv)
{
	static const int signals[] = { SIGABRT, SIGALRM, SIGBUS, SIGFPE, SIGILL, SIGSEGV };
	struct driver d = { .seed = 1 };
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= argv[i][0] == '-' ? option(&d, argv[i]) : load_path(&d, argv[i]);
	if (!d.n_corpus) {
		fputs("fuzz: no corpus; files or folders are needed\n", stderr);
		status = 1;
	}
	/* Sanitizers report a fault themselves; they end the program through SIGABRT only if asked to. */
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], on_signal);
	d.state = d.seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	if (!status)
		run_all(&d);
	if (!status && !d.has_only)
		fprintf(stderr, "fuzz: %zu inputs and %lu mutations, seed %lu\n", d.n_corpus, d.runs, d.seed);
	free_inputs(d.corpus, d.n_corpus);
	free_inputs(d.words, d.n_words);
	return status ? 2 : 0;
}
