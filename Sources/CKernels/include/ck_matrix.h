#pragma once

#include "ck_base.h"

CK_BEGIN

/// A factor of a product: a matrix, or a batch of matrices `batch_stride` apart; 0 is the same one
/// for all.
typedef struct ck_factor {
  const float *data;
  int64_t row_stride;
  int64_t column_stride;
  int64_t batch_stride;
} ck_factor;

/// y[t] = a[t] b[t] for t < batch, or y[t] + that if `adds`; a[t] is m x k, b[t] is k x n, y[t] is
/// m x n and row-major, one after another.
void ck_matrix_product(
    float *y, const ck_factor *a, const ck_factor *b, int64_t batch, int64_t m, int64_t n,
    int64_t k, bool adds);

CK_END
