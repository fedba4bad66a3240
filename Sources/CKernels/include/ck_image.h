#pragma once

#include "ck_base.h"

// Sampling of planes [planes, height, width].

CK_BEGIN

/// Where a destination pixel reads: source = scale * destination + offset, in pixels.
/// Aligned corners: scale (in - 1) / (out - 1), offset 0. Half-pixel centers: scale in / out,
/// offset (scale - 1) / 2. TensorFlow's old default: scale in / out, offset 0.
typedef struct ck_axis_map {
  int64_t source_size;
  int64_t destination_size;
  double scale;
  double offset;
} ck_axis_map;

/// Bilinear; coordinates beyond the edge take the edge.
void ck_resample_bilinear(
  float *y, const float *x, int64_t planes, ck_axis_map vertical, ck_axis_map horizontal);

/// dx from dy, each pixel a weighted sum in a fixed order.
void ck_resample_bilinear_gradient(
  float *dx, const float *dy, int64_t planes, ck_axis_map vertical, ck_axis_map horizontal);

/// The pixel at floor(source), kept within the image. Add 0.5 to the offset to round.
void ck_resample_nearest(
  float *y, const float *x, int64_t planes, ck_axis_map vertical, ck_axis_map horizontal);

void ck_resample_nearest_gradient(
  float *dx, const float *dy, int64_t planes, ck_axis_map vertical, ck_axis_map horizontal);

/// Affine sampling of [batch, channels, height, width]. Destination pixel (column u, row v) reads
/// source column m[0] u + m[1] v + m[2], row m[3] u + m[4] v + m[5]; outside is 0.
typedef struct ck_affine {
  int64_t batch;
  int64_t channels;
  int64_t source_height;
  int64_t source_width;
  int64_t destination_height;
  int64_t destination_width;
  /// Nearest (ties to even) instead of bilinear.
  bool nearest;
} ck_affine;

/// matrices: 6 numbers per image of the batch.
void ck_affine_sample(const ck_affine *shape, float *y, const float *x, const double *matrices);

/// dx from dy; each source pixel adds its readers in row-major order.
void ck_affine_sample_gradient(
  const ck_affine *shape, float *dx, const float *dy, const double *matrices);

/// A window of a picture and what is done to its colors.
typedef struct ck_crop {
  /// In pixels of the picture; beyond its border the last pixel is repeated.
  float top;
  float left;
  float height;
  float width;
  bool mirrored;
  /// Row-major 3 x 4: each new channel from red, green, blue and 1, in units of full brightness.
  float colors[12];
} ck_crop;

/// A window of each picture, resampled to size x size with an antialiasing triangle.
///
/// images: count x [height, width, 3] bytes; result: [count, 3, size, size], 255 becomes 1.
void ck_crop_images(
  float *result, const uint8_t *images, const ck_crop *crops, int64_t count, int64_t height,
  int64_t width, int64_t size);

CK_END
