/* SPDX-License-Identifier: BSD-3-Clause */
/* One picture of `transitctl top`: lines of text from rates and what is known of the meter. Pure. */
#ifndef TOP_FRAME_H
#define TOP_FRAME_H

#include "text.h"
#include "top_rates.h"

struct top_view {
	const struct top_rates *rates;
	const char *title;  /* which meters */
	const char *health; /* a line of how the meter is */
	const char *wrong;  /* why nothing can be read now, or NULL */
	int64_t end, now;   /* of the newest interval (0: there is none yet), and the clock; Unix seconds */
	unsigned interval;  /* seconds */
	enum top_order order;
	bool reverse;
	size_t skip; /* peerings that were scrolled past */
};

extern const char *const top_order_name[TOP_ORDERS];

/* At most `rows` lines of at most `columns` characters; 0: all of it, for a file. */
void top_frame(struct text *out, const struct top_view *v, unsigned columns, unsigned rows);

/* "1.23G": the first three digits and a suffix; nothing is rounded up. */
char *top_number(char buf[static 8], uint64_t n);

#endif
