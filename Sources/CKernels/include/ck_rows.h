#pragma once

#include "ck_base.h"

// Kernels on rows of [rows, columns], rows contiguous.

CK_BEGIN

/// sum[column] over all rows: the gradient of a bias.
void ck_column_sums(float *sum, const float *x, int64_t rows, int64_t columns);

/// y = (x - mean) * rstd * gamma + beta with the row's mean, rstd = 1 / sqrt(variance + epsilon).
/// Null gamma is 1, null beta is 0; mean and rstd, [rows], are written if not null.
void ck_layernorm_forward(
  float *y, float *_Nullable mean, float *_Nullable rstd, const float *x,
  const float *_Nullable gamma, const float *_Nullable beta, int64_t rows, int64_t columns,
  float epsilon);

/// With g = dy * gamma: dx = rstd * (g - average(g) - xhat * average(g * xhat)), per row.
void ck_layernorm_gradient(
  float *dx, const float *dy, const float *x, const float *mean, const float *rstd,
  const float *_Nullable gamma, int64_t rows, int64_t columns);

/// dgamma = sum over rows of dy * xhat, dbeta = sum over rows of dy; either may be null.
void ck_layernorm_parameter_gradient(
  float *_Nullable dgamma, float *_Nullable dbeta, const float *dy, const float *x,
  const float *mean, const float *rstd, int64_t rows, int64_t columns);

/// y = x * rstd * gamma, rstd = 1 / sqrt(average(x^2) + epsilon).
void ck_rmsnorm_forward(
  float *y, float *_Nullable rstd, const float *x, const float *_Nullable gamma, int64_t rows,
  int64_t columns, float epsilon);

/// With g = dy * gamma: dx = rstd * (g - x * rstd^2 * average(g * x)), per row.
void ck_rmsnorm_gradient(
  float *dx, const float *dy, const float *x, const float *rstd, const float *_Nullable gamma,
  int64_t rows, int64_t columns);

/// dgamma = sum over rows of dy * x * rstd.
void ck_rmsnorm_parameter_gradient(
  float *dgamma, const float *dy, const float *x, const float *rstd, int64_t rows,
  int64_t columns);

/// y = softmax(scale * x) along each row.
///
/// With queries > 0 the mask is causal: row r is query r % queries of `columns` keys and sees key j
/// if j <= r % queries + columns - queries. Masked entries of y are exactly 0, whatever x holds
/// there. A row that sees nothing becomes all 0. May be in place.
void ck_softmax_forward(
  float *y, const float *x, int64_t rows, int64_t columns, float scale, int64_t queries);

/// dx = scale * y * (dy - sum(dy * y)). Zeros of y make zeros of dx: the mask needs no mention.
void ck_softmax_gradient(
  float *dx, const float *dy, const float *y, int64_t rows, int64_t columns, float scale);

/// y = scale * x - logsumexp(scale * x) along each row.
void ck_log_softmax_forward(float *y, const float *x, int64_t rows, int64_t columns, float scale);

/// dx = scale * (dy - e^y * sum(dy)).
void ck_log_softmax_gradient(
  float *dx, const float *dy, const float *y, int64_t rows, int64_t columns, float scale);

/// ln of the sum of e^x along each row.
void ck_logsumexp_rows(float *result, const float *x, int64_t rows, int64_t columns);

/// loss = logsumexp(row) - row[target], in nats; 0 where the target is -1. The logsumexp of each
/// row is written if not null.
void ck_cross_entropy_forward(
  float *loss, float *_Nullable logsumexp, const float *logits, const int32_t *targets,
  int64_t rows, int64_t columns);

/// dlogits = (softmax(row) - onehot(target)) * row_scale[row]; a zero row where the target is -1.
/// May be in place.
void ck_cross_entropy_gradient(
  float *dlogits, const float *logits, const float *logsumexp, const int32_t *targets,
  const float *row_scale, int64_t rows, int64_t columns);

/// How the elements of a head pair up for rotation.
typedef enum ck_rotary_pairing {
  CK_ROTATE_HALF,      ///< element i with i + rotated / 2
  CK_ROTATE_ADJACENT,  ///< element 2i with 2i + 1
} ck_rotary_pairing;

/// Rotary position embedding of x [batch, positions, heads, width]; the first `rotated` elements of
/// each head turn, the rest are copied. cosine and sine are [positions, rotated / 2]:
/// (u, v) -> (u cos - v sin, v cos + u sin). `inverse` turns back, which is the gradient. May be in
/// place.
void ck_rotary(
  float *y, const float *x, const float *cosine, const float *sine, int64_t batch,
  int64_t positions, int64_t heads, int64_t width, int64_t rotated, ck_rotary_pairing pairing,
  bool inverse);

CK_END
