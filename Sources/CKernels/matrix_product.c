#include "support.h"

// The product of two matrices, as Goto and van de Geijn ("Anatomy of high-performance matrix
// multiplication", 2008) take it apart: a part of b that fits the last cache and a part of a that
// fits the second are copied in the order in which tiles of 6 x 16 sums read them. Whatever the
// strides of the factors are, they cost the copying alone.

/// Rows of a tile.
#define ROWS 6
/// Columns of a tile.
#define COLUMNS 16
/// Inner elements of a part: a panel of b stays in the first cache.
#define INNER 256
/// Rows of a part of a; a multiple of ROWS.
#define PART_ROWS 144
/// Columns of a part of b; a multiple of COLUMNS.
#define PART_COLUMNS 2048

typedef struct matrix_context {
  float *y;
  ck_factor a;
  ck_factor b;
  int64_t batch;
  int64_t m;
  int64_t n;
  int64_t k;
  bool adds;
} matrix_context;

/// A block of one product, and where its parts are copied to.
typedef struct matrix_block {
  float *y;
  const float *a;
  const float *b;
  int64_t first_row;
  int64_t rows;
  int64_t first_column;
  int64_t columns;
  float *a_part;
  float *b_part;
} matrix_block;

/// Copies `width` numbers of each of `count` inner elements, WIDTH a step, and pads with zeros.
CK_INLINE void copy_panel(
    float *to, const float *from, int64_t stride, int64_t inner_stride, int64_t count,
    int64_t width, const int64_t WIDTH) {
  if (width == WIDTH && stride == 1) {
    for (int64_t i = 0; i < count; i++) {
      memcpy(to + i * WIDTH, from + i * inner_stride, (size_t)WIDTH * sizeof(float));
    }
  } else if (width == WIDTH) {
    for (int64_t i = 0; i < count; i++) {
      for (int64_t l = 0; l < WIDTH; l++) to[i * WIDTH + l] = from[l * stride + i * inner_stride];
    }
  } else {
    for (int64_t i = 0; i < count; i++) {
      for (int64_t l = 0; l < WIDTH; l++) {
        to[i * WIDTH + l] = l < width ? from[l * stride + i * inner_stride] : 0;
      }
    }
  }
}

/// 6 x 16 sums over `count` inner elements; each is one chain of fused multiply-adds.
CK_INLINE void sum_tile(ck_float16 *sum, const float *a, const float *b, int64_t count) {
  ck_float16 total[ROWS] = {{0}};
  for (int64_t i = 0; i < count; i++) {
    ck_float16 v;
    memcpy(&v, b + i * COLUMNS, sizeof v);
    __builtin_prefetch(a + (i + 16) * ROWS);
    _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) {
      total[r] += a[i * ROWS + r] * v;
    }
  }
  memcpy(sum, total, sizeof total);
}

/// Writes the sums of a tile, or adds them to those of earlier inner elements.
CK_INLINE void store_tile(
    float *y, int64_t stride, const ck_float16 *sum, int64_t rows, int64_t columns, bool adds) {
  if (columns == COLUMNS) {
    for (int64_t r = 0; r < rows; r++) {
      ck_float16 v = sum[r], earlier;
      if (adds) {
        memcpy(&earlier, y + r * stride, sizeof earlier);
        v += earlier;
      }
      memcpy(y + r * stride, &v, sizeof v);
    }
    return;
  }
  for (int64_t r = 0; r < rows; r++) {
    float v[COLUMNS];
    memcpy(v, &sum[r], sizeof v);
    for (int64_t c = 0; c < columns; c++) {
      y[r * stride + c] = adds ? y[r * stride + c] + v[c] : v[c];
    }
  }
}

/// The inner elements `at` ..< `at + count` of a block.
CK_INLINE void add_inner(
    const matrix_context *c, const matrix_block *block, int64_t at, int64_t count) {
  for (int64_t column = 0; column < block->columns; column += PART_COLUMNS) {
    const int64_t columns = ck_min(PART_COLUMNS, block->columns - column);
    const int64_t first_column = block->first_column + column;
    for (int64_t j = 0; j < columns; j += COLUMNS) {
      copy_panel(
        block->b_part + j * count,
        block->b + at * c->b.row_stride + (first_column + j) * c->b.column_stride,
        c->b.column_stride, c->b.row_stride, count, ck_min(COLUMNS, columns - j), COLUMNS);
    }
    for (int64_t row = 0; row < block->rows; row += PART_ROWS) {
      const int64_t rows = ck_min(PART_ROWS, block->rows - row);
      const int64_t first_row = block->first_row + row;
      for (int64_t i = 0; i < rows; i += ROWS) {
        copy_panel(
          block->a_part + i * count,
          block->a + (first_row + i) * c->a.row_stride + at * c->a.column_stride,
          c->a.row_stride, c->a.column_stride, count, ck_min(ROWS, rows - i), ROWS);
      }
      for (int64_t j = 0; j < columns; j += COLUMNS) {
        for (int64_t i = 0; i < rows; i += ROWS) {
          ck_float16 sum[ROWS];
          sum_tile(sum, block->a_part + i * count, block->b_part + j * count, count);
          store_tile(
            block->y + (first_row + i) * c->n + first_column + j, c->n, sum,
            ck_min(ROWS, rows - i), ck_min(COLUMNS, columns - j), c->adds || at > 0);
        }
      }
    }
  }
}

static CK_HOT void product_block(const matrix_context *c, const matrix_block *block) {
  // Parts of equal length, so that none is too short to be worth its copying.
  const int64_t parts = ck_ceil_div(c->k, INNER);
  for (int64_t p = 0; p < parts; p++) {
    const int64_t at = c->k * p / parts;
    add_inner(c, block, at, c->k * (p + 1) / parts - at);
  }
}

/// The share of `total` that is a thread's, in whole tiles of `step`.
CK_INLINE void share_tiles(
    int64_t total, int64_t step, int thread, int threads, int64_t *begin, int64_t *count) {
  int64_t end;
  ck_share(ck_ceil_div(total, step), thread, threads, begin, &end);
  *begin *= step;
  *count = ck_min(end * step, total) - *begin;
}

static void product_share(void *raw, int thread, int threads) {
  const matrix_context *c = raw;
  matrix_block block = {.rows = c->m, .columns = c->n};
  int64_t first = 0, end = c->batch;
  if (c->batch >= threads) {
    ck_share(c->batch, thread, threads, &first, &end);
  } else if (c->m >= c->n) {
    share_tiles(c->m, ROWS, thread, threads, &block.first_row, &block.rows);
  } else {
    share_tiles(c->n, COLUMNS, thread, threads, &block.first_column, &block.columns);
  }
  if (first >= end || block.rows <= 0 || block.columns <= 0) return;
  const int64_t inner = ck_min(c->k, INNER);
  const int64_t rows = ck_ceil_div(ck_min(block.rows, PART_ROWS), ROWS) * ROWS;
  const int64_t columns = ck_ceil_div(ck_min(block.columns, PART_COLUMNS), COLUMNS) * COLUMNS;
  // Columns first, which keeps both aligned.
  block.b_part = ck_scratch((columns + rows) * inner * (int64_t)sizeof(float));
  block.a_part = block.b_part + columns * inner;
  for (int64_t t = first; t < end; t++) {
    block.y = c->y + t * c->m * c->n;
    block.a = c->a.data + t * c->a.batch_stride;
    block.b = c->b.data + t * c->b.batch_stride;
    product_block(c, &block);
  }
  free(block.b_part);
}

void ck_matrix_product(
    float *y, const ck_factor *a, const ck_factor *b, int64_t batch, int64_t m, int64_t n,
    int64_t k, bool adds) {
  if (batch <= 0 || m <= 0 || n <= 0) return;
  if (k <= 0) {
    if (adds) return;
    memset(y, 0, (size_t)(batch * m * n) * sizeof(float));
    return;
  }
  matrix_context context = {y, *a, *b, batch, m, n, k, adds};
  // A few microseconds of arithmetic are worth a second thread.
  ck_run(product_share, &context, batch * m * n * k / 32);
}
