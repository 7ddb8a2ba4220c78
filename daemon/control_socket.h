/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control socket: a Unix socket of mode 0660 in the state folder. A client sends one line, a command;
 * it gets one line, a JSON object, and the end. Main thread.
 */
#ifndef CONTROL_SOCKET_H
#define CONTROL_SOCKET_H

#include "text.h"

struct event_base;
struct control_socket;

/* Appends the reply, a JSON object without the line's end. */
typedef void control_answer_fn(void *context, struct text *reply);

struct control_command {
	const char *name;
	control_answer_fn *answer;
};

/* `commands` end with a NULL name and are borrowed, like `context`. NULL: it could not be done (logged). */
struct control_socket *control_socket_new(struct event_base *base, const char *folder,
	const struct control_command *commands, void *context);
void control_socket_free(struct control_socket *s); /* removes the socket; accepts NULL */

#endif
