/* SPDX-License-Identifier: BSD-3-Clause */
#include "currency.h"

#include <stddef.h>
#include <string.h>

/* By the decimals of the minor unit; four characters each. Metals, funds and test codes are left out. */
static const char none[] =
	"BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ";
static const char two[] =
	"AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV "
	"BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK "
	"DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL "
	"HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL "
	"MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
	"NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK "
	"SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS "
	"UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ";
static const char three[] =
	"BHD IQD JOD KWD LYD OMR TND ";
static const char four[] =
	"CLF UYW ";

int currency_digits(const char *code)
{
	static const struct {
		const char *codes;
		int digits;
	} list[] = { { none, 0 }, { two, 2 }, { three, 3 }, { four, 4 } };

	if (strlen(code) != 3)
		return -1;
	for (size_t i = 0; i < sizeof(list) / sizeof(*list); i++)
		for (const char *p = list[i].codes; *p; p += 4)
			if (!memcmp(p, code, 3))
				return list[i].digits;
	return -1;
}
