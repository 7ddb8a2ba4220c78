/* SPDX-License-Identifier: BSD-3-Clause */
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* The other screen, no cursor, no wrapping at the edge; and back. */
#define ENTER "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J"
#define LEAVE "\x1b[?7h\x1b[?25h\x1b[?1049l"

bool terminal_usable(int in, int out)
{
	const char *kind = getenv("TERM");

	return isatty(in) && isatty(out) && kind && *kind && strcmp(kind, "dumb");
}

static int write_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		data += n < 0 ? 0 : n;
		size -= n < 0 ? 0 : (size_t)n;
	}
	return 0;
}

static int take_over(struct terminal *t)
{
	struct termios raw = t->before;

	raw.c_lflag &= (tcflag_t)~(ICANON | ECHO); /* ISIG stays: Ctrl-C and Ctrl-Z are signals */
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(t->in, TCSAFLUSH, &raw))
		return -errno;
	return write_all(t->out, ENTER, sizeof(ENTER) - 1);
}

static void give_back(const struct terminal *t)
{
	(void)write_all(t->out, LEAVE, sizeof(LEAVE) - 1); /* one that is gone needs nothing */
	tcsetattr(t->in, TCSAFLUSH, &t->before);
}

static int watch_signals(struct terminal *t)
{
	static const int told[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		sigaddset(&set, told[i]);
	t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t->signals < 0)
		return -errno;
	sigprocmask(SIG_BLOCK, &set, &t->mask);
	return 0;
}

static void ignore_signals(struct terminal *t)
{
	close(t->signals);
	sigprocmask(SIG_SETMASK, &t->mask, NULL);
}

int terminal_enter(struct terminal *t, int in, int out)
{
	int err;

	*t = (struct terminal){ .in = in, .out = out };
	if (tcgetattr(in, &t->before))
		return -errno;
	err = watch_signals(t);
	if (err)
		return err;
	err = take_over(t);
	if (err) {
		give_back(t);
		ignore_signals(t);
	}
	return err;
}

void terminal_leave(struct terminal *t)
{
	give_back(t);
	ignore_signals(t);
}

void terminal_size(const struct terminal *t, unsigned *columns, unsigned *rows)
{
	struct winsize w = { 0 };

	ioctl(t->out, TIOCGWINSZ, &w);
	*columns = w.ws_col ? w.ws_col : 80;
	*rows = w.ws_row ? w.ws_row : 24;
}

int terminal_show(const struct terminal *t, const struct text *frame)
{
	struct text out = { 0 };
	int err;

	text_str(&out, "\x1b[H");
	for (size_t i = 0; i < frame->size; i++) {
		bool last = i + 1 == frame->size; /* a line end there would scroll a full screen */

		if (frame->data[i] != '\n')
			text_add(&out, &frame->data[i], 1);
		else
			text_str(&out, last ? "\x1b[K" : "\x1b[K\r\n");
	}
	text_str(&out, "\x1b[J");
	err = write_all(t->out, out.data, out.size);
	text_free(&out);
	return err;
}

/* Gives the terminal back, stops as the signal would have, and takes it over again. */
static enum terminal_event stop(struct terminal *t)
{
	give_back(t);
	kill(getpid(), SIGSTOP);
	return take_over(t) ? TERMINAL_END : TERMINAL_RESIZED;
}

static enum terminal_event take_signal(struct terminal *t)
{
	struct signalfd_siginfo s;

	if (read(t->signals, &s, sizeof(s)) != sizeof(s))
		return TERMINAL_NOTHING;
	if (s.ssi_signo == SIGWINCH)
		return TERMINAL_RESIZED;
	return s.ssi_signo == SIGTSTP ? stop(t) : TERMINAL_END;
}

/* The first key of those that were read; a sequence that means nothing here is no key. */
static bool next_key(struct terminal *t, int *key)
{
	static const struct {
		const char *bytes;
		int key;
	} sequence[] = { { "\x1b[A", KEY_UP }, { "\x1bOA", KEY_UP }, { "\x1b[B", KEY_DOWN }, { "\x1bOB", KEY_DOWN } };
	size_t used = 1;

	*key = 0;
	if (!t->n_keys)
		return false;
	if (t->keys[0] == '\x1b')
		used = t->n_keys < 3 ? t->n_keys : 3;
	else
		*key = (unsigned char)t->keys[0];
	for (size_t i = 0; used == 3 && i < sizeof(sequence) / sizeof(*sequence); i++)
		if (!memcmp(t->keys, sequence[i].bytes, used))
			*key = sequence[i].key;
	t->n_keys -= used;
	memmove(t->keys, t->keys + used, t->n_keys);
	return true;
}

enum terminal_event terminal_wait(struct terminal *t, int ms, int *key)
{
	struct pollfd at[] = { { .fd = t->in, .events = POLLIN }, { .fd = t->signals, .events = POLLIN } };
	ssize_t n;

	if (next_key(t, key))
		return TERMINAL_KEY;
	if (poll(at, 2, ms) <= 0)
		return TERMINAL_NOTHING;
	if (at[1].revents)
		return take_signal(t);
	n = read(t->in, t->keys, sizeof(t->keys));
	if (n <= 0)
		return TERMINAL_END; /* it was hung up */
	t->n_keys = (size_t)n;
	return next_key(t, key) ? TERMINAL_KEY : TERMINAL_NOTHING;
}
