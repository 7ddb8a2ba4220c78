/* SPDX-License-Identifier: BSD-3-Clause */
#include "redis_talk.h"

#include <stdlib.h>

#include "redis_args.h"
#include "redis_conn.h"
#include "redis_keys.h"
#include "redis_scripts.h"

#define CLEAR_BINS 1000 /* removed in one call */

static const char *const script_text[SCRIPTS] = {
	[SCRIPT_APPLY] = redis_script_apply,
	[SCRIPT_CLEAR] = redis_script_clear,
	[SCRIPT_EXPIRE] = redis_script_expire,
};

void redis_talk_drop(struct redis_talk *t)
{
	t->conn = NULL;
	t->n = t->steps = 0;
	t->bytes = 0;
	t->expire_sent = false;
}

static struct redis_flight *add(struct redis_talk *t, enum redis_want want)
{
	struct redis_flight *f = &t->flight[(t->first + t->n) % REDIS_TALK_FLIGHTS];

	if (t->n == REDIS_TALK_FLIGHTS)
		abort(); /* the limits are smaller than the ring */
	t->n++;
	*f = (struct redis_flight){ .want = want };
	return f;
}

struct redis_flight redis_talk_land(struct redis_talk *t)
{
	struct redis_flight f = t->flight[t->first];

	t->first = (t->first + 1) % REDIS_TALK_FLIGHTS;
	t->n--;
	if (f.want == WANT_STEP) {
		t->steps--;
		t->bytes -= f.bytes;
	}
	if (f.want == WANT_EXPIRE)
		t->expire_sent = false;
	return f;
}

bool redis_talk_has_room(const struct redis_talk *t)
{
	return t->steps < REDIS_TALK_STEPS && t->bytes < REDIS_TALK_BYTES;
}

static void send_and_free(struct redis_talk *t, struct redis_args *a)
{
	const struct redis_args *list = a;

	redis_conn_send(t->conn, &list, 1);
	redis_args_free(a);
}

void redis_talk_scripts(struct redis_talk *t)
{
	for (enum redis_script i = 0; i < SCRIPTS; i++) {
		const char *const argv[] = { "SCRIPT", "LOAD", script_text[i], NULL };

		add(t, WANT_SCRIPT)->script = i;
		redis_conn_command(t->conn, argv);
	}
}

void redis_talk_cursor(struct redis_talk *t)
{
	struct redis_args a = { 0 };

	redis_args_str(&a, "HMGET");
	redis_args_printf(&a, REDIS_KEY_CURSOR, t->meter);
	redis_args_str(&a, "seq");
	redis_args_str(&a, "chain");
	redis_args_str(&a, "writer");
	add(t, WANT_CURSOR);
	send_and_free(t, &a);
}

void redis_talk_slots(struct redis_talk *t)
{
	static const char *const argv[] = { "CLUSTER", "SLOTS", NULL };

	add(t, WANT_SLOTS);
	redis_conn_command(t->conn, argv);
}

void redis_talk_clear(struct redis_talk *t)
{
	struct redis_args a = { 0 };

	redis_args_str(&a, "EVALSHA");
	redis_args_str(&a, t->sha[SCRIPT_CLEAR]);
	redis_args_u64(&a, 5);
	redis_args_printf(&a, REDIS_KEY_CURSOR, t->meter);
	redis_args_printf(&a, REDIS_KEY_STREAM, t->meter);
	redis_args_printf(&a, REDIS_KEY_BINS, t->meter);
	redis_args_printf(&a, REDIS_KEY_RATES, t->meter);
	redis_args_printf(&a, REDIS_KEY_CONFIGS, t->meter);
	redis_args_str(&a, "");
	redis_args_str(&a, "");
	redis_args_u64(&a, CLEAR_BINS);
	add(t, WANT_CLEAR);
	send_and_free(t, &a);
}

void redis_talk_expire(struct redis_talk *t)
{
	struct redis_args a = { 0 };

	if (!t->usage_age || t->expire_sent)
		return;
	redis_args_str(&a, "EVALSHA");
	redis_args_str(&a, t->sha[SCRIPT_EXPIRE]);
	redis_args_u64(&a, 2);
	redis_args_printf(&a, REDIS_KEY_CURSOR, t->meter);
	redis_args_printf(&a, REDIS_KEY_BINS, t->meter);
	redis_args_u64(&a, (uint64_t)t->usage_age);
	redis_args_u64(&a, REDIS_TALK_EXPIRE_BINS);
	add(t, WANT_EXPIRE);
	t->expire_sent = true;
	send_and_free(t, &a);
}

void redis_talk_step(struct redis_talk *t, const struct redis_step *step)
{
	const struct redis_args *const lists[] = { &step->head, &step->data, &step->entries, &step->last };
	struct redis_flight *f = add(t, WANT_STEP);

	f->after = step->after;
	f->bytes = step->bytes;
	t->steps++;
	t->bytes += f->bytes;
	redis_conn_send(t->conn, lists, sizeof(lists) / sizeof(*lists));
	if (step->new_bin)
		redis_talk_expire(t);
}
