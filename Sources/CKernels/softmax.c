#include "lanes.h"
#include "support.h"

// Softmax, log-softmax and cross-entropy along rows.

/// Exponentials that are summed at a time: the sum is float32 within, float64 across.
#define PIECE 512

typedef struct softmax_context {
  float *result;
  float *second;
  const float *x;
  const float *dy;
  const float *logsumexp;
  const float *row_scale;
  const int32_t *targets;
  int64_t rows;
  int64_t columns;
  int64_t queries;
  float scale;
} softmax_context;

typedef void (*row_function)(const softmax_context *c, int64_t row);

/// y = e^(x - shift); may be in place. The last few go through the vector loop in a padded copy.
CK_INLINE void exponentials(float *y, const float *x, float shift, int64_t count) {
  const int64_t whole = count / 32 * 32;
  CK_VECTORIZE
  for (int64_t i = 0; i < whole; i++) y[i] = ck_exp(x[i] - shift);
  if (whole == count) return;
  float padded[32] = {0};
  memcpy(padded, x + whole, (size_t)(count - whole) * sizeof(float));
  CK_VECTORIZE
  for (int64_t i = 0; i < 32; i++) padded[i] = ck_exp(padded[i] - shift);
  memcpy(y + whole, padded, (size_t)(count - whole) * sizeof(float));
}

CK_INLINE double sum_in_pieces(const float *x, int64_t count) {
  double total = 0;
  for (int64_t i = 0; i < count; i += PIECE) total += ck_run_sum(x + i, ck_min(PIECE, count - i));
  return total;
}

CK_INLINE double dot_in_pieces(const float *x, const float *y, int64_t count) {
  double total = 0;
  for (int64_t i = 0; i < count; i += PIECE) {
    total += ck_run_dot(x + i, y + i, ck_min(PIECE, count - i));
  }
  return total;
}

/// ln of the sum of e^(x - shift).
CK_INLINE float log_of_exponentials(const float *x, float shift, int64_t count) {
  float piece[PIECE];
  double total = 0;
  for (int64_t i = 0; i < count; i += PIECE) {
    const int64_t length = ck_min(PIECE, count - i);
    exponentials(piece, x + i, shift, length);
    total += ck_run_sum(piece, length);
  }
  return ck_log((float)total);
}

CK_INLINE void scale_row(float *y, const float *x, float scale, int64_t count) {
  CK_VECTORIZE
  for (int64_t i = 0; i < count; i++) y[i] = scale * x[i];
}

static CK_HOT void softmax_row(const softmax_context *c, int64_t row) {
  const int64_t n = c->columns;
  float *y = c->result + row * n;
  int64_t visible = n;
  if (c->queries > 0) {
    visible = ck_max(ck_min(row % c->queries + n - c->queries + 1, n), 0);
  }
  scale_row(y, c->x + row * n, c->scale, visible);
  exponentials(y, y, ck_run_maximum(y, visible), visible);
  scale_row(y, y, (float)(1.0 / sum_in_pieces(y, visible)), visible);
  memset(y + visible, 0, (size_t)(n - visible) * sizeof(float));
}

static CK_HOT void softmax_gradient_row(const softmax_context *c, int64_t row) {
  const int64_t n = c->columns;
  const float *dy = c->dy + row * n;
  const float *y = c->x + row * n;
  float *dx = c->result + row * n;
  const float sum = (float)dot_in_pieces(dy, y, n);
  const float scale = c->scale;
  CK_VECTORIZE
  for (int64_t i = 0; i < n; i++) dx[i] = scale * (y[i] * (dy[i] - sum));
}

static CK_HOT void log_softmax_row(const softmax_context *c, int64_t row) {
  const int64_t n = c->columns;
  float *y = c->result + row * n;
  scale_row(y, c->x + row * n, c->scale, n);
  const float largest = ck_run_maximum(y, n);
  const float logarithm = log_of_exponentials(y, largest, n);
  CK_VECTORIZE
  for (int64_t i = 0; i < n; i++) y[i] = (y[i] - largest) - logarithm;
}

static CK_HOT void log_softmax_gradient_row(const softmax_context *c, int64_t row) {
  const int64_t n = c->columns;
  const float *dy = c->dy + row * n;
  const float *y = c->x + row * n;
  float *dx = c->result + row * n;
  const float sum = (float)sum_in_pieces(dy, n);
  const float scale = c->scale;
  for (int64_t start = 0; start < n; start += PIECE) {
    float piece[PIECE];
    const int64_t length = ck_min(PIECE, n - start);
    exponentials(piece, y + start, 0.0f, length);
    CK_VECTORIZE
    for (int64_t i = 0; i < length; i++) {
      dx[start + i] = scale * (dy[start + i] - piece[i] * sum);
    }
  }
}

/// The largest element, and the logarithm of the rest: their sum is the logsumexp.
CK_INLINE void logsumexp_parts(const float *x, int64_t n, float *largest, float *logarithm) {
  *largest = ck_run_maximum(x, n);
  // Infinities would meet themselves in x - largest.
  *logarithm = ck_abs(*largest) == INFINITY ? 0.0f : log_of_exponentials(x, *largest, n);
}

static CK_HOT void logsumexp_row(const softmax_context *c, int64_t row) {
  float largest, logarithm;
  logsumexp_parts(c->x + row * c->columns, c->columns, &largest, &logarithm);
  c->result[row] = largest + logarithm;
}

static CK_HOT void cross_entropy_row(const softmax_context *c, int64_t row) {
  const float *x = c->x + row * c->columns;
  const int32_t target = c->targets[row];
  float largest, logarithm;
  logsumexp_parts(x, c->columns, &largest, &logarithm);
  if (c->second != NULL) c->second[row] = largest + logarithm;
  c->result[row] = target < 0 ? 0.0f : (largest - x[target]) + logarithm;
}

static CK_HOT void cross_entropy_gradient_row(const softmax_context *c, int64_t row) {
  const int64_t n = c->columns;
  const int32_t target = c->targets[row];
  float *dx = c->result + row * n;
  if (target < 0) {
    memset(dx, 0, (size_t)n * sizeof(float));
    return;
  }
  const float scale = c->row_scale[row];
  exponentials(dx, c->x + row * n, c->logsumexp[row], n);
  const float probability = dx[target];
  scale_row(dx, dx, scale, n);
  dx[target] = (probability - 1.0f) * scale;
}

typedef struct rows_context {
  const softmax_context *context;
  row_function function;
} rows_context;

static void rows_share(void *raw, int thread, int threads) {
  const rows_context *c = raw;
  int64_t begin, end;
  ck_share(c->context->rows, thread, threads, &begin, &end);
  for (int64_t r = begin; r < end; r++) c->function(c->context, r);
}

static void run_rows(row_function function, const softmax_context *context) {
  rows_context rows = {context, function};
  ck_run(rows_share, &rows, 4 * context->rows * context->columns);
}

void ck_softmax_forward(
    float *y, const float *x, int64_t rows, int64_t columns, float scale, int64_t queries) {
  const softmax_context context = {
    .result = y, .x = x, .rows = rows, .columns = columns, .queries = queries, .scale = scale};
  run_rows(softmax_row, &context);
}

void ck_softmax_gradient(
    float *dx, const float *dy, const float *y, int64_t rows, int64_t columns, float scale) {
  const softmax_context context = {
    .result = dx, .x = y, .dy = dy, .rows = rows, .columns = columns, .scale = scale};
  run_rows(softmax_gradient_row, &context);
}

void ck_log_softmax_forward(
    float *y, const float *x, int64_t rows, int64_t columns, float scale) {
  const softmax_context context = {
    .result = y, .x = x, .rows = rows, .columns = columns, .scale = scale};
  run_rows(log_softmax_row, &context);
}

void ck_log_softmax_gradient(
    float *dx, const float *dy, const float *y, int64_t rows, int64_t columns, float scale) {
  const softmax_context context = {
    .result = dx, .x = y, .dy = dy, .rows = rows, .columns = columns, .scale = scale};
  run_rows(log_softmax_gradient_row, &context);
}

void ck_logsumexp_rows(float *result, const float *x, int64_t rows, int64_t columns) {
  const softmax_context context = {.result = result, .x = x, .rows = rows, .columns = columns};
  run_rows(logsumexp_row, &context);
}

void ck_cross_entropy_forward(
    float *loss, float *logsumexp, const float *logits, const int32_t *targets, int64_t rows,
    int64_t columns) {
  const softmax_context context = {
    .result = loss, .second = logsumexp, .x = logits, .targets = targets, .rows = rows,
    .columns = columns};
  run_rows(cross_entropy_row, &context);
}

void ck_cross_entropy_gradient(
    float *dlogits, const float *logits, const float *logsumexp, const int32_t *targets,
    const float *row_scale, int64_t rows, int64_t columns) {
  const softmax_context context = {
    .result = dlogits, .x = logits, .logsumexp = logsumexp, .row_scale = row_scale,
    .targets = targets, .rows = rows, .columns = columns};
  run_rows(cross_entropy_gradient_row, &context);
}
