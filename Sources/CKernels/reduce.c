#include "lanes.h"
#include "support.h"

// Reductions of [outer, reduce, inner]. The reduced axis is cut into chunks of fixed size; each
// chunk of each result is formed in float32, and the chunks of a result combine in order, in
// float64. Threads share the chunks.

typedef enum reduction { SUM, SQUARES, DOT, MAXIMUM, MINIMUM } reduction;

/// Elements of a chunk where the reduced axis is contiguous: short enough for float32 sums in 32
/// lanes.
#define RUN 2048
/// Rows of a chunk where it is not, and columns that are reduced side by side.
#define ROWS 64
#define COLUMNS 64

typedef struct reduce_context {
  reduction kind;
  const float *x;
  const float *y;
  double *partial;
  int64_t outer;
  int64_t reduce;
  int64_t inner;
  int64_t chunks;
  int64_t groups;
} reduce_context;

CK_INLINE double combine(reduction kind, double a, double b) {
  if (kind == MAXIMUM) return a != a || a > b ? a : b;
  if (kind == MINIMUM) return a != a || a < b ? a : b;
  return a + b;
}

CK_INLINE double empty(reduction kind) {
  return kind == MAXIMUM ? -INFINITY : (kind == MINIMUM ? INFINITY : 0.0);
}

static CK_HOT double reduce_run(reduction kind, const float *x, const float *y, int64_t count) {
  switch (kind) {
    case SUM: return ck_run_sum(x, count);
    case SQUARES: return ck_run_squares(x, count);
    case DOT: return ck_run_dot(x, y, count);
    case MAXIMUM: return ck_run_maximum(x, count);
    case MINIMUM: return ck_run_minimum(x, count);
  }
  return 0;
}

CK_INLINE void reduce_columns_of(
    reduction kind, double *result, const float *x, int64_t rows, int64_t stride,
    int64_t columns) {
  float total[COLUMNS];
  for (int64_t j = 0; j < columns; j++) total[j] = kind == SQUARES ? x[j] * x[j] : x[j];
  for (int64_t r = 1; r < rows; r++) {
    const float *row = x + r * stride;
    CK_VECTORIZE
    for (int64_t j = 0; j < columns; j++) {
      const float value = row[j];
      switch (kind) {
        case MAXIMUM: total[j] = ck_maximum(total[j], value); break;
        case MINIMUM: total[j] = ck_minimum(total[j], value); break;
        case SQUARES: total[j] += value * value; break;
        default: total[j] += value;
      }
    }
  }
  for (int64_t j = 0; j < columns; j++) result[j] = total[j];
}

static CK_HOT void reduce_columns(
    reduction kind, double *result, const float *x, int64_t rows, int64_t stride,
    int64_t columns) {
  // One loop for each kind, with the number of columns known where it is the usual one.
#define COLUMN_CASE(kind)                                              \
  case kind:                                                           \
    if (columns == COLUMNS) {                                          \
      reduce_columns_of(kind, result, x, rows, stride, COLUMNS);       \
    } else {                                                           \
      reduce_columns_of(kind, result, x, rows, stride, columns);       \
    }                                                                  \
    break;
  switch (kind) {
    COLUMN_CASE(MAXIMUM)
    COLUMN_CASE(MINIMUM)
    COLUMN_CASE(SQUARES)
    default:
    COLUMN_CASE(SUM)
  }
}

static void reduce_share(void *raw, int thread, int threads) {
  const reduce_context *c = raw;
  int64_t begin, end;
  ck_share(c->outer * c->chunks * c->groups, thread, threads, &begin, &end);
  for (int64_t item = begin; item < end; item++) {
    if (c->inner == 1) {
      const int64_t row = item / c->chunks;
      const int64_t start = item % c->chunks * RUN;
      const int64_t count = ck_min(RUN, c->reduce - start);
      const int64_t at = row * c->reduce + start;
      c->partial[item] = reduce_run(c->kind, c->x + at, c->y == NULL ? NULL : c->y + at, count);
    } else {
      const int64_t column = item % c->groups * COLUMNS;
      const int64_t chunk = item / c->groups;
      const int64_t start = chunk % c->chunks * ROWS;
      const float *x = c->x + (chunk / c->chunks * c->reduce + start) * c->inner + column;
      reduce_columns(
        c->kind, c->partial + chunk * c->inner + column, x, ck_min(ROWS, c->reduce - start),
        c->inner, ck_min(COLUMNS, c->inner - column));
    }
  }
}

/// Reduces into float32 (`result`) or, for a single number, float64 (`wide`).
static void reduce_all(
    reduction kind, float *result, double *wide, const float *x, const float *y, int64_t outer,
    int64_t reduce, int64_t inner, double factor) {
  const int64_t chunks = ck_ceil_div(reduce, inner == 1 ? RUN : ROWS);
  const int64_t groups = inner == 1 ? 1 : ck_ceil_div(inner, COLUMNS);
  double *partial = ck_scratch(outer * chunks * inner * (int64_t)sizeof(double));
  reduce_context context = {kind, x, y, partial, outer, reduce, inner, chunks, groups};
  ck_run(reduce_share, &context, outer * reduce * inner);
  for (int64_t o = 0; o < outer; o++) {
    for (int64_t i = 0; i < inner; i++) {
      double total = empty(kind);
      for (int64_t k = 0; k < chunks; k++) {
        total = combine(kind, total, partial[(o * chunks + k) * inner + i]);
      }
      if (result != NULL) result[o * inner + i] = (float)(total * factor);
      if (wide != NULL) *wide = total;
    }
  }
  free(partial);
}

void ck_reduce_sum(float *result, const float *x, int64_t outer, int64_t reduce, int64_t inner) {
  reduce_all(SUM, result, NULL, x, NULL, outer, reduce, inner, 1);
}

void ck_reduce_mean(float *result, const float *x, int64_t outer, int64_t reduce, int64_t inner) {
  // An empty sum times infinity is the NaN that 0 / 0 would be.
  reduce_all(SUM, result, NULL, x, NULL, outer, reduce, inner, 1.0 / (double)reduce);
}

void ck_reduce_maximum(
    float *result, const float *x, int64_t outer, int64_t reduce, int64_t inner) {
  reduce_all(MAXIMUM, result, NULL, x, NULL, outer, reduce, inner, 1);
}

void ck_reduce_minimum(
    float *result, const float *x, int64_t outer, int64_t reduce, int64_t inner) {
  reduce_all(MINIMUM, result, NULL, x, NULL, outer, reduce, inner, 1);
}

void ck_reduce_sum_of_squares(
    float *result, const float *x, int64_t outer, int64_t reduce, int64_t inner) {
  reduce_all(SQUARES, result, NULL, x, NULL, outer, reduce, inner, 1);
}

double ck_sum_of_squares(const float *x, int64_t count) {
  double total = 0;
  reduce_all(SQUARES, NULL, &total, x, NULL, 1, count, 1, 1);
  return total;
}

double ck_sum(const float *x, int64_t count) {
  double total = 0;
  reduce_all(SUM, NULL, &total, x, NULL, 1, count, 1, 1);
  return total;
}

double ck_dot(const float *x, const float *y, int64_t count) {
  double total = 0;
  reduce_all(DOT, NULL, &total, x, y, 1, count, 1, 1);
  return total;
}

typedef struct argmax_context {
  int32_t *result;
  const float *x;
  int64_t rows;
  int64_t columns;
} argmax_context;

static CK_HOT int32_t argmax(const float *x, int64_t count) {
  const float largest = ck_run_maximum(x, count);
  int64_t i = 0;
  if (largest == largest) {
    while (i < count - 1 && x[i] != largest) i++;
  } else {
    while (i < count - 1 && x[i] == x[i]) i++;
  }
  return (int32_t)i;
}

static void argmax_share(void *raw, int thread, int threads) {
  const argmax_context *c = raw;
  int64_t begin, end;
  ck_share(c->rows, thread, threads, &begin, &end);
  for (int64_t r = begin; r < end; r++) c->result[r] = argmax(c->x + r * c->columns, c->columns);
}

void ck_column_sums(float *sum, const float *x, int64_t rows, int64_t columns) {
  ck_reduce_sum(sum, x, 1, rows, columns);
}

void ck_argmax_rows(int32_t *result, const float *x, int64_t rows, int64_t columns) {
  argmax_context context = {result, x, rows, columns};
  ck_run(argmax_share, &context, rows * columns);
}
