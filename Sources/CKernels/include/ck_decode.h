#pragma once

#include "ck_base.h"

// Language models: products with packed weights, and attention over cached keys and values.
//
// A product sums each element of its result in one order, whatever the number of rows, the tile it
// falls into, or the thread: along k in runs of 256, each from zero, the runs in order. Attention
// takes keys in chunks of 64 from position 0. So a row of a batch has the bits that it has alone,
// and a prompt those that its tokens have one by one.

CK_BEGIN

/// How packed weights are stored.
typedef enum ck_weight_type {
  CK_WEIGHT_FLOAT32,
  CK_WEIGHT_BFLOAT16,
  CK_WEIGHT_INT8,  ///< with one scale per output
} ck_weight_type;

/// How the weights to be packed are stored.
typedef enum ck_source_type {
  CK_SOURCE_FLOAT32,
  CK_SOURCE_FLOAT16,
  CK_SOURCE_BFLOAT16,
} ck_source_type;

/// What happens to the elements of a product before they are written.
typedef enum ck_nonlinearity {
  CK_NONLINEARITY_NONE,
  CK_NONLINEARITY_GELU_TANH,
  CK_NONLINEARITY_GELU_ERF,
  CK_NONLINEARITY_SILU,
  CK_NONLINEARITY_RELU,
} ck_nonlinearity;

/// A matrix of n outputs by k inputs in panels of 16 outputs, [ceil(n / 16)][k][16]; the lanes
/// beyond n hold zeros.
typedef struct ck_packed_matrix {
  const void *weights;
  /// [n] for int8, else null.
  const float *_Nullable scale;
  ck_weight_type type;
  int64_t n;
  int64_t k;
} ck_packed_matrix;

/// The bytes that the panels of a matrix take.
int64_t ck_packed_bytes(ck_weight_type type, int64_t n, int64_t k);

/// Packs `count` outputs, from output `first` of the matrix on; w(output, input) is
/// source[output * output_stride + input * input_stride], counting outputs from 0. int8 takes the
/// scale max |w| / 127 per output. The caller has cleared the last panel.
void ck_pack_weights(
  void *weights, float *_Nullable scale, ck_weight_type type, int64_t first, int64_t count,
  int64_t k, const void *source, ck_source_type source_type, int64_t output_stride,
  int64_t input_stride);

/// y[i] = row ids[i] of the matrix, its k weights for output ids[i]; y rows are y_stride apart.
void ck_unpack_rows(
  float *y, int64_t y_stride, const ck_packed_matrix *matrix, const int32_t *ids, int64_t count);

/// y [m, n] = nonlinearity(x [m, k] W + bias), or y + that if `adds`. Rows of x and y are x_stride
/// and y_stride apart; bias [n] may be null. y must not be x.
void ck_packed_product(
  float *y, int64_t y_stride, const float *x, int64_t x_stride, const ck_packed_matrix *matrix,
  const float *_Nullable bias, ck_nonlinearity nonlinearity, bool adds, int64_t m);

/// y [m, n] = nonlinearity(gate) * up, elementwise, both in rows of `stride`; y may be gate.
void ck_multiply_gated(
  float *y, int64_t y_stride, const float *gate, const float *up, int64_t stride,
  ck_nonlinearity nonlinearity, int64_t m, int64_t n);

/// Keys and values of one layer for several sequences.
///
/// Keys are [sequence][key_head][capacity / 16][width][16], values [sequence][key_head][capacity]
/// [value_width]. The memory must hold finite numbers everywhere.
typedef struct ck_attention_cache {
  float *keys;
  float *values;
  int64_t key_heads;
  int64_t width;
  /// width rounded up to a multiple of 16.
  int64_t value_width;
  /// Positions for which there is room, a multiple of 64.
  int64_t capacity;
} ck_attention_cache;

/// Stores the keys and values of rows at (sequences[r], positions[r]): row r's are `keys` and
/// `values` + r * stride, [key_heads, width].
void ck_store_keys_values(
  const ck_attention_cache *cache, const float *keys, const float *values, int64_t stride,
  const int32_t *sequences, const int32_t *positions, int64_t rows);

/// out [rows, heads, width] = softmax(scale * q k^T) v for each row over positions
/// max(0, positions[r] - window + 1) ... positions[r] of its sequence. heads is a multiple of
/// key_heads; query head h reads key head h / (heads / key_heads). Rows of q are q_stride apart.
void ck_attend_cached(
  const ck_attention_cache *cache, float *out, int64_t out_stride, const float *q,
  int64_t q_stride, int64_t heads, float scale, int64_t window, const int32_t *sequences,
  const int32_t *positions, int64_t rows);

/// Turns the heads of rows [heads, width], `stride` apart, in place by the angles of their
/// positions; cosine and sine are [position, rotated / 2]. `adjacent` pairs 2i with 2i + 1 instead
/// of i with i + rotated / 2.
void ck_rotate_rows(
  float *x, int64_t stride, int64_t heads, int64_t width, int64_t rotated, bool adjacent,
  const float *cosine, const float *sine, const int32_t *positions, int64_t rows);

/// The k-th largest of count numbers, 1 <= k <= count, counting equal ones apart. NaNs count as
/// -infinity.
float ck_kth_largest(const float *x, int64_t count, int64_t k);

/// The logarithm of the sum of e^x, the largest number and the index of its first place; NaNs count
/// as -infinity. Runs where it is called.
typedef struct ck_row_summary {
  float log_sum;
  float largest;
  int64_t index;
} ck_row_summary;

ck_row_summary ck_summarize_row(const float *x, int64_t count);

/// The first index whose cumulative weight exceeds share * the sum of all, with the weights
/// e^(scale * (x[i] - largest)); the last index of a positive weight if rounding leaves none.
/// Weights are float32, sums float64.
int64_t ck_sample_exponential(
  const float *x, int64_t count, float largest, float scale, double share);

/// Reads memory as fast as the machine can, with all threads; for measuring. The result is the sum
/// of the 32-bit words.
uint32_t ck_read_memory(const void *memory, int64_t bytes);

CK_END
