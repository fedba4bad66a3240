#pragma once

#include "ck_base.h"

CK_BEGIN

// Convolutions of stride 1 by the minimal filtering of Winograd (Lavin and Gray, "Fast algorithms
// for convolutional neural networks", 2016): a patch of 6 x 6 inputs gives 4 x 4 outputs of a
// kernel of 3 x 3 in 36 products instead of 144, 3 x 3 of one of 4 x 4 (144) or 2 x 2 of one of 5 x 5
// (100). Images are blocked: [batch][lanes / 8][height][width][8].

/// Inputs along a side of a patch.
#define CK_WINOGRAD_SIDE 6

/// The convolution; `kernel` is 3, 4 or 5, numbers of lanes are multiples of 8.
typedef struct ck_winograd_shape {
  int64_t kernel;
  int64_t batch;
  int64_t inputs;
  int64_t outputs;
  int64_t height;
  int64_t width;
  int64_t output_height;
  int64_t output_width;
  /// Rows of zeros above the image; below there are as many as the output needs.
  int64_t top;
  int64_t left;
} ck_winograd_shape;

/// The numbers of transformed weights.
int64_t ck_winograd_packed_count(int64_t inputs, int64_t outputs);

/// Transforms weights: that of output o, input i, row r and column c of the kernel is
/// weights[o * output_stride + i * input_stride + r * kernel + c], or that of row kernel - 1 - r and
/// column kernel - 1 - c if it `flips`, as the gradient for the input needs it.
void ck_winograd_pack(
    float *packed, const float *weights, int64_t kernel, int64_t inputs, int64_t outputs,
    int64_t input_stride, int64_t output_stride, bool flips);

/// The numbers that ck_winograd_convolution needs as scratch memory.
int64_t ck_winograd_scratch_count(const ck_winograd_shape *shape);

/// y = the convolution of x with packed weights, plus a bias per output if there is one, and its
/// positive part if `has_relu`.
void ck_winograd_convolution(
    float *y, const float *x, const float *packed, const float *_Nullable bias, bool has_relu,
    const ck_winograd_shape *shape, float *scratch);

/// The numbers that ck_winograd_weight_gradient needs as scratch memory.
int64_t ck_winograd_gradient_scratch_count(const ck_winograd_shape *shape);

/// weights[o][i][r][c] = the gradient for the weights, from the image and the gradient for the
/// convolution's result.
void ck_winograd_weight_gradient(
    float *weights, const float *x, const float *upstream, const ck_winograd_shape *shape,
    float *scratch);

CK_END
