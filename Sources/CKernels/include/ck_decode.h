#pragma once

#include "ck_base.h"

// Few rows at a time: decoding with a language model.

CK_BEGIN

/// How the weights of a small-batch product are stored.
typedef enum ck_weight_type {
  CK_WEIGHT_FLOAT32,
  CK_WEIGHT_BFLOAT16,
  CK_WEIGHT_INT8,  ///< with one scale per row
} ck_weight_type;

/// y [m, n] = x [m, k] W^T + bias, W [n, k] row-major, any m (made for 1 to 16).
///
/// Every dot product sums in 16 lanes by k, then the lanes in a fixed tree: a row of y does not
/// depend on the other rows. scale [n] is for int8 alone; bias [n] may be null. x and y have
/// x_stride and y_stride elements from row to row.
void ck_small_matmul(
  float *y, int64_t y_stride, const float *x, int64_t x_stride, const void *weights,
  ck_weight_type type, const float *_Nullable scale, const float *_Nullable bias, int64_t m,
  int64_t n, int64_t k);

/// Attention of one new position per sequence over cached keys and values.
typedef struct ck_cached_attention {
  int64_t batch;
  int64_t heads;
  /// heads is a multiple of it; query head h reads key head h / (heads / key_heads).
  int64_t key_heads;
  int64_t width;
  /// Positions for which the cache has room, [batch, key_heads, capacity, width].
  int64_t capacity;
  float scale;
} ck_cached_attention;

/// out [batch, heads, width] = softmax(scale * q k^T) v over the first lengths[b] positions; zeros
/// where the length is 0.
void ck_cached_attention_forward(
  const ck_cached_attention *shape, float *out, const float *q, const float *keys,
  const float *values, const int32_t *lengths);

CK_END
