/* SPDX-License-Identifier: BSD-3-Clause */
/* What the answers share: who may see which link, and the figures of a link on somebody's behalf. */
#ifndef SERVE_VIEW_H
#define SERVE_VIEW_H

#include "api.h"
#include "figures.h"

/* May this link be shown? Of links that stand for old peerings only those with load are. */
bool view_link(const struct api *a, const struct api_ask *q, uint32_t link);
struct store_choice view_choice(const struct api_ask *q, uint32_t link);
/* The configuration's entry, or NULL. */
const struct config_link *view_config(const struct api *a, uint32_t link);

/* End of what is known, and the bins of a link: of all its peerings, or of the partner's alone. */
int64_t view_end(const struct api *a);
struct strand view_strand(const struct api *a, const struct api_ask *q, uint32_t link, int64_t from, int64_t to);
/* bit/s one way in the month, as planned; 0: not stated, or not to be shown. */
uint64_t view_capacity(const struct api *a, const struct api_ask *q, uint32_t link);
/* Per cent with two decimals, rounded half up, as "12.34". */
void view_percent(struct text *t, const char *key, u128 part, u128 whole);

int view_refuse(struct text *out, int status, const char *why);

#endif
