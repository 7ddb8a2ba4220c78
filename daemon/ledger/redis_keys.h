/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What Redis holds of a meter, as docs/redis.md documents it for other people's programs. All keys of a
 * meter share one hash tag, so they live in one cluster slot. Instants are Unix seconds.
 *
 *   transit:{METER}:cursor     hash    seq chain start end interval config writer
 *   transit:{METER}:stream     stream  id SEQ-0, one entry an interval: start end chain body
 *   transit:{METER}:bins       zset    BIN, scored by itself
 *   transit:{METER}:usage:BIN  hash    "PEERING PARTNER LINK" -> lines of cells; "bin" -> the bin's own line
 *   transit:{METER}:rates      hash    "PEERING DIRECTION" -> "BIT_PER_S PACKET_PER_S"; seq start end
 *   transit:{METER}:configs    hash    DIGEST -> canonical text
 */
#ifndef LEDGER_REDIS_KEYS_H
#define LEDGER_REDIS_KEYS_H

#include <stdint.h>

#define REDIS_BIN_SECONDS 300

#define REDIS_KEY_CURSOR  "transit:{%s}:cursor"
#define REDIS_KEY_STREAM  "transit:{%s}:stream"
#define REDIS_KEY_BINS	  "transit:{%s}:bins"
#define REDIS_KEY_RATES	  "transit:{%s}:rates"
#define REDIS_KEY_CONFIGS "transit:{%s}:configs"
#define REDIS_KEY_USAGE	  "transit:{%s}:usage:%lld"

/* The numbers by which a step's commands name their keys (KEYS[1] is the first). */
enum redis_key {
	REDIS_CURSOR = 1,
	REDIS_STREAM,
	REDIS_BINS,
	REDIS_RATES,
	REDIS_CONFIGS,
	REDIS_USAGE, /* and the following, one for each bin of the step */
};

static inline int64_t redis_bin_of(int64_t start)
{
	return start - start % REDIS_BIN_SECONDS;
}

#endif
