#pragma once

#include "ck_base.h"

// Max pooling, and its gradient without a record of the winners.
//
// oneDNN's takes every window apart, and keeps the index of each winner, lane by lane; on processors
// without AVX-512 both take as long as a convolution. The winner is found again instead: it is the
// first element of the window, in row-major order, that equals the maximum.

CK_BEGIN

/// A pool over activations [batch][ceil(channels / block)][height * width][block].
typedef struct ck_pool {
  int64_t batch;
  int64_t channels;
  int32_t block;
  int64_t height;
  int64_t width;
  int64_t pooled_height;
  int64_t pooled_width;
  int64_t window_height;
  int64_t window_width;
  int64_t stride_height;
  int64_t stride_width;
  int64_t top;
  int64_t left;
} ck_pool;

/// y, the largest element of each window; a NaN wins, and of padding alone it is -infinity.
void ck_maxpool(const ck_pool *pool, float *y, const float *x);

/// dx, laid out as x, from dy and y, laid out as the pooled activation. Each window's gradient goes
/// to its first maximum; windows add in row-major order. A window of padding alone has no winner.
void ck_maxpool_gradient(
  const ck_pool *pool, float *dx, const float *dy, const float *x, const float *y);

CK_END
