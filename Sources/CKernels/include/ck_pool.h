#pragma once

#include "ck_base.h"

// The gradient of max pooling without a record of the winners.
//
// oneDNN's keeps the index of each winner, lane by lane, which on processors without AVX-512 takes
// as long as a convolution. The winner is found again instead: it is the first element of the
// window, in row-major order, that equals the maximum.

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

/// dx, laid out as x, from dy and y, laid out as the pooled activation. Each window's gradient goes
/// to its first maximum; windows add in row-major order. A window of padding alone has no winner.
void ck_maxpool_gradient(
  const ck_pool *pool, float *dx, const float *dy, const float *x, const float *y);

CK_END
