#pragma once

#include "ck_base.h"

// Moving elements about. `element_bytes` is 1, 2, 4 or 8.

CK_BEGIN

/// destination[i . destination_stride] = source[i . source_stride] for every index i within sizes,
/// rank at most 8. Transposes, slices, concatenations, broadcasts (stride 0), flips (a negative
/// stride with the pointer at the last element), space-to-depth are all of this kind.
void ck_copy_strided(
  void *destination, const int64_t *destination_strides, const void *source,
  const int64_t *source_strides, const int64_t *sizes, int32_t rank, int32_t element_bytes);

/// One activation in memory, for channel copies.
typedef struct ck_channel_layout {
  /// Channels of the whole tensor.
  int64_t channels;
  /// 1, 8 or 16.
  int32_t block;
} ck_channel_layout;

/// Copies channels [source_begin, source_begin + count) of one float32 activation to
/// [destination_begin, ...) of another, between any two layouts. Lanes beyond the last channel of
/// the destination become zero if the copy reaches that channel; all else stays.
void ck_copy_channels(
  float *destination, ck_channel_layout destination_layout, int64_t destination_begin,
  const float *source, ck_channel_layout source_layout, int64_t source_begin, int64_t count,
  int64_t batch, int64_t spatial);

/// Sets channels [begin, begin + count) to a value.
void ck_fill_channels(
  float *destination, ck_channel_layout layout, int64_t begin, int64_t count, int64_t batch,
  int64_t spatial, float value);

/// Sets count elements to a value.
void ck_fill(float *destination, int64_t count, float value);

/// How many rows and columns are added on each side; negative crops (constant padding only).
typedef struct ck_padding {
  int64_t top;
  int64_t bottom;
  int64_t left;
  int64_t right;
} ck_padding;

/// x [planes, height, width] -> [planes, top + height + bottom, left + width + right], `value`
/// around. Its gradient is the same function with the padding negated.
void ck_pad_constant(
  float *result, const float *x, int64_t planes, int64_t height, int64_t width, ck_padding padding,
  float value);

/// The same with mirrored surroundings, the edge not repeated: 2 1 0 1 2. Padding is at least 0
/// and less than the size.
void ck_pad_reflect(
  float *result, const float *x, int64_t planes, int64_t height, int64_t width,
  ck_padding padding);

/// dx [planes, height, width] from dy of the padded size: each pixel sums its images in a fixed
/// order.
void ck_pad_reflect_gradient(
  float *dx, const float *dy, int64_t planes, int64_t height, int64_t width, ck_padding padding);

CK_END
