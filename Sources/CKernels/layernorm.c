#include "lanes.h"
#include "support.h"

// Normalization of rows, by mean and deviation or by root mean square.

/// Rows whose parameter gradients are summed in float32; these sums are added in float64.
#define CHUNK 64

typedef struct norm_context {
  bool centered;
  float *result;
  float *mean_out;
  float *rstd_out;
  const float *dy;
  const float *x;
  const float *mean;
  const float *rstd;
  const float *gamma;
  const float *beta;
  int64_t rows;
  int64_t columns;
  float epsilon;
  /// Sums of chunks of rows, [chunks][2][columns].
  float *partial;
} norm_context;

static CK_HOT void forward_row(const norm_context *c, int64_t row) {
  const int64_t n = c->columns;
  const float *x = c->x + row * n;
  float *y = c->result + row * n;
  const float mean = c->centered ? ck_run_sum(x, n) / (float)n : 0.0f;
  const float squares = c->centered ? ck_run_deviations(x, mean, n) : ck_run_squares(x, n);
  const float rstd = 1.0f / CK_SQRT(squares / (float)n + c->epsilon);
  if (c->mean_out != NULL) c->mean_out[row] = mean;
  if (c->rstd_out != NULL) c->rstd_out[row] = rstd;
  const float *gamma = c->gamma;
  const float *beta = c->beta;
  if (gamma != NULL && beta != NULL) {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) y[i] = (x[i] - mean) * rstd * gamma[i] + beta[i];
  } else if (gamma != NULL) {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) y[i] = (x[i] - mean) * rstd * gamma[i];
  } else if (beta != NULL) {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) y[i] = (x[i] - mean) * rstd + beta[i];
  } else {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) y[i] = (x[i] - mean) * rstd;
  }
}

static void forward_share(void *raw, int thread, int threads) {
  const norm_context *c = raw;
  int64_t begin, end;
  ck_share(c->rows, thread, threads, &begin, &end);
  for (int64_t r = begin; r < end; r++) forward_row(c, r);
}

void ck_layernorm_forward(
    float *y, float *mean, float *rstd, const float *x, const float *gamma, const float *beta,
    int64_t rows, int64_t columns, float epsilon) {
  norm_context context = {
    .centered = true, .result = y, .mean_out = mean, .rstd_out = rstd, .x = x, .gamma = gamma,
    .beta = beta, .rows = rows, .columns = columns, .epsilon = epsilon};
  ck_run(forward_share, &context, rows * columns);
}

void ck_rmsnorm_forward(
    float *y, float *rstd, const float *x, const float *gamma, int64_t rows, int64_t columns,
    float epsilon) {
  norm_context context = {
    .result = y, .rstd_out = rstd, .x = x, .gamma = gamma, .rows = rows, .columns = columns,
    .epsilon = epsilon};
  ck_run(forward_share, &context, rows * columns);
}

static CK_HOT void gradient_row(const norm_context *c, int64_t row) {
  const int64_t n = c->columns;
  const float *x = c->x + row * n;
  const float *dy = c->dy + row * n;
  const float *gamma = c->gamma;
  float *dx = c->result + row * n;
  const float mean = c->centered ? c->mean[row] : 0.0f;
  const float rstd = c->rstd[row];
  ck_float16 sum = {0}, product = {0}, g, w, v;
  for (int64_t i = 0; i < n; i += 16) {
    if (i + 16 <= n) {
      memcpy(&g, dy + i, sizeof g);
      memcpy(&v, x + i, sizeof v);
      if (gamma != NULL) memcpy(&w, gamma + i, sizeof w);
    } else {
      ck_load_part(&g, dy + i, n - i, 0.0f);
      ck_load_part(&v, x + i, n - i, mean);
      if (gamma != NULL) ck_load_part(&w, gamma + i, n - i, 0.0f);
    }
    if (gamma != NULL) g *= w;
    v = (v - mean) * rstd;
    sum += g;
    product += g * v;
  }
  const float average = c->centered ? ck_add_lanes(&sum) / (float)n : 0.0f;
  const float slope = ck_add_lanes(&product) / (float)n;
  if (gamma != NULL) {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) {
      const float normal = (x[i] - mean) * rstd;
      dx[i] = rstd * (dy[i] * gamma[i] - average - normal * slope);
    }
  } else {
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) {
      const float normal = (x[i] - mean) * rstd;
      dx[i] = rstd * (dy[i] - average - normal * slope);
    }
  }
}

static void gradient_share(void *raw, int thread, int threads) {
  const norm_context *c = raw;
  int64_t begin, end;
  ck_share(c->rows, thread, threads, &begin, &end);
  for (int64_t r = begin; r < end; r++) gradient_row(c, r);
}

void ck_layernorm_gradient(
    float *dx, const float *dy, const float *x, const float *mean, const float *rstd,
    const float *gamma, int64_t rows, int64_t columns) {
  norm_context context = {
    .centered = true, .result = dx, .dy = dy, .x = x, .mean = mean, .rstd = rstd, .gamma = gamma,
    .rows = rows, .columns = columns};
  ck_run(gradient_share, &context, rows * columns);
}

void ck_rmsnorm_gradient(
    float *dx, const float *dy, const float *x, const float *rstd, const float *gamma,
    int64_t rows, int64_t columns) {
  norm_context context = {
    .result = dx, .dy = dy, .x = x, .rstd = rstd, .gamma = gamma, .rows = rows,
    .columns = columns};
  ck_run(gradient_share, &context, rows * columns);
}

static CK_HOT void parameter_chunk(const norm_context *c, int64_t chunk) {
  const int64_t n = c->columns;
  const int64_t last = ck_min((chunk + 1) * CHUNK, c->rows);
  float *slopes = c->partial + 2 * chunk * n;
  float *sums = slopes + n;
  memset(slopes, 0, (size_t)(2 * n) * sizeof(float));
  for (int64_t r = chunk * CHUNK; r < last; r++) {
    const float *x = c->x + r * n;
    const float *dy = c->dy + r * n;
    const float mean = c->centered ? c->mean[r] : 0.0f;
    const float rstd = c->rstd[r];
    CK_VECTORIZE
    for (int64_t i = 0; i < n; i++) {
      slopes[i] += dy[i] * ((x[i] - mean) * rstd);
      sums[i] += dy[i];
    }
  }
}

static void parameter_share(void *raw, int thread, int threads) {
  const norm_context *c = raw;
  int64_t begin, end;
  ck_share(ck_ceil_div(c->rows, CHUNK), thread, threads, &begin, &end);
  for (int64_t k = begin; k < end; k++) parameter_chunk(c, k);
}

static void add_chunks(float *result, const float *partial, int64_t chunks, int64_t columns) {
  for (int64_t i = 0; i < columns; i++) {
    double total = 0;
    for (int64_t k = 0; k < chunks; k++) total += partial[2 * k * columns + i];
    result[i] = (float)total;
  }
}

static void parameter_gradient(norm_context *c, float *dgamma, float *dbeta) {
  const int64_t chunks = ck_ceil_div(c->rows, CHUNK);
  c->partial = ck_scratch(2 * chunks * c->columns * (int64_t)sizeof(float));
  ck_run(parameter_share, c, c->rows * c->columns);
  if (dgamma != NULL) add_chunks(dgamma, c->partial, chunks, c->columns);
  if (dbeta != NULL) add_chunks(dbeta, c->partial + c->columns, chunks, c->columns);
  free(c->partial);
}

void ck_layernorm_parameter_gradient(
    float *dgamma, float *dbeta, const float *dy, const float *x, const float *mean,
    const float *rstd, int64_t rows, int64_t columns) {
  norm_context context = {
    .centered = true, .dy = dy, .x = x, .mean = mean, .rstd = rstd, .rows = rows,
    .columns = columns};
  parameter_gradient(&context, dgamma, dbeta);
}

void ck_rmsnorm_parameter_gradient(
    float *dgamma, const float *dy, const float *x, const float *rstd, int64_t rows,
    int64_t columns) {
  norm_context context = {.dy = dy, .x = x, .rstd = rstd, .rows = rows, .columns = columns};
  parameter_gradient(&context, dgamma, NULL);
}
