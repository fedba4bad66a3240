#pragma once

#include "ck_base.h"

// Reductions of plain arrays, x [outer, reduce, inner] -> result [outer, inner].

CK_BEGIN

/// Sums of float32 are formed in fixed chunks and combined in float64.
void ck_reduce_sum(float *result, const float *x, int64_t outer, int64_t reduce, int64_t inner);

/// NaN for an empty reduction.
void ck_reduce_mean(float *result, const float *x, int64_t outer, int64_t reduce, int64_t inner);

/// -infinity for an empty reduction; NaN if any element is.
void ck_reduce_maximum(float *result, const float *x, int64_t outer, int64_t reduce, int64_t inner);

/// +infinity for an empty reduction; NaN if any element is.
void ck_reduce_minimum(float *result, const float *x, int64_t outer, int64_t reduce, int64_t inner);

void ck_reduce_sum_of_squares(
  float *result, const float *x, int64_t outer, int64_t reduce, int64_t inner);

/// The sum of all squares in float64, for gradient norms.
double ck_sum_of_squares(const float *x, int64_t count);

/// The sum of all elements in float64.
double ck_sum(const float *x, int64_t count);

/// The sum of x[i] * y[i] in float64.
double ck_dot(const float *x, const float *y, int64_t count);

/// The column of the first largest element of each row; the first NaN counts as largest.
void ck_argmax_rows(int32_t *result, const float *x, int64_t rows, int64_t columns);

CK_END
