#include "support.h"

// Rows and columns by index.

typedef struct gather_context {
  float *result;
  const float *x;
  const int32_t *ids;
  int64_t count;
  int64_t rows;
  int64_t columns;
} gather_context;

CK_INLINE bool is_inside(int32_t id, int64_t size) { return id >= 0 && id < size; }

static void gather_share(void *raw, int thread, int threads) {
  const gather_context *c = raw;
  const size_t bytes = (size_t)c->columns * sizeof(float);
  int64_t begin, end;
  ck_share(c->count, thread, threads, &begin, &end);
  for (int64_t i = begin; i < end; i++) {
    float *to = c->result + i * c->columns;
    if (is_inside(c->ids[i], c->rows)) {
      memcpy(to, c->x + c->ids[i] * c->columns, bytes);
    } else {
      memset(to, 0, bytes);
    }
  }
}

void ck_gather_rows(
    float *result, const float *table, const int32_t *ids, int64_t count, int64_t rows,
    int64_t columns) {
  gather_context context = {result, table, ids, count, rows, columns};
  ck_run(gather_share, &context, count * columns);
}

static CK_HOT void add_row(float *to, const float *x, int64_t count) {
  CK_VECTORIZE
  for (int64_t j = 0; j < count; j++) to[j] += x[j];
}

/// Each thread has columns of its own, so that repeated ids add up in order.
static void scatter_share(void *raw, int thread, int threads) {
  const gather_context *c = raw;
  int64_t begin, end;
  ck_share(ck_ceil_div(c->columns, 16), thread, threads, &begin, &end);
  begin *= 16;
  end = ck_min(end * 16, c->columns);
  if (begin >= end) return;
  for (int64_t i = 0; i < c->count; i++) {
    if (!is_inside(c->ids[i], c->rows)) continue;
    add_row(
      c->result + c->ids[i] * c->columns + begin, c->x + i * c->columns + begin, end - begin);
  }
}

void ck_scatter_add_rows(
    float *table, const float *x, const int32_t *ids, int64_t count, int64_t rows,
    int64_t columns) {
  gather_context context = {table, x, ids, count, rows, columns};
  ck_run(scatter_share, &context, count * columns);
}

void ck_take_columns(
    float *result, const float *x, const int32_t *columns_of, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    const int32_t column = columns_of[r];
    result[r] = is_inside(column, columns) ? x[r * columns + column] : 0.0f;
  }
}

static void take_gradient_share(void *raw, int thread, int threads) {
  const gather_context *c = raw;
  int64_t begin, end;
  ck_share(c->rows, thread, threads, &begin, &end);
  for (int64_t r = begin; r < end; r++) {
    float *row = c->result + r * c->columns;
    memset(row, 0, (size_t)c->columns * sizeof(float));
    if (is_inside(c->ids[r], c->columns)) row[c->ids[r]] = c->x[r];
  }
}

void ck_take_columns_gradient(
    float *dx, const float *dy, const int32_t *columns_of, int64_t rows, int64_t columns) {
  gather_context context = {
    .result = dx, .x = dy, .ids = columns_of, .rows = rows, .columns = columns};
  ck_run(take_gradient_share, &context, rows * columns);
}
