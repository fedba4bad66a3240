#include "distributions.h"
#include "support.h"

// Rows of logits as distributions: drawing, swapping classes, divergence with its parts.

// MARK: Drawing

typedef struct choose_context {
  const float *logits;
  int64_t rows, columns;
  float scale;
  const double *uniform;
  int32_t *token;
  float *log_probability;
  float *entropy;
} choose_context;

static CK_HOT void choose_row(const choose_context *c, int64_t row, float *e, double *sums) {
  const int64_t n = c->columns;
  const float *z = c->logits + row * n;
  const float largest = c->scale * ck_run_maximum(z, n);
  float u[PIECE];
  double total = 0, dot = 0;
  for (int64_t start = 0, piece = 0; start < n; start += PIECE, piece++) {
    const int64_t length = ck_min(PIECE, n - start);
    const int64_t padded = shifted(u, z + start, c->scale, largest, length);
    exponentials(e + start, u, padded);
    sums[piece] = ck_run_sum(e + start, length);
    total += sums[piece];
    // Where p is 0, p ln p is 0 too.
    for (int64_t i = 0; i < length; i++) u[i] = u[i] < -104.0f ? 0.0f : u[i];
    dot += ck_run_dot(e + start, u, length);
  }
  const double target = c->uniform[row] * total;
  double sum = 0;
  int64_t start = 0, piece = 0;
  while (start + PIECE < n && sum + sums[piece] <= target) {
    sum += sums[piece];
    start += PIECE;
    piece++;
  }
  // Rounding may leave a little beyond the last token that has any probability.
  int64_t chosen = -1;
  for (int64_t i = start; i < n; i++) {
    if (e[i] <= 0) continue;
    chosen = i;
    sum += e[i];
    if (sum > target) break;
  }
  for (int64_t i = start; chosen < 0 && i > 0; i--) {
    if (e[i - 1] > 0) chosen = i - 1;
  }
  chosen = chosen < 0 ? 0 : chosen;
  const double logarithm = log(total);
  c->token[row] = (int32_t)chosen;
  c->log_probability[row] = (float)((double)(c->scale * z[chosen] - largest) - logarithm);
  c->entropy[row] = (float)(logarithm - dot / total);
}

static void choose_share(void *raw, int thread, int threads) {
  const choose_context *c = raw;
  int64_t begin, end;
  ck_share(c->rows, thread, threads, &begin, &end);
  if (begin == end) return;
  const int64_t pieces = ck_ceil_div(c->columns, PIECE);
  float *e = ck_scratch((pieces * PIECE) * (int64_t)sizeof(float));
  double *sums = ck_scratch(pieces * (int64_t)sizeof(double));
  for (int64_t row = begin; row < end; row++) choose_row(c, row, e, sums);
  free(sums);
  free(e);
}

void ck_choose(
    const float *logits, int64_t rows, int64_t columns, float scale, const double *uniform,
    int32_t *token, float *log_probability, float *entropy) {
  choose_context context = {logits,  rows,  columns,         scale,
                            uniform, token, log_probability, entropy};
  ck_run(choose_share, &context, 8 * rows * columns);
}

// MARK: Classes

/// The sum of e^(scale * x - shift), and the part of each class but the largest, whose part is the
/// rest.
CK_INLINE double class_sums(
    const float *x, int64_t n, float scale, float shift, const ck_classes *classes, double *parts) {
  float u[PIECE], e[PIECE];
  double total = 0;
  for (int64_t start = 0; start < n; start += PIECE) {
    const int64_t length = ck_min(PIECE, n - start);
    const int64_t padded = shifted(u, x + start, scale, shift, length);
    exponentials(e, u, padded);
    total += ck_run_sum(e, length);
  }
  if (classes == NULL) return total;
  for (int32_t k = 0; k < classes->count; k++) parts[k] = 0;
  double others = 0;
  for (int64_t i = 0; i < classes->others; i++) {
    const double value = ck_exp(scale * x[classes->tokens[i]] - shift);
    parts[classes->classes[i]] += value;
    others += value;
  }
  parts[classes->largest] = total > others ? total - others : 0;
  return total;
}

typedef struct swap_context {
  float *result;
  const float *first, *second;
  int64_t rows, columns;
  float scale;
  const ck_classes *classes;
} swap_context;

static CK_HOT void swap_row(const swap_context *c, int64_t row, double *parts) {
  const int64_t n = c->columns;
  const float *x = c->first + row * n, *y = c->second + row * n;
  float *z = c->result + row * n;
  const int32_t count = c->classes->count;
  double *firsts = parts, *seconds = parts + count;
  const double whole =
    class_sums(x, n, c->scale, c->scale * ck_run_maximum(x, n), c->classes, firsts);
  const double other =
    class_sums(y, n, c->scale, c->scale * ck_run_maximum(y, n), c->classes, seconds);
  // A class that the second rules out cannot be filled, and one that the first rules out is empty.
  for (int32_t k = 0; k < count; k++) {
    firsts[k] = seconds[k] > 0 ? log(firsts[k] / whole / (seconds[k] / other)) / c->scale : 0;
  }
  const float common = (float)firsts[c->classes->largest];
  CK_VECTORIZE
  for (int64_t i = 0; i < n; i++) z[i] = y[i] + common;
  for (int64_t i = 0; i < c->classes->others; i++) {
    const int32_t token = c->classes->tokens[i];
    z[token] = z[token] - common + (float)firsts[c->classes->classes[i]];
  }
}

static void swap_share(void *raw, int thread, int threads) {
  const swap_context *c = raw;
  int64_t begin, end;
  ck_share(c->rows, thread, threads, &begin, &end);
  if (begin == end) return;
  double *parts = ck_scratch(2 * c->classes->count * (int64_t)sizeof(double));
  for (int64_t row = begin; row < end; row++) swap_row(c, row, parts);
  free(parts);
}

void ck_swap_classes(
    float *result, const float *first, const float *second, int64_t rows, int64_t columns,
    float scale, const ck_classes *classes) {
  swap_context context = {result, first, second, rows, columns, scale, classes};
  ck_run(swap_share, &context, 12 * rows * columns);
}

// MARK: Comparing

/// What the second pass needs of a row: u = scale * x - shift is ln p.
typedef struct row_summary {
  float after, before;
} row_summary;

typedef struct compare_context {
  const ck_comparison *comparison;
  row_summary *summaries;
  /// ln(P / Q) of each class of each row, [rows, class].
  double *ratios;
} compare_context;

static CK_HOT void compare_row(const compare_context *context, int64_t row, double *parts) {
  const ck_comparison *c = context->comparison;
  const ck_classes *classes = c->classes;
  const int64_t n = c->columns;
  const int32_t count = classes == NULL ? 0 : classes->count;
  const float *x = c->after + row * n, *y = c->before + row * n;
  const float high = c->scale * ck_run_maximum(x, n), high0 = c->scale * ck_run_maximum(y, n);
  double *masses = parts, *masses0 = parts + count;
  const double sum = class_sums(x, n, c->scale, high, classes, masses);
  const double sum0 = class_sums(y, n, c->scale, high0, classes, masses0);
  const row_summary s = {(float)(high + log(sum)), (float)(high0 + log(sum0))};
  context->summaries[row] = s;
  double *ratios = context->ratios + row * count;
  double between = 0;
  for (int32_t k = 0; k < count; k++) {
    const double p = masses[k] / sum, q = masses0[k] / sum0;
    ratios[k] = p > 0 && q > 0 ? log(p / q) : 0;
    between += p * ratios[k];
  }
  const float common = count > 0 ? (float)ratios[classes->largest] : 0.0f;
  float u[PIECE], v[PIECE], e[PIECE];
  double total = 0, within = 0;
  for (int64_t start = 0; start < n; start += PIECE) {
    const int64_t length = ck_min(PIECE, n - start);
    const int64_t padded = shifted(u, x + start, c->scale, s.after, length);
    shifted(v, y + start, c->scale, s.before, length);
    exponentials(e, u, padded);
    CK_VECTORIZE
    for (int64_t i = 0; i < length; i++) v[i] = u[i] - v[i];
    total += ck_run_dot(e, v, length);
    if (count == 0) continue;
    CK_VECTORIZE
    for (int64_t i = 0; i < length; i++) v[i] -= common;
    within += ck_run_dot(e, v, length);
  }
  c->total[row] = total;
  if (c->targets != NULL) {
    c->target_log[row] = (double)(c->scale * y[c->targets[row]]) - (double)s.before;
  }
  if (count == 0) return;
  double rewarded = 0;
  for (int64_t i = 0; i < classes->others; i++) {
    const double p = ck_exp(c->scale * x[classes->tokens[i]] - s.after);
    within += p * ((double)common - ratios[classes->classes[i]]);
    rewarded += p;
  }
  c->between[row] = between;
  c->within[row] = within;
  c->rewarded[row] = rewarded;
}

static void compare_share(void *raw, int thread, int threads) {
  const compare_context *context = raw;
  const ck_comparison *c = context->comparison;
  int64_t begin, end;
  ck_share(c->rows, thread, threads, &begin, &end);
  if (begin == end) return;
  const int32_t count = c->classes == NULL ? 0 : c->classes->count;
  double *parts = ck_scratch((2 * count + 1) * (int64_t)sizeof(double));
  for (int64_t row = begin; row < end; row++) compare_row(context, row, parts);
  free(parts);
}

/// Adds the summands of a piece of the columns, row after row, so that the sums are the same for any
/// number of threads.
static CK_HOT void share_piece(const compare_context *context, int64_t start, int64_t length) {
  const ck_comparison *c = context->comparison;
  const int32_t count = c->classes == NULL ? 0 : c->classes->count;
  float u[PIECE], v[PIECE], e[PIECE];
  for (int64_t row = 0; row < c->rows; row++) {
    const row_summary s = context->summaries[row];
    const int64_t padded =
      shifted(u, c->after + row * c->columns + start, c->scale, s.after, length);
    shifted(v, c->before + row * c->columns + start, c->scale, s.before, length);
    exponentials(e, u, padded);
    CK_VECTORIZE
    for (int64_t i = 0; i < length; i++) v[i] = u[i] - v[i];
    double *share = c->share + start;
    for (int64_t i = 0; i < length; i++) share[i] += (double)(e[i] * v[i]);
    if (count == 0) continue;
    const float common = (float)context->ratios[row * count + c->classes->largest];
    double *within = c->share_within + start;
    for (int64_t i = 0; i < length; i++) within[i] += (double)(e[i] * (v[i] - common));
  }
}

static void share_columns(void *raw, int thread, int threads) {
  const compare_context *context = raw;
  const int64_t columns = context->comparison->columns;
  int64_t begin, end;
  ck_share(ck_ceil_div(columns, PIECE), thread, threads, &begin, &end);
  for (int64_t piece = begin; piece < end; piece++) {
    const int64_t start = piece * PIECE;
    share_piece(context, start, ck_min(PIECE, columns - start));
  }
}

void ck_compare(const ck_comparison *c) {
  const int32_t count = c->classes == NULL ? 0 : c->classes->count;
  compare_context context = {
    c, ck_scratch(ck_max(c->rows, 1) * (int64_t)sizeof(row_summary)),
    ck_scratch(ck_max(c->rows * count, 1) * (int64_t)sizeof(double))};
  ck_run(compare_share, &context, 24 * c->rows * c->columns);
  if (c->share != NULL) {
    ck_run(share_columns, &context, 12 * c->rows * c->columns);
    // Tokens of other classes have another ratio than the one that was taken off above.
    for (int64_t row = 0; count > 0 && row < c->rows; row++) {
      const double *ratios = context.ratios + row * count;
      const double common = (float)ratios[c->classes->largest];
      for (int64_t i = 0; i < c->classes->others; i++) {
        const int32_t token = c->classes->tokens[i];
        const float logit = c->after[row * c->columns + token];
        const double p = exp((double)(c->scale * logit - context.summaries[row].after));
        c->share_within[token] += p * (common - ratios[c->classes->classes[i]]);
      }
    }
  }
  free(context.ratios);
  free(context.summaries);
}
