/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LANES frames abreast, in the vectors that gcc and clang know on every CPU. LANES is chosen with the
 * instruction set that a file is compiled for: as many as its registers hold. A comparison gives all ones or
 * zeros in each lane.
 */
#ifndef PATH_LANES_H
#define PATH_LANES_H

#include <stdint.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#if !defined(LANES)
#define LANES 4
#endif

typedef uint32_t lanes __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef uint64_t wide_lanes __attribute__((vector_size(4 * LANES), aligned(8), may_alias));

#define LANES_INLINE static inline __attribute__((always_inline))

LANES_INLINE lanes lanes_load(const uint32_t *p)
{
	return *(const lanes *)p;
}

LANES_INLINE void lanes_store(uint32_t *p, lanes v)
{
	*(lanes *)p = v;
}

LANES_INLINE lanes lanes_equal(lanes a, uint32_t b)
{
	return (lanes)(a == b);
}

LANES_INLINE lanes lanes_select(lanes where, lanes a, lanes b)
{
	return (a & where) | (b & ~where);
}

#if LANES == 16
#define LANES_EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define LANES_ODD  1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define LANES_BIT  1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768
#elif LANES == 8
#define LANES_EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define LANES_ODD  1, 3, 5, 7, 9, 11, 13, 15
#define LANES_BIT  1, 2, 4, 8, 16, 32, 64, 128
#else
#define LANES_EVEN 0, 2, 4, 6
#define LANES_ODD  1, 3, 5, 7
#define LANES_BIT  1, 2, 4, 8
#endif

/* The first four bytes of LANES words of eight, and the last four. */
LANES_INLINE lanes lanes_even(const uint64_t *p)
{
	lanes a = (lanes)*(const wide_lanes *)p, b = (lanes)*(const wide_lanes *)(p + LANES / 2);

	return __builtin_shufflevector(a, b, LANES_EVEN);
}

LANES_INLINE lanes lanes_odd(const uint64_t *p)
{
	lanes a = (lanes)*(const wide_lanes *)p, b = (lanes)*(const wide_lanes *)(p + LANES / 2);

	return __builtin_shufflevector(a, b, LANES_ODD);
}

/* From the order of the wire. */
LANES_INLINE lanes lanes_big_endian(lanes v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return v << 24 | (v & 0xff00) << 8 | (v >> 8 & 0xff00) | v >> 24;
#else
	return v;
#endif
}

/* Less, for numbers that differ from each other by less than 2^31 when taken as signed ones. */
LANES_INLINE lanes lanes_below(lanes a, uint32_t b)
{
	typedef int32_t signed_lanes __attribute__((vector_size(4 * LANES)));

	return (lanes)((signed_lanes)a < (int32_t)b);
}

/* Bit i: lane i of `where` is set. */
LANES_INLINE uint32_t lanes_bits(lanes where)
{
#if LANES == 16 && defined(__AVX512DQ__)
	return _mm512_movepi32_mask((__m512i)where);
#elif LANES == 8 && defined(__AVX2__)
	return (uint32_t)_mm256_movemask_ps((__m256)where);
#elif LANES == 4 && defined(__SSE2__)
	return (uint32_t)_mm_movemask_ps((__m128)where);
#else
	wide_lanes w = (wide_lanes)(where & (lanes){ LANES_BIT });
	uint64_t all = 0;

	for (int i = 0; i < LANES / 2; i++)
		all |= w[i];
	return (uint32_t)(all | all >> 32);
#endif
}

#endif
