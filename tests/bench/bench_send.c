/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Offers the frames of a capture to an interface, one after the other, again and again, as fast as the kernel
 * answers. Prints how many that were, and in how many nanoseconds. What the interface drops it counts itself: nobody
 * waits for the receiver, as a mirror port does not.
 *
 * Not with PACKET_QDISC_BYPASS, which is faster: it goes past tc, where sent frames are metered.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "text.h"

#define BATCH	    64u	       /* frames a system call */
#define MAGIC	    0xa1b2c3d4 /* as make_world writes it: microseconds, this machine's byte order */
#define FILE_HEAD   24u
#define FRAME_HEAD  16u
#define LENGTH_AT   8u	       /* of the captured bytes, in a frame's head */
#define ROOM	    (1 << 24)  /* bytes in flight: what lies in the receiver's ring is still the sender's */
#define NS_A_SECOND INT64_C(1000000000)

struct load {
	struct iovec *frame;
	struct mmsghdr *message;
	size_t n;
};

static void fail(const char *what)
{
	fprintf(stderr, "bench_send: %s: %s\n", what, strerror(errno));
	exit(EXIT_FAILURE);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_A_SECOND + t.tv_nsec;
}

static uint32_t number_at(const uint8_t *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return n;
}

/* The frames stay where they lie in the file. */
static void find_frames(struct load *l, const uint8_t *p, size_t size)
{
	const uint8_t *end = p + size;
	uint32_t length;

	l->frame = mem_array(size / FRAME_HEAD, sizeof(*l->frame));
	l->message = mem_array(size / FRAME_HEAD, sizeof(*l->message));
	for (p += FILE_HEAD; p + FRAME_HEAD <= end; p += FRAME_HEAD + length) {
		length = number_at(p + LENGTH_AT);
		l->frame[l->n] = (struct iovec){ (void *)(p + FRAME_HEAD), length };
		l->message[l->n].msg_hdr = (struct msghdr){ .msg_iov = &l->frame[l->n], .msg_iovlen = 1 };
		l->n++;
	}
	if (p != end)
		l->n = 0;
}

static void load_frames(struct load *l, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat file;
	void *map;

	if (fd < 0 || fstat(fd, &file))
		fail(path);
	map = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (map == MAP_FAILED)
		fail(path);
	if (file.st_size >= (off_t)FILE_HEAD && number_at(map) == MAGIC)
		find_frames(l, map, (size_t)file.st_size);
	errno = EINVAL;
	if (!l->n)
		fail(path);
}

static int open_socket(const char *interface)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || !at.sll_ifindex || bind(fd, (struct sockaddr *)&at, sizeof(at)) ||
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &(int){ ROOM }, sizeof(int)))
		fail(interface);
	return fd;
}

/* A call ends early at a frame that is dropped; it is not sent again. Returns how many were offered. */
static size_t offer(int fd, struct mmsghdr *message, size_t n)
{
	int taken = sendmmsg(fd, message, (unsigned)n, 0);

	if (taken < 0 && errno != ENOBUFS)
		fail("sendmmsg");
	if (taken < 0)
		taken = 0;
	return (size_t)taken < n ? (size_t)taken + 1 : n;
}

int main(int argc, char **argv)
{
	struct load l = { 0 };
	int64_t start, end;
	size_t offered = 0;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "bench_send INTERFACE CAPTURE SECONDS\n");
		return 2;
	}
	load_frames(&l, argv[2]);
	fd = open_socket(argv[1]);
	start = now_ns();
	end = start + atoi(argv[3]) * NS_A_SECOND;
	while (now_ns() < end) {
		size_t at = offered % l.n;

		offered += offer(fd, l.message + at, l.n - at < BATCH ? l.n - at : BATCH);
	}
	printf("%zu %ld\n", offered, now_ns() - start);
	return 0;
}
