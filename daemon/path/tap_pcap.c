/* SPDX-License-Identifier: BSD-3-Clause */
#include "tap_pcap.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "text.h"

#define MAX_SECONDS                                                                                \
	INT64_C(9214646399)           /* 2261-12-31T23:59:59Z: nanoseconds in 64 bits end in 2262 */
#define READ_BUFFER ((size_t)1 << 20) /* libpcap reads through stdio */

struct tap_pcap {
	char *path;
	pcap_t *pcap;
	uint64_t frames;
};

int tap_pcap_open(const char *path, struct tap_pcap **out)
{
	char reason[PCAP_ERRBUF_SIZE];
	struct tap_pcap *t;
	FILE *file = fopen(path, "rb");
	pcap_t *pcap;

	if (!file) {
		int error = errno;

		log_error("capture %s: %s", path, strerror(error));
		return -error;
	}
	setvbuf(file, NULL, _IOFBF, READ_BUFFER);
	pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (!pcap) {
		log_error("capture %s: %s; pcap and pcapng files can be metered", path, reason);
		fclose(file);
		return -EINVAL;
	}
	if (pcap_datalink(pcap) != DLT_EN10MB) {
		const char *name = pcap_datalink_val_to_name(pcap_datalink(pcap));

		log_error("capture %s: link type %d (%s); only Ethernet can be metered", path,
			pcap_datalink(pcap), name ? name : "unknown");
		pcap_close(pcap);
		return -EINVAL;
	}
	t = mem_alloc(sizeof(*t));
	t->path = mem_dup(path);
	t->pcap = pcap;
	*out = t;
	return 0;
}

void tap_pcap_close(struct tap_pcap *t)
{
	if (!t)
		return;
	pcap_close(t->pcap);
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

int tap_pcap_next(struct tap_pcap *t, struct tap_pcap_frame *out)
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
	seconds = h->ts.tv_sec;
	if (seconds < 0 &&
		seconds >=
			INT32_MIN) /* libpcap reads a pcap file's unsigned field as signed: 2038 */
		seconds += INT64_C(1) << 32;
	if (seconds < 0 || seconds > MAX_SECONDS) {
		log_error("capture %s: frame %llu: timestamp %lld s; 1970 to 2261 can be metered",
			t->path, (unsigned long long)t->frames, (long long)seconds);
		return -EINVAL;
	}
	*out = (struct tap_pcap_frame){
		.time_ns = seconds * 1000000000 + h->ts.tv_usec,
		.data = data,
		.captured = h->caplen < h->len ? h->caplen : h->len,
		.wire = h->len,
	};
	return 1;
}
