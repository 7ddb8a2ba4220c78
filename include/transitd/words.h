/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The words of the accounting contract as types. Everything else in the project speaks in these.
 * No dependency but <stdint.h>; also compiled for BPF.
 */
#ifndef TRANSITD_WORDS_H
#define TRANSITD_WORDS_H

#include <stdint.h>

/* Contract section 4: names are [a-z0-9][a-z0-9-]{0,31}. */
#define NAME_SIZE 33 /* 32 characters and the terminator */

enum direction {
	DIRECTION_INGRESS, /* from the partner into our network */
	DIRECTION_EGRESS,  /* from us to the partner */
	DIRECTIONS,
};

enum family {
	FAMILY_IPV4,
	FAMILY_IPV6,
	FAMILY_OTHER,
	FAMILIES,
};

/* Names that the contract reserves (sections 2.5 and 2.6). */
#define CLASS_UNROUTED "unrouted" /* IP, and no prefix matches the far end */
#define CLASS_NON_IP   "non-ip"	  /* family other */
#define COS_DEFAULT    "default"  /* a DSCP that is not listed, and family other */

/* What one cell counted. Units: frames; bytes from destination MAC to before the FCS; IP bytes. */
struct counters {
	uint64_t packets;
	uint64_t l2_bytes;
	uint64_t l3_bytes;
};

#endif
