#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Pointers are never null unless they say so; Swift then sees them as it should.
#ifdef __clang__
#define CK_BEGIN_NONNULL _Pragma("clang assume_nonnull begin")
#define CK_END_NONNULL _Pragma("clang assume_nonnull end")
#else
#define CK_BEGIN_NONNULL
#define CK_END_NONNULL
#define _Nonnull
#define _Nullable
#endif

#ifdef __cplusplus
#define CK_BEGIN extern "C" { CK_BEGIN_NONNULL
#define CK_END CK_END_NONNULL }
#else
#define CK_BEGIN CK_BEGIN_NONNULL
#define CK_END CK_END_NONNULL
#endif

CK_BEGIN

/// The share of some work that belongs to thread `thread` of `threads`.
typedef void (*ck_body)(void *_Nullable context, int thread, int threads);

/// Runs `body(context, thread, threads)` once for each thread of a pool and returns when all are
/// done. The pool decides `threads`; the kernels give the same result for any.
typedef void (*ck_parallel_function)(ck_body body, void *_Nullable context);

/// Says which pool the kernels that the calling thread runs share; without one, as at first, every
/// kernel runs where it is called.
void ck_configure(ck_parallel_function _Nullable run);

/// One of several items of work that do not depend on each other.
typedef void (*ck_item_body)(void *_Nullable context, int64_t item);

/// Calls `body(context, item)` for item = 0 ..< count on the threads of the pool, if `work`, roughly
/// the number of elements touched, is worth waking them.
void ck_for_each(ck_item_body body, void *_Nullable context, int64_t count, int64_t work);

CK_END
