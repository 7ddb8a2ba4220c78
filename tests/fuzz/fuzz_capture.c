/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A capture file of any bytes: what tap_pcap.c reads with its own reader of plain pcap files is what libpcap
 * alone reads, frame by frame, and so is the end. Now and then the file's packets are repeated until they do
 * not fit into the read-ahead buffer.
 */
#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "log.h"
#include "tap_pcap.h"

#define FILE_HEAD 24
#define LONG_FILE 600000 /* more than two buffers */
#define NS_PER_S  INT64_C(1000000000)
#define MOST_S	  INT64_C(9214646399) /* tap_pcap.c: 2261 */

static void put(int fd, const uint8_t *data, size_t size)
{
	FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
}

/* Returns the file's size. */
static size_t fill(int fd, const uint8_t *data, size_t size)
{
	size_t written = size, body = size > FILE_HEAD ? size - FILE_HEAD : 0;

	put(fd, data, size);
	if (body < 16 || data[size - 1] % 64)
		return written;
	while (written < LONG_FILE) {
		put(fd, data + FILE_HEAD, body);
		written += body;
	}
	return written;
}

/* The frame that libpcap gives, as tap_pcap_next() would. 1, 0 or -errno. */
static int reference_next(pcap_t *p, struct tap_pcap_frame *out)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	int n = pcap_next_ex(p, &h, &data);
	int64_t seconds;

	if (n == PCAP_ERROR_BREAK)
		return 0;
	if (n != 1)
		return strstr(pcap_geterr(p), "truncated") ? -ENODATA : -EINVAL;
	seconds = h->ts.tv_sec;
	if (seconds < 0 && seconds >= INT32_MIN)
		seconds += INT64_C(1) << 32;
	if (seconds < 0 || seconds > MOST_S)
		return -EINVAL;
	*out = (struct tap_pcap_frame){ .time_ns = seconds * NS_PER_S + h->ts.tv_usec,
		.data = data,
		.captured = h->caplen < h->len ? h->caplen : h->len,
		.wire = h->len };
	return 1;
}

static pcap_t *reference_open(int fd)
{
	char reason[PCAP_ERRBUF_SIZE];
	FILE *file = fdopen(fd, "rb");
	pcap_t *p;

	FUZZ_CHECK(file);
	rewind(file);
	p = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (!p)
		fclose(file);
	else if (pcap_datalink(p) != DLT_EN10MB)
		pcap_close(p);
	else
		return p;
	return NULL;
}

static void same_frames(struct tap_pcap *t, pcap_t *p, size_t most)
{
	struct tap_pcap_frame a, b;
	int n;

	do {
		n = tap_pcap_next(t, &a);
		FUZZ_CHECK(n == reference_next(p, &b));
		if (n != 1)
			return;
		FUZZ_CHECK(a.time_ns == b.time_ns && a.captured == b.captured && a.wire == b.wire);
		FUZZ_CHECK(!memcmp(a.data, b.data, a.captured));
	} while (most--);
	FUZZ_CHECK(!"more packets than bytes");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	struct tap_pcap *t = NULL;
	char path[64];
	size_t written;
	pcap_t *p;
	int error;

	log_init("fuzz", (enum log_level)0); /* what is wrong with it is not news */
	FUZZ_CHECK(fd >= 0);
	written = fill(fd, data, size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	error = tap_pcap_open(path, &t);
	p = reference_open(fd);
	FUZZ_CHECK(!error == !!p && (!error || error == -EINVAL));
	if (p) {
		same_frames(t, p, written);
		tap_pcap_close(t);
		pcap_close(p);
	}
	return 0;
}
