/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads the newest interval of each meter from its journal or Redis, once a second while it is watched, and asks the
 * running meter how it is. It holds no snapshot between two looks, so that a journal can be tidied up.
 */
#include "top.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "reply.h"
#include "terminal.h"
#include "top_frame.h"

#define TICK_MS	 1000
#define PATIENCE 1 /* seconds for the meter's reply; the picture stands still meanwhile */

struct top {
	const struct ask *ask;
	top_control_fn *control;
	struct top_rates rates;
	struct top_view view;
	struct text title, health;
};

/* One look at all meters; it becomes the picture if it comes about. */
struct look {
	const struct config *config;
	struct top_rates rates;
	int64_t end;
	unsigned interval;
};

static int take(void *context, const struct interval *iv)
{
	struct look *l = context;

	top_rates_add(&l->rates, l->config, iv);
	if (iv->end > l->end)
		l->end = iv->end;
	l->interval = (unsigned)(iv->end - iv->start);
	return 0;
}

static int read_meter(struct look *l, const struct source *s, bool again)
{
	struct journal_head head = { 0 };
	struct journal_range newest = { 0 };
	int err = again ? s->ops->refresh(s->self) : 0;

	if (!err)
		err = s->ops->head(s->self, &head);
	newest.first_seq = newest.last_seq = head.seq;
	if (!err && head.seq)
		err = s->ops->walk(s->self, &newest, take, l);
	s->ops->rest(s->self);
	return err;
}

/* What cannot be read now leaves the last picture, and is said above it. */
static int read_rates(struct top *t, bool again)
{
	struct look l = { .config = t->ask->config };
	int err = 0;

	top_rates_begin(&l.rates, l.config);
	for (size_t i = 0; i < t->ask->n_sources && !err; i++)
		err = read_meter(&l, &t->ask->source[i], again);
	t->view.wrong = err ? strerror(-err) : NULL;
	if (err && t->view.rates) {
		top_rates_clear(&l.rates);
		return err;
	}
	top_rates_clear(&t->rates);
	t->rates = l.rates;
	t->view.rates = &t->rates;
	t->view.end = l.end;
	t->view.interval = l.interval;
	top_rates_sort(&t->rates, t->view.order, t->view.reverse);
	return err;
}

/* What the newest reply says, as one line. */
static void tell_health(struct text *out, const struct yaml_node *r)
{
	const struct yaml_node *redis = reply_member(r, "redis");

	text_printf(out, "meter %s", reply_word(r, "status"));
	if (redis->kind == YAML_MAP)
		text_printf(out, ", redis %s and %s behind", reply_word(redis, "state"), reply_word(redis, "lag"));
	for (const struct yaml_item *i = reply_member(r, "reasons")->first; i; i = i->next)
		text_printf(out, "; %s", i->value->kind == YAML_TEXT ? i->value->text : "");
}

static void ask_health(struct top *t)
{
	struct diag quiet = { .out = stderr, .most = 1 };
	struct text reply = { 0 };
	struct yaml *y = NULL;
	int err = t->control ? t->control(t->ask->config, "status", PATIENCE, &reply) : -ENOENT;

	text_clear(&t->health);
	if (!t->control)
		text_str(&t->health, "from Redis; no meter is asked");
	else if (err == -ENOENT)
		text_str(&t->health, "no meter runs here on this configuration");
	else if (err || yaml_parse("reply", reply.data, reply.size, &quiet, &y))
		text_printf(&t->health, "the meter does not answer: %s", strerror(err ? -err : EPROTO));
	else
		tell_health(&t->health, yaml_root(y));
	yaml_free(y);
	text_free(&reply);
	t->view.health = t->health.data;
}

static int look(struct top *t, bool again)
{
	int err = read_rates(t, again);

	ask_health(t);
	t->view.now = clock_now_ns() / 1000000000;
	return err;
}

static void name_meters(struct top *t)
{
	const struct ask *a = t->ask;

	text_str(&t->title, a->n_sources ? a->source[0].meter : "no meter");
	if (a->n_sources > 1)
		text_printf(&t->title, " and %zu more", a->n_sources - 1);
	t->view.title = t->title.data;
}

static enum exit_status show_once(struct top *t)
{
	struct text frame = { 0 };
	int err = look(t, false);

	if (!err) {
		top_frame(&frame, &t->view, 0, 0);
		fputs(frame.data, t->ask->out);
	}
	text_free(&frame);
	return err ? EXIT_NOT_DONE : command_written(format_flush(t->ask->out));
}

static int show(struct top *t, const struct terminal *screen)
{
	struct text frame = { 0 };
	unsigned columns, rows;
	int err;

	terminal_size(screen, &columns, &rows);
	top_frame(&frame, &t->view, columns, rows);
	err = terminal_show(screen, &frame);
	text_free(&frame);
	return err;
}

/* False: it was the key to quit. */
static bool press(struct top_view *v, int key)
{
	static const char orders[TOP_ORDERS + 1] = { [TOP_BY_NAME] = 'n', [TOP_BY_INGRESS] = 'i', [TOP_BY_EGRESS] = 'e',
		[TOP_BY_USE] = 'u', [TOP_BY_LOSS] = 'l' };
	const char *order = key > 0 && key < 0x80 ? strchr(orders, key) : NULL;

	if (order)
		v->order = (enum top_order)(order - orders);
	else if (key == 'r')
		v->reverse = !v->reverse;
	else if (key == KEY_DOWN && v->skip + 1 < v->rates->n_peerings)
		v->skip++;
	else if (key == KEY_UP && v->skip)
		v->skip--;
	return key != 'q' && key != 'Q';
}

static int64_t now_ms(void)
{
	return clock_now_ns() / 1000000;
}

static int watch(struct top *t, struct terminal *screen)
{
	int64_t next = 0;

	for (;;) {
		int key = 0, err;
		int64_t now = now_ms();

		if (now >= next || next > now + TICK_MS) { /* or the clock was set back */
			(void)look(t, next != 0); /* what is wrong is in the picture, and may pass */
			next = now + TICK_MS;
		}
		err = show(t, screen);
		if (err)
			return err;
		switch (terminal_wait(screen, (int)(next - now), &key)) {
		case TERMINAL_END:
			return 0;
		case TERMINAL_KEY:
			if (!press(&t->view, key))
				return 0;
			top_rates_sort(&t->rates, t->view.order, t->view.reverse);
			break;
		default:
			break;
		}
	}
}

static enum exit_status watch_screen(struct top *t)
{
	struct terminal screen;
	int err = terminal_enter(&screen, STDIN_FILENO, STDOUT_FILENO);

	if (err) {
		log_error("terminal: %s", strerror(-err));
		return EXIT_NOT_DONE;
	}
	log_init("transitctl", LOG_NONE); /* a line would stand in the picture */
	err = watch(t, &screen);
	terminal_leave(&screen);
	log_init("transitctl", LOG_INFO);
	if (err)
		log_error("terminal: %s", strerror(-err));
	return err ? EXIT_NOT_DONE : EXIT_DONE;
}

enum exit_status top_watch(const struct ask *ask, top_control_fn *control)
{
	const struct options *o = ask->options;
	struct top t = { .ask = ask, .control = control };
	enum exit_status status;

	if (o->given & OPTION_BIT(OPTION_FORMAT) && o->format != FORMAT_TEXT) {
		log_error("top takes no --format %s; allowed: text", format_name[o->format]);
		return EXIT_BAD_INPUT;
	}
	name_meters(&t);
	status = o->once || !terminal_usable(STDIN_FILENO, STDOUT_FILENO) ? show_once(&t) : watch_screen(&t);
	top_rates_clear(&t.rates);
	text_free(&t.title);
	text_free(&t.health);
	return status;
}
