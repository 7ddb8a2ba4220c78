/* SPDX-License-Identifier: BSD-3-Clause */
#include "json.h"

#include <string.h>

#include "clock.h"

static void begin(struct text *t, const char *key)
{
	if (t->size && !strchr("{[:", t->data[t->size - 1]))
		text_add(t, ",", 1);
	if (key)
		text_printf(t, "\"%s\":", key);
}

void json_open(struct text *t, const char *key, char bracket)
{
	begin(t, key);
	text_add(t, &bracket, 1);
}

void json_close(struct text *t, char bracket)
{
	text_add(t, &bracket, 1);
}

void json_null(struct text *t, const char *key)
{
	begin(t, key);
	text_str(t, "null");
}

void json_bool(struct text *t, const char *key, bool value)
{
	begin(t, key);
	text_str(t, value ? "true" : "false");
}

void json_number(struct text *t, const char *key, int64_t value)
{
	begin(t, key);
	text_printf(t, "%lld", (long long)value);
}

void json_word(struct text *t, const char *key, const char *value)
{
	begin(t, key);
	if (value)
		text_json(t, value);
	else
		text_str(t, "null");
}

void json_time(struct text *t, const char *key, int64_t sec)
{
	char at[RFC3339_SIZE];

	begin(t, key);
	text_printf(t, "\"%s\"", clock_format(at, sec));
}

void json_count(struct text *t, const char *key, u128 value)
{
	char digit[40];
	size_t at = sizeof(digit);

	do
		digit[--at] = (char)('0' + (int)(value % 10));
	while (value /= 10);
	begin(t, key);
	text_add(t, "\"", 1);
	text_add(t, digit + at, sizeof(digit) - at);
	text_add(t, "\"", 1);
}

void json_plain(struct text *t, const char *key, const struct exact *value, unsigned most)
{
	if (!value) {
		json_null(t, key);
		return;
	}
	begin(t, key);
	text_add(t, "\"", 1);
	exact_plain(t, value, most);
	text_add(t, "\"", 1);
}

void json_exact(struct text *t, const char *key, const struct exact *value, unsigned digits)
{
	if (!value) {
		json_null(t, key);
		return;
	}
	begin(t, key);
	text_add(t, "\"", 1);
	exact_fixed(t, value, digits);
	text_add(t, "\"", 1);
}

void json_raw(struct text *t, const char *key, const char *value)
{
	begin(t, key);
	text_str(t, value);
}
