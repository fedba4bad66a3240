#include "block_lanes.h"

/// The elements of an axis that lie in a window.
typedef struct pool_span {
  int64_t first;
  int64_t end;
} pool_span;

CK_INLINE pool_span span_of(int64_t window, int64_t stride, int64_t before, int64_t size,
                            int64_t index) {
  const int64_t first = index * stride - before;
  return (pool_span){ck_max(first, 0), ck_min(first + size, window)};
}

CK_INLINE pool_span rows_of(const ck_pool *p, int64_t row) {
  return span_of(p->height, p->stride_height, p->top, p->window_height, row);
}

CK_INLINE pool_span columns_of(const ck_pool *p, int64_t column) {
  return span_of(p->width, p->stride_width, p->left, p->window_width, column);
}

// One plane of one block of channels; the block is part of the type.

/// Takes the element where it is larger; a NaN wins.
#define TAKE_LARGER(LANES, MASK, maximum, element)                                                \
  do {                                                                                            \
    const MASK wins = (element > maximum) | (element != element);                                 \
    maximum = CK_CHOOSE(LANES, MASK, wins, element, maximum);                                     \
  } while (0)

/// Maxima down the rows of a window, which neighboring windows share, then across.
#define MAXIMA(NAME, LANES, MASK, BLOCK)                                                          \
  CK_INLINE void NAME(const ck_pool *p, float *y, const float *x, float *shared) {                \
    for (int64_t row = 0; row < p->pooled_height; row++) {                                        \
      const pool_span rows = rows_of(p, row);                                                     \
      for (int64_t u = 0; u < p->width; u++) {                                                    \
        LANES maximum = (LANES){0} - INFINITY;                                                    \
        for (int64_t v = rows.first; v < rows.end; v++) {                                         \
          const LANES element = *(const LANES *)(x + (v * p->width + u) * BLOCK);                 \
          TAKE_LARGER(LANES, MASK, maximum, element);                                             \
        }                                                                                         \
        *(LANES *)(shared + u * BLOCK) = maximum;                                                 \
      }                                                                                           \
      for (int64_t column = 0; column < p->pooled_width; column++) {                              \
        const pool_span columns = columns_of(p, column);                                          \
        LANES maximum = (LANES){0} - INFINITY;                                                    \
        for (int64_t u = columns.first; u < columns.end; u++) {                                   \
          const LANES element = *(const LANES *)(shared + u * BLOCK);                             \
          TAKE_LARGER(LANES, MASK, maximum, element);                                             \
        }                                                                                         \
        *(LANES *)(y + (row * p->pooled_width + column) * BLOCK) = maximum;                       \
      }                                                                                           \
    }                                                                                             \
  }

MAXIMA(maxima8, ck_lanes8, ck_mask8, 8)
MAXIMA(maxima16, ck_lanes16, ck_mask16, 16)

#define GRADIENTS(NAME, LANES, MASK, BLOCK)                                                       \
  CK_INLINE void NAME(                                                                            \
    const ck_pool *p, float *dx, const float *dy, const float *x, const float *y) {               \
    memset(dx, 0, sizeof(float) * (size_t)(p->height * p->width * BLOCK));                        \
    for (int64_t row = 0; row < p->pooled_height; row++) {                                        \
      const pool_span rows = rows_of(p, row);                                                     \
      for (int64_t column = 0; column < p->pooled_width; column++) {                              \
        const pool_span columns = columns_of(p, column);                                          \
        const int64_t at = (row * p->pooled_width + column) * BLOCK;                              \
        const LANES maximum = *(const LANES *)(y + at);                                           \
        MASK open = *(const MASK *)(dy + at);                                                     \
        for (int64_t v = rows.first; v < rows.end; v++) {                                         \
          const float *source = x + (v * p->width + columns.first) * BLOCK;                       \
          float *target = dx + (v * p->width + columns.first) * BLOCK;                            \
          for (int64_t u = columns.first; u < columns.end;                                        \
               u++, source += BLOCK, target += BLOCK) {                                           \
            const MASK wins = *(const LANES *)source == maximum;                                  \
            /* The bits of dy where this element wins and none before it did: else +0. */         \
            *(LANES *)target += (LANES)(open & wins);                                             \
            open &= ~wins;                                                                        \
          }                                                                                       \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
  }

GRADIENTS(gradients8, ck_lanes8, ck_mask8, 8)
GRADIENTS(gradients16, ck_lanes16, ck_mask16, 16)

CK_INLINE void maxima1(const ck_pool *p, float *y, const float *x) {
  for (int64_t row = 0; row < p->pooled_height; row++) {
    const pool_span rows = rows_of(p, row);
    for (int64_t column = 0; column < p->pooled_width; column++) {
      const pool_span columns = columns_of(p, column);
      float maximum = -INFINITY;
      for (int64_t v = rows.first; v < rows.end; v++) {
        for (int64_t u = columns.first; u < columns.end; u++) {
          const float element = x[v * p->width + u];
          if (element > maximum || element != element) maximum = element;
        }
      }
      y[row * p->pooled_width + column] = maximum;
    }
  }
}

CK_INLINE void gradients1(
  const ck_pool *p, float *dx, const float *dy, const float *x, const float *y) {
  memset(dx, 0, sizeof(float) * (size_t)(p->height * p->width));
  for (int64_t row = 0; row < p->pooled_height; row++) {
    const pool_span rows = rows_of(p, row);
    for (int64_t column = 0; column < p->pooled_width; column++) {
      const pool_span columns = columns_of(p, column);
      const int64_t at = row * p->pooled_width + column;
      bool is_open = true;
      for (int64_t v = rows.first; is_open && v < rows.end; v++) {
        for (int64_t u = columns.first; is_open && u < columns.end; u++) {
          if (x[v * p->width + u] != y[at]) continue;
          dx[v * p->width + u] += dy[at];
          is_open = false;
        }
      }
    }
  }
}

typedef struct pool_context {
  const ck_pool *pool;
  float *dx;
  const float *dy;
  const float *x;
  /// The maxima, read for the gradient.
  float *y;
} pool_context;

/// The planes `first` ..< `end`; `shared` holds a row of maxima.
static CK_HOT void pool_planes(
  const pool_context *c, int64_t first, int64_t end, float *shared) {
  const ck_pool *p = c->pool;
  const int64_t inner = p->height * p->width * p->block;
  const int64_t outer = p->pooled_height * p->pooled_width * p->block;
  for (int64_t i = first; i < end; i++) {
    float *y = c->y + i * outer;
    const float *x = c->x + i * inner;
    if (c->dx == NULL) {
      if (p->block == 8) maxima8(p, y, x, shared);
      else if (p->block == 16) maxima16(p, y, x, shared);
      else maxima1(p, y, x);
    } else {
      float *dx = c->dx + i * inner;
      const float *dy = c->dy + i * outer;
      if (p->block == 8) gradients8(p, dx, dy, x, y);
      else if (p->block == 16) gradients16(p, dx, dy, x, y);
      else gradients1(p, dx, dy, x, y);
    }
  }
}

static void pool_share(void *raw, int thread, int threads) {
  const pool_context *c = raw;
  const ck_pool *p = c->pool;
  int64_t first, end;
  ck_share(p->batch * ck_ceil_div(p->channels, p->block), thread, threads, &first, &end);
  const bool is_forward = c->dx == NULL;
  float *shared =
    is_forward ? ck_scratch(p->width * p->block * (int64_t)sizeof(float)) : NULL;
  pool_planes(c, first, end, shared);
  free(shared);
}

void ck_maxpool(const ck_pool *pool, float *y, const float *x) {
  pool_context context = {pool, NULL, NULL, x, y};
  ck_run(pool_share, &context, pool->batch * pool->channels * pool->height * pool->width * 2);
}

void ck_maxpool_gradient(
  const ck_pool *pool, float *dx, const float *dy, const float *x, const float *y) {
  pool_context context = {pool, dx, dy, x, (float *)y};
  ck_run(pool_share, &context, pool->batch * pool->channels * pool->height * pool->width * 4);
}
