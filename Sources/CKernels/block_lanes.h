#pragma once

#include "support.h"

// The channels of one block, 8 or 16 of them, at one position, as they lie in memory.

typedef float ck_lanes8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t ck_mask8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef float ck_lanes16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t ck_mask16 __attribute__((vector_size(64), aligned(4), may_alias));

/// a in the lanes of `mask`, else b.
#define CK_CHOOSE(LANES, MASK, mask, a, b) ((LANES)((mask & (MASK)(a)) | (~mask & (MASK)(b))))
