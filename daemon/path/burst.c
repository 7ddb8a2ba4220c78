/* SPDX-License-Identifier: BSD-3-Clause */
#include "burst.h"

#include <stddef.h>

#if defined(__x86_64__) && !defined(BURST_BASE_ALONE)
#define WITH_X86_KERNELS 1
extern const struct burst_kernel burst_kernel_avx512, burst_kernel_avx2;
#else
#define WITH_X86_KERNELS 0
#endif
extern const struct burst_kernel burst_kernel_base;

const struct burst_kernel *const *burst_kernels(void)
{
#if WITH_X86_KERNELS
	static const struct burst_kernel *const all[] = { &burst_kernel_avx512, &burst_kernel_avx2,
		&burst_kernel_base, NULL };
	const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
			  __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
	const bool avx512 = avx2 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
			    __builtin_cpu_supports("avx512vl");

	return all + (avx512 ? 0 : avx2 ? 1 : 2);
#else
	static const struct burst_kernel *const all[] = { &burst_kernel_base, NULL };

	return all;
#endif
}

void burst_classify(struct burst *b, const struct view *view, const struct bank *bank, uint32_t tap)
{
	burst_kernels()[0]->classify(b, view, bank, tap);
}

void burst_count(const struct burst *b, struct bank *bank, uint32_t tap)
{
	burst_kernels()[0]->count(b, bank, tap);
}
