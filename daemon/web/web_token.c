/* SPDX-License-Identifier: BSD-3-Clause */
#include "web_token.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "log.h"
#include "text.h"

#define TOKEN_LEAST      16
#define TOKEN_MOST       256
#define FILE_MOST        (1u << 20)
#define FIELDS           3
#define TOKEN_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
#define NAME_CHARACTERS  "abcdefghijklmnopqrstuvwxyz0123456789-"

struct piece {
	const char *at;
	size_t size;
};

static struct digest digest_of_token(const char *said, size_t size)
{
	return digest_of(&(struct digest_piece){ said, size }, 1);
}

static bool is_one_of(char c, const char *set)
{
	return memchr(set, c, strlen(set)) != NULL;
}

static bool is_all_of(struct piece p, const char *set)
{
	for (size_t i = 0; i < p.size; i++)
		if (!is_one_of(p.at[i], set))
			return false;
	return true;
}

static bool is_token(struct piece p)
{
	return p.size >= TOKEN_LEAST && p.size <= TOKEN_MOST && is_all_of(p, TOKEN_CHARACTERS);
}

static bool take_name(struct piece p, char out[static NAME_SIZE])
{
	if (p.size >= NAME_SIZE || *p.at == '-' || !is_all_of(p, NAME_CHARACTERS))
		return false;
	memcpy(out, p.at, p.size);
	out[p.size] = 0;
	return true;
}

/* How many fields the line has; FIELDS + 1: too many. */
static size_t split(const char *line, size_t size, struct piece *out)
{
	static const char blank[] = " \t\r";
	size_t n = 0, at = 0;

	for (;;) {
		size_t begin;

		while (at < size && is_one_of(line[at], blank))
			at++;
		begin = at;
		while (at < size && !is_one_of(line[at], blank))
			at++;
		if (at == begin)
			return n;
		if (n == FIELDS)
			return FIELDS + 1;
		out[n++] = (struct piece){ line + begin, at - begin };
	}
}

/* What is wrong, or NULL and the token. Says nothing of the token itself: logs are read by many. */
static const char *read_line(const struct piece *field, size_t n, struct web_token *out)
{
	static const struct piece unnamed = { "default", sizeof("default") - 1 };
	struct piece name = n > 1 ? field[0] : unnamed, token = field[n > 1];

	*out = (struct web_token){ 0 };
	if (n > FIELDS)
		return "not a token line; allowed: NAME TOKEN, NAME TOKEN SCOPE";
	if (!take_name(name, out->name) || (n == FIELDS && !take_name(field[2], out->scope)))
		return "not a name; allowed: 1 to 32 of a-z, 0-9 and '-', the first not '-'";
	if (!is_token(token))
		return "not a token; allowed: 16 to 256 of A-Z, a-z, 0-9 and -._~+/=";
	out->digest = digest_of_token(token.at, token.size);
	return NULL;
}

/* Why it cannot stand beside the others, or NULL. */
static const char *clash(const struct web_tokens *t, const struct web_token *with)
{
	for (size_t i = 0; i < t->n; i++) {
		if (digest_equal(&t->token[i].digest, &with->digest))
			return "the same token twice; each token once is allowed";
		if (!strcmp(t->token[i].name, with->name))
			return "the same name twice; one token for a name is allowed";
	}
	return NULL;
}

int web_tokens_parse(
	const char *file, const char *text, size_t size, struct diag *d, struct web_tokens *out)
{
	struct web_tokens t = { 0 };
	unsigned before = d->count, line = 0;

	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		size_t length = end ? (size_t)(end - text) - at : size - at, n;
		const char *comment = memchr(text + at, '#', length), *wrong;
		struct piece field[FIELDS];
		struct web_token token;

		n = split(text + at, comment ? (size_t)(comment - text) - at : length, field);
		at += length + 1;
		line++;
		if (!n)
			continue;
		wrong = read_line(field, n, &token);
		wrong = wrong ? wrong : clash(&t, &token);
		if (wrong) {
			diag_at(d, file, line, "%s", wrong);
			continue;
		}
		t.token = mem_grow(t.token, t.n + 1, sizeof(*t.token));
		t.token[t.n++] = token;
	}
	if (!t.n && d->count == before)
		diag_at(d, file, 0, "no token; at least one line NAME TOKEN is needed");
	if (d->count != before) {
		web_tokens_free(&t);
		return -EINVAL;
	}
	*out = t;
	return 0;
}

void web_tokens_free(struct web_tokens *t)
{
	free(t->token);
	*t = (struct web_tokens){ 0 };
}

const struct web_token *web_tokens_know(const struct web_tokens *t, const struct digest *d)
{
	const struct web_token *found = NULL;

	for (size_t i = 0; i < t->n; i++)
		found = digest_equal(&t->token[i].digest, d) ? &t->token[i] : found;
	return found;
}

const struct web_token *web_tokens_find(const struct web_tokens *t, const char *said, size_t size)
{
	struct digest d = digest_of_token(said, size);

	return web_tokens_know(t, &d);
}

struct web_token_file {
	char *path;
	struct stat seen; /* when it was read last */
	struct web_tokens tokens;
};

/* Allocated. NULL: there is no folder of credentials. */
static char *path_of(const char *name)
{
	static const char scheme[] = "credential:";
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	struct text path = { 0 };

	if (strncmp(name, scheme, sizeof(scheme) - 1))
		return mem_dup(name);
	if (folder)
		text_printf(&path, "%s/%s", folder, name + sizeof(scheme) - 1);
	return path.data;
}

static int load(struct web_token_file *f)
{
	struct diag diag = { .out = stderr };
	struct web_tokens tokens;
	struct text text = { 0 };
	int error = file_read(f->path, FILE_MOST, &text);

	if (error) {
		log_error("token file %s: %s", f->path, strerror(-error));
	} else if (!(error = web_tokens_parse(f->path, text.data, text.size, &diag, &tokens))) {
		web_tokens_free(&f->tokens);
		f->tokens = tokens;
		if (f->seen.st_mode & S_IROTH)
			log_warn("token file %s: anybody on this machine may read it", f->path);
	}
	diag_end(&diag);
	if (text.data)
		explicit_bzero(text.data, text.size);
	text_free(&text);
	return error;
}

int web_token_file_open(const char *path, struct web_token_file **out)
{
	struct web_token_file *f = mem_alloc(sizeof(*f));
	int error;

	f->path = path_of(path);
	if (!f->path)
		log_error("token file %s: systemd gave no credentials", path);
	else
		stat(f->path, &f->seen); /* what is wrong with it, load() says */
	error = f->path ? load(f) : -ENOENT;
	if (error) {
		web_token_file_close(f);
		return error;
	}
	*out = f;
	return 0;
}

void web_token_file_close(struct web_token_file *f)
{
	if (!f)
		return;
	web_tokens_free(&f->tokens);
	free(f->path);
	free(f);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_dev == b->st_dev &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

const struct web_tokens *web_token_file_now(struct web_token_file *f)
{
	struct stat now = { 0 };

	stat(f->path, &now); /* gone: all zero, which differs too */
	if (!is_same(&now, &f->seen)) {
		f->seen = now;
		load(f);
	}
	return &f->tokens;
}
