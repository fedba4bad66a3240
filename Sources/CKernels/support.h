#pragma once

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ckernels.h"

// What the kernels share: function versions, the split of work over threads, scratch memory.

/// Compiles a hot function for the baseline, for AVX2 with FMA and for AVX-512, chosen while
/// loading. SwiftPM has no flags per file. A version does not reach into callees, so whatever a hot
/// loop calls must be CK_INLINE.
#if defined(__x86_64__) && defined(__linux__)
#define CK_HOT __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CK_HOT
#endif

#define CK_INLINE static inline __attribute__((always_inline))

/// Says that the iterations of the next loop are independent, up to exact in-place use.
#define CK_VECTORIZE _Pragma("clang loop vectorize(assume_safety)")

#define CK_SQRT(x) __builtin_elementwise_sqrt(x)
#define CK_FLOOR(x) __builtin_elementwise_floor(x)

/// 16 and 8 floats. Only for locals: passed by value, their convention depends on the target.
typedef float ck_float16 __attribute__((vector_size(64)));
typedef float ck_float8 __attribute__((vector_size(32)));

CK_INLINE int64_t ck_min(int64_t a, int64_t b) { return a < b ? a : b; }
CK_INLINE int64_t ck_max(int64_t a, int64_t b) { return a > b ? a : b; }
CK_INLINE int64_t ck_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Runs body on the pool if `work`, roughly the number of elements touched, is worth waking it;
/// otherwise here.
void ck_run(ck_body body, void *context, int64_t work);

/// The part of `total` items that is the thread's, in order.
CK_INLINE void ck_share(int64_t total, int thread, int threads, int64_t *begin, int64_t *end) {
  *begin = total * thread / threads;
  *end = total * (thread + 1) / threads;
}

/// Cache-line aligned memory that the caller frees; stops the program if there is none.
void *ck_scratch(int64_t bytes);
