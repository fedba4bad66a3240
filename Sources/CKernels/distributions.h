#pragma once

#include "lanes.h"

// Rows of logits as distributions, in pieces that stay in L1.

/// Elements that are summed at a time: the sum is float32 within, float64 across.
#define PIECE 512

/// u = scale * x - shift, padded with -infinity to a multiple of 32.
CK_INLINE int64_t shifted(float *u, const float *x, float scale, float shift, int64_t count) {
  const int64_t padded = (count + 31) / 32 * 32;
  CK_VECTORIZE
  for (int64_t i = 0; i < count; i++) u[i] = scale * x[i] - shift;
  for (int64_t i = count; i < padded; i++) u[i] = -INFINITY;
  return padded;
}

CK_INLINE void exponentials(float *e, const float *u, int64_t padded) {
  CK_VECTORIZE
  for (int64_t i = 0; i < padded; i++) e[i] = ck_exp(u[i]);
}
