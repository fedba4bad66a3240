#include "panel_tile.h"
#include "support.h"

// Products with packed weights. Few rows are bound by the reading of the weights: each is read once
// and used for all rows. Many rows are bound by arithmetic: a run of a panel stays in L1 while the
// rows pass.

/// Inputs that are summed from zero; the sums of the runs are added in order.
#define RUN 256
/// Rows whose sums are kept at once.
#define ROWS 240

typedef struct product_context {
  float *y;
  const float *x;
  const float *bias;
  ck_packed_matrix matrix;
  int64_t y_stride;
  int64_t x_stride;
  int64_t m;
  ck_nonlinearity nonlinearity;
  bool adds;
  /// Panels that a thread takes at a time, and the next that nobody has.
  int64_t grain;
  int64_t next;
} product_context;

CK_INLINE void activate(float *v, ck_nonlinearity nonlinearity) {
#define CK_EACH(expression)                                \
  CK_VECTORIZE for (int j = 0; j < PANEL; j++) {           \
    const float e = v[j];                                  \
    v[j] = expression;                                     \
  }                                                        \
  break;
  switch (nonlinearity) {
    case CK_NONLINEARITY_NONE: break;
    case CK_NONLINEARITY_GELU_TANH: CK_EACH(ck_gelu_tanh(e))
    case CK_NONLINEARITY_GELU_ERF: CK_EACH(ck_gelu_erf(e))
    case CK_NONLINEARITY_SILU: CK_EACH(ck_silu(e))
    case CK_NONLINEARITY_RELU: CK_EACH(ck_positive_part(e))
  }
#undef CK_EACH
}

/// Writes the 16 outputs of a panel for one row.
CK_INLINE void finish(
    const product_context *c, int64_t row, int64_t panel, const ck_float16 *sum) {
  const int64_t first = panel * PANEL;
  const int64_t count = ck_min(PANEL, c->matrix.n - first);
  float *y = c->y + row * c->y_stride + first;
  float v[PANEL];
  memcpy(v, sum, sizeof v);
  if (c->matrix.scale != NULL) {
    for (int64_t j = 0; j < count; j++) v[j] *= c->matrix.scale[first + j];
  }
  if (c->bias != NULL) {
    for (int64_t j = 0; j < count; j++) v[j] += c->bias[first + j];
  }
  activate(v, c->nonlinearity);
  if (c->adds) {
    for (int64_t j = 0; j < count; j++) v[j] += y[j];
  }
  if (count == PANEL) {
    memcpy(y, v, sizeof v);
  } else {
    memcpy(y, v, (size_t)count * sizeof(float));
  }
}

/// M rows, all there are, and N panels at once. M and N are constants.
CK_INLINE void few_rows(
    const product_context *c, int64_t panel, const int64_t M, const int64_t N,
    const ck_weight_type type) {
  ck_float16 total[6] = {{0}}, sum[6];
  const int64_t k = c->matrix.k;
  const int64_t stride = PANEL * ck_weight_bytes(type);
  const char *w = (const char *)c->matrix.weights + panel * k * stride;
  for (int64_t at = 0; at < k; at += RUN) {
    ck_panel_tile(
      sum, c->x + at, c->x_stride, w + at * stride, stride, k * stride, ck_min(RUN, k - at), M, N,
      type);
    for (int64_t i = 0; i < M * N; i++) total[i] += sum[i];
  }
  for (int64_t a = 0; a < M; a++) {
    for (int64_t b = 0; b < N; b++) finish(c, a, panel + b, &total[a * N + b]);
  }
}

/// M rows from `row` on, one run of a panel. M is a constant. `ahead` is a part of the next run.
CK_INLINE void add_run(
    const product_context *c, ck_float16 *total, int64_t row, int64_t at, const char *w,
    const int64_t M, const ck_weight_type type, const char *ahead, int64_t ahead_stride) {
  ck_float16 sum[6];
  ck_panel_tile_ahead(
    sum, c->x + row * c->x_stride + at, c->x_stride, w, PANEL * ck_weight_bytes(type), 0,
    ck_min(RUN, c->matrix.k - at), M, 1, type, ahead, ahead_stride, true);
  for (int64_t i = 0; i < M; i++) total[i] += sum[i];
}

/// Rows first ..< first + count of one panel.
CK_INLINE void many_rows(
    const product_context *c, int64_t panel, int64_t first, int64_t count,
    const ck_weight_type type) {
  ck_float16 total[ROWS];
  float wide[RUN * PANEL];
  const int64_t k = c->matrix.k;
  const int64_t stride = PANEL * ck_weight_bytes(type);
  const char *panel_weights = (const char *)c->matrix.weights + panel * k * stride;
  // Widening takes about as long as a tile.
  const bool widens = type != CK_WEIGHT_FLOAT32 && count > 24;
  const int64_t tiles = ck_ceil_div(count, 6);
  memset(total, 0, (size_t)count * sizeof *total);
  for (int64_t at = 0; at < k; at += RUN) {
    const char *w = panel_weights + at * stride;
    const int64_t length = ck_min(RUN, k - at);
    // The tiles share the fetching of the run after this one, so that memory never waits.
    const int64_t step = ck_max(stride / tiles, 1);
    if (widens) {
      for (int64_t i = 0; i < length; i++) {
        ck_float16 v;
        ck_load_panel(&v, w + i * stride, type);
        memcpy(wide + i * PANEL, &v, sizeof v);
      }
    }
    for (int64_t t = 0; t < tiles; t++) {
      const int64_t begin = count * t / tiles;
      const int64_t M = count * (t + 1) / tiles - begin;
      ck_float16 *sums = total + begin;
      const int64_t row = first + begin;
      const char *ahead = w + length * stride + t * length * step;
      if (widens) {
        switch (M) {
          case 6:
            add_run(c, sums, row, at, (const char *)wide, 6, CK_WEIGHT_FLOAT32, ahead, step);
            break;
          default:
            add_run(c, sums, row, at, (const char *)wide, 5, CK_WEIGHT_FLOAT32, ahead, step);
            break;
        }
      } else {
        switch (M) {
          case 6: add_run(c, sums, row, at, w, 6, type, ahead, step); break;
          case 5: add_run(c, sums, row, at, w, 5, type, ahead, step); break;
          case 4: add_run(c, sums, row, at, w, 4, type, ahead, step); break;
          default: add_run(c, sums, row, at, w, 3, type, ahead, step); break;
        }
      }
    }
  }
  for (int64_t i = 0; i < count; i++) finish(c, first + i, panel, &total[i]);
}

CK_INLINE void panels_of(
    const product_context *c, int64_t begin, int64_t end, const ck_weight_type type) {
  int64_t p = begin;
  switch (c->m) {
    case 1:
      for (; p + 4 <= end; p += 4) few_rows(c, p, 1, 4, type);
      for (; p < end; p++) few_rows(c, p, 1, 1, type);
      return;
    case 2:
      for (; p + 2 <= end; p += 2) few_rows(c, p, 2, 2, type);
      for (; p < end; p++) few_rows(c, p, 2, 1, type);
      return;
    case 3:
      for (; p < end; p++) few_rows(c, p, 3, 1, type);
      return;
    default: break;
  }
  const int64_t blocks = ck_ceil_div(c->m, ROWS);
  for (int64_t b = 0; b < blocks; b++) {
    const int64_t first = c->m * b / blocks;
    const int64_t count = c->m * (b + 1) / blocks - first;
    for (p = begin; p < end; p++) many_rows(c, p, first, count, type);
  }
}

static CK_HOT void product_panels(const product_context *c, int64_t begin, int64_t end) {
  switch (c->matrix.type) {
    case CK_WEIGHT_FLOAT32: panels_of(c, begin, end, CK_WEIGHT_FLOAT32); break;
    case CK_WEIGHT_BFLOAT16: panels_of(c, begin, end, CK_WEIGHT_BFLOAT16); break;
    case CK_WEIGHT_INT8: panels_of(c, begin, end, CK_WEIGHT_INT8); break;
  }
}

static void product_share(void *raw, int thread, int threads) {
  product_context *c = raw;
  (void)thread;
  (void)threads;
  const int64_t panels = ck_ceil_div(c->matrix.n, PANEL);
  while (true) {
    const int64_t begin = __atomic_fetch_add(&c->next, c->grain, __ATOMIC_RELAXED);
    if (begin >= panels) return;
    product_panels(c, begin, ck_min(begin + c->grain, panels));
  }
}

void ck_packed_product(
    float *y, int64_t y_stride, const float *x, int64_t x_stride, const ck_packed_matrix *matrix,
    const float *bias, ck_nonlinearity nonlinearity, bool adds, int64_t m) {
  if (m <= 0 || matrix->n <= 0) return;
  product_context context = {
    y, x, bias, *matrix, y_stride, x_stride, m, nonlinearity, adds, 4, 0,
  };
  ck_run(product_share, &context, matrix->n * matrix->k);
}

typedef struct gated_context {
  float *y;
  const float *gate;
  const float *up;
  int64_t y_stride;
  int64_t stride;
  ck_nonlinearity nonlinearity;
  int64_t m;
  int64_t n;
} gated_context;

static CK_HOT void gated_rows(const gated_context *c, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i++) {
    const float *gate = c->gate + i * c->stride;
    const float *up = c->up + i * c->stride;
    for (int64_t j = 0; j < c->n; j += PANEL) {
      const size_t bytes = (size_t)ck_min(PANEL, c->n - j) * sizeof(float);
      float g[PANEL] = {0}, u[PANEL] = {0};
      memcpy(g, gate + j, bytes);
      memcpy(u, up + j, bytes);
      activate(g, c->nonlinearity);
      for (int l = 0; l < PANEL; l++) g[l] *= u[l];
      memcpy(c->y + i * c->y_stride + j, g, bytes);
    }
  }
}

static void gated_share(void *raw, int thread, int threads) {
  const gated_context *c = raw;
  int64_t begin, end;
  ck_share(c->m, thread, threads, &begin, &end);
  gated_rows(c, begin, end);
}

void ck_multiply_gated(
    float *y, int64_t y_stride, const float *gate, const float *up, int64_t stride,
    ck_nonlinearity nonlinearity, int64_t m, int64_t n) {
  gated_context context = {y, gate, up, y_stride, stride, nonlinearity, m, n};
  ck_run(gated_share, &context, m * n);
}
