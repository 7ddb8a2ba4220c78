/* SPDX-License-Identifier: BSD-3-Clause */
/* ISO 4217: the currencies in use and the number of decimals of their minor unit. */
#ifndef SETTLE_CURRENCY_H
#define SETTLE_CURRENCY_H

/* The decimals of a currency ("USD": 2, "JPY": 0, "KWD": 3), or -1 if ISO 4217 does not list it. */
int currency_digits(const char *code);

#endif
