/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A terminal that a program has to itself: keys come one by one and unechoed, and what it draws is on the other
 * screen, so that nothing of it is left behind. Plain escape codes, those that every terminal of Debian's has
 * known for decades; no library. Signals that would end or stop the program become events, so that the terminal
 * is always given back as it was.
 */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "text.h"

struct terminal {
	int in, out, signals; /* signals: a signalfd */
	struct termios before;
	sigset_t mask;	  /* before */
	char keys[16];	  /* read and not yet told */
	size_t n_keys;
};

enum terminal_event { TERMINAL_NOTHING, TERMINAL_KEY, TERMINAL_RESIZED, TERMINAL_END };

#define KEY_UP	 0x100
#define KEY_DOWN 0x101

/* Whether both are terminals that know escape codes. */
bool terminal_usable(int in, int out);

/* 0, and terminal_leave() it whatever comes; or -errno, and nothing has changed. */
int terminal_enter(struct terminal *t, int in, int out);
void terminal_leave(struct terminal *t);

/* 80 x 24 where the terminal does not say. */
void terminal_size(const struct terminal *t, unsigned *columns, unsigned *rows);

/* Shows the lines of a frame; what does not fit is the caller's mistake. 0 or -errno. */
int terminal_show(const struct terminal *t, const struct text *frame);

/* Waits for at most `ms`. END: SIGINT, SIGTERM, SIGHUP, SIGQUIT, or the terminal is gone. A stop (SIGTSTP) gives the
 * terminal back meanwhile, and is told as RESIZED when it is over. */
enum terminal_event terminal_wait(struct terminal *t, int ms, int *key);

#endif
