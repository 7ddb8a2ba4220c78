/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One capture file, pcap or pcapng, read frame by frame with libpcap: microseconds or nanoseconds, either
 * byte order. One thread at a time.
 */
#ifndef PATH_TAP_PCAP_H
#define PATH_TAP_PCAP_H

#include <stdint.h>

struct tap_pcap;

struct tap_pcap_frame {
	int64_t time_ns;     /* Unix time */
	const uint8_t *data; /* valid until the next call */
	uint32_t captured;   /* <= wire */
	uint32_t wire;	     /* the original length */
};

/* 0; -ENOENT, -EACCES and so on when the file cannot be read; -EINVAL when it is no capture of Ethernet
 * frames. Says why in the log. */
int tap_pcap_open(const char *path, struct tap_pcap **out);
void tap_pcap_close(struct tap_pcap *t); /* accepts NULL */

/* 1 and a frame; 0 at the end; -ENODATA when the file ends inside a packet; -EINVAL for anything else that
 * is wrong with it. What failed is in the log. */
int tap_pcap_next(struct tap_pcap *t, struct tap_pcap_frame *out);

#endif
