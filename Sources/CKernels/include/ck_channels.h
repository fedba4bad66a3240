#pragma once

#include "ck_base.h"

// Kernels on activations [batch][ceil(channels / block)][spatial][block].
// Per-channel arrays have `channels` entries.

CK_BEGIN

/// Local response normalization across channels, as TensorFlow and Lucid define it:
/// y_c = x_c * scale_c^-beta, scale_c = k + alpha * sum over |j| <= radius of x_(c+j)^2.
typedef struct ck_lrn {
  int64_t batch;
  /// A multiple of block.
  int64_t channels;
  int64_t spatial;
  int32_t block;
  int32_t radius;
  float k;
  float alpha;
  float beta;
} ck_lrn;

/// root, if not null, receives scale^(-1/2) of each element, laid out as x: with it the gradient
/// needs no square roots and no divisions, and takes about half the time.
void ck_lrn_forward(const ck_lrn *lrn, float *y, float *_Nullable root, const float *x);

/// dx_c = dy_c * scale_c^-beta - 2 alpha beta x_c * sum over |j| <= radius of
/// dy_(c+j) x_(c+j) scale_(c+j)^(-beta - 1). A null root is computed again from x.
void ck_lrn_gradient(
  const ck_lrn *lrn, float *dx, const float *dy, const float *x, const float *_Nullable root);

/// The shape of an activation.
typedef struct ck_activation {
  int64_t batch;
  int64_t channels;
  int64_t spatial;
  int32_t block;
} ck_activation;

/// Mean and biased variance of each channel over batch and spatial. Each chunk of values is
/// centered on its own mean; chunks combine in float64.
void ck_channel_moments(const ck_activation *shape, float *mean, float *variance, const float *x);

/// y = (x - mean) * rstd * gamma + beta, then max(y, 0) if relu. Null gamma is 1, null beta is 0.
void ck_batchnorm_apply(
  const ck_activation *shape, float *y, const float *x, const float *mean, const float *rstd,
  const float *_Nullable gamma, const float *_Nullable beta, bool relu);

/// The gradients of beta and gamma: sum_dy = sum of dy, sum_dy_xhat = sum of
/// dy * (x - mean) * rstd.
/// With y not null, dy counts only where y > 0.
void ck_channel_gradient_sums(
  const ck_activation *shape, float *sum_dy, float *sum_dy_xhat, const float *dy, const float *x,
  const float *mean, const float *rstd, const float *_Nullable y);

/// dx = gamma * rstd * (dy - sum_dy / m - xhat * sum_dy_xhat / m), m = batch * spatial.
/// With y not null, dy counts only where y > 0.
void ck_batchnorm_gradient(
  const ck_activation *shape, float *dx, const float *dy, const float *x, const float *mean,
  const float *rstd, const float *_Nullable gamma, const float *sum_dy, const float *sum_dy_xhat,
  const float *_Nullable y);

/// The sum of each channel over batch and spatial: the gradient of a convolution's bias.
void ck_channel_sums(const ck_activation *shape, float *sum, const float *x);

/// The largest element of each image and channel over its positions, the first position that has
/// it, and the same of the smallest: an activation with four positions, laid out as x. The first
/// NaN is both. There must be a position, and no more than a float32 counts.
void ck_position_extremes(const ck_activation *shape, float *extremes, const float *x);

CK_END
