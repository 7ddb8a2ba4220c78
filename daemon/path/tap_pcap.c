/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_pcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture_buffer.h"
#include "log.h"
#include "text.h"

#define MAX_SECONDS INT64_C(9214646399) /* 2261-12-31T23:59:59Z: nanoseconds in 64 bits end in 2262 */

/* The magic numbers of pcap files, as their writers' bytes; and the longest packet that libpcap lets pass. */
#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO  0xa1b23c4du
#define NS_PER_S    INT64_C(1000000000)
#define MOST_BYTES  262144u
#define HEAD_BYTES  24u /* of the file */

/* A packet's head in a pcap file, in its writer's byte order. */
struct head {
	uint32_t seconds, fraction, captured, wire;
};

/* How the packets of a pcap file are read without libpcap's help, which takes longer than metering them. Most
 * pcap files are such. Others, pcapng, and in any file a packet that is not whole or not plain, are libpcap's. */
struct plain {
	bool is_plain, is_swapped;
	uint32_t fraction_ns; /* nanoseconds a unit */
	uint32_t most;	     /* captured bytes of a packet */
};

struct tap_pcap {
	char *path;
	struct capture_buffer buffer;
	pcap_t *pcap;
	struct plain plain;
	uint64_t frames;
};

/* By the file's head. Before version 2.4 lengths may change places, and other magic numbers stand for longer
 * heads of packets. */
static struct plain plain_of(const struct capture_buffer *b)
{
	struct {
		uint32_t magic;
		uint16_t major, minor;
	} head = { 0 };
	struct plain p = { .fraction_ns = 1000 };

	if (b->have < sizeof(head))
		return p;
	memcpy(&head, b->data, sizeof(head));
	p.is_swapped = head.magic == __builtin_bswap32(MAGIC_MICRO) || head.magic == __builtin_bswap32(MAGIC_NANO);
	if (p.is_swapped) {
		head.magic = __builtin_bswap32(head.magic);
		head.major = __builtin_bswap16(head.major);
		head.minor = __builtin_bswap16(head.minor);
	}
	if (head.magic == MAGIC_NANO)
		p.fraction_ns = 1;
	p.is_plain = (head.magic == MAGIC_MICRO || head.magic == MAGIC_NANO) && head.major == 2 && head.minor == 4;
	return p;
}

/* Takes over the buffer, whatever comes of it. */
static int open_pcap(struct tap_pcap *t)
{
	char reason[PCAP_ERRBUF_SIZE];
	FILE *stream;

	while (t->buffer.have < HEAD_BYTES && capture_buffer_more(&t->buffer))
		;
	t->plain = plain_of(&t->buffer);
	stream = capture_buffer_stream(&t->buffer, t->plain.is_plain);
	if (!stream) {
		capture_buffer_close(&t->buffer);
		return -ENOMEM;
	}
	t->pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (!t->pcap) {
		log_error("capture %s: %s; pcap and pcapng files can be metered", t->path, reason);
		fclose(stream);
		return -EINVAL;
	}
	t->plain.most = (uint32_t)pcap_snapshot(t->pcap);
	if (t->plain.most > MOST_BYTES)
		t->plain.most = MOST_BYTES;
	return 0;
}

static bool is_ethernet(const struct tap_pcap *t)
{
	int type = pcap_datalink(t->pcap);
	const char *name = pcap_datalink_val_to_name(type);

	if (type == DLT_EN10MB)
		return true;
	log_error("capture %s: link type %d (%s); only Ethernet can be metered", t->path, type,
		name ? name : "unknown");
	return false;
}

int tap_pcap_open(const char *path, struct tap_pcap **out)
{
	struct tap_pcap *t = mem_alloc(sizeof(*t));
	int error = capture_buffer_open(&t->buffer, path);

	t->path = mem_dup(path);
	if (error)
		log_error("capture %s: %s", path, strerror(-error));
	error = error ? error : open_pcap(t);
	if (!error && !is_ethernet(t))
		error = -EINVAL;
	if (error)
		tap_pcap_close(t);
	else
		*out = t;
	return error;
}

void tap_pcap_close(struct tap_pcap *t)
{
	if (!t)
		return;
	if (t->pcap)
		pcap_close(t->pcap); /* and the buffer */
	free(t->path);
	free(t);
}

static int read_error(const struct tap_pcap *t)
{
	char *reason = pcap_geterr(t->pcap);
	int error = strstr(reason, "truncated") ? -ENODATA : -EINVAL;

	log_error("capture %s: after %llu frames: %s; what stands before it is metered", t->path,
		(unsigned long long)t->frames, reason);
	return error;
}

/* libpcap reads a pcap file's unsigned field as signed: 2038. */
static int64_t unsigned_seconds(int64_t seconds)
{
	return seconds < 0 && seconds >= INT32_MIN ? seconds + (INT64_C(1) << 32) : seconds;
}

/* The next packet, if it is plain and can be had whole. `data` lies in the buffer. */
static bool next_plain(struct tap_pcap *t, struct tap_pcap_frame *out)
{
	struct capture_buffer *b = &t->buffer;
	struct head h;

	for (;;) {
		size_t have = b->have - b->at;

		if (have >= sizeof(h)) {
			memcpy(&h, b->data + b->at, sizeof(h));
			if (t->plain.is_swapped)
				h = (struct head){ __builtin_bswap32(h.seconds), __builtin_bswap32(h.fraction),
					__builtin_bswap32(h.captured), __builtin_bswap32(h.wire) };
			if (h.captured > t->plain.most || h.fraction >= NS_PER_S / t->plain.fraction_ns)
				return false;
			if (have - sizeof(h) >= h.captured)
				break;
		}
		if (!capture_buffer_more(b))
			return false;
	}
	*out = (struct tap_pcap_frame){
		.time_ns = (int64_t)h.seconds * NS_PER_S + h.fraction * t->plain.fraction_ns,
		.data = b->data + b->at + sizeof(h),
		.captured = h.captured < h.wire ? h.captured : h.wire,
		.wire = h.wire,
	};
	b->at += sizeof(h) + h.captured;
	t->frames++;
	return true;
}

static int next_by_libpcap(struct tap_pcap *t, struct tap_pcap_frame *out)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	int64_t seconds;
	int n = pcap_next_ex(t->pcap, &h, &data);

	if (n == PCAP_ERROR_BREAK)
		return 0;
	if (n != 1)
		return read_error(t);
	t->frames++;
	seconds = unsigned_seconds(h->ts.tv_sec);
	if (seconds < 0 || seconds > MAX_SECONDS) {
		log_error("capture %s: frame %llu: timestamp %lld s; 1970 to 2261 can be metered",
			t->path, (unsigned long long)t->frames, (long long)seconds);
		return -EINVAL;
	}
	*out = (struct tap_pcap_frame){
		.time_ns = seconds * NS_PER_S + h->ts.tv_usec,
		.data = data,
		.captured = h->caplen < h->len ? h->caplen : h->len,
		.wire = h->len,
	};
	return 1;
}

int tap_pcap_next(struct tap_pcap *t, struct tap_pcap_frame *out)
{
	return t->plain.is_plain && next_plain(t, out) ? 1 : next_by_libpcap(t, out);
}
