#pragma once

#include "ck_base.h"

// Rows by index: embeddings and their gradients.

CK_BEGIN

/// result[i] = table[ids[i]], rows of `columns`; a row of zeros where an id is outside 0 ..< rows.
void ck_gather_rows(
  float *result, const float *table, const int32_t *ids, int64_t count, int64_t rows,
  int64_t columns);

/// table[ids[i]] += x[i] in the order of i; ids outside 0 ..< rows are skipped. The caller clears
/// the table.
void ck_scatter_add_rows(
  float *table, const float *x, const int32_t *ids, int64_t count, int64_t rows, int64_t columns);

/// result[r] = x[r, columns_of[r]]; 0 where the index is outside.
void ck_take_columns(
  float *result, const float *x, const int32_t *columns_of, int64_t rows, int64_t columns);

/// dx[r, columns_of[r]] = dy[r], zeros elsewhere.
void ck_take_columns_gradient(
  float *dx, const float *dy, const int32_t *columns_of, int64_t rows, int64_t columns);

CK_END
