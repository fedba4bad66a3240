#include "distributions.h"
#include "support.h"

// Policies as rows of logits. Each row is read twice for its statistics and once for its gradient,
// in pieces that stay in L1.

typedef struct policy_context {
  const ck_policy *policy;
  float *gradient;
  const float *log_weight;
  const float *kl_weight;
  const float *entropy_weight;
} policy_context;

typedef void (*row_function)(const policy_context *c, int64_t row);

static CK_HOT void statistics_row(const policy_context *c, int64_t row) {
  const ck_policy *p = c->policy;
  const int64_t n = p->columns;
  const float scale = p->scale;
  const float *z = p->logits + row * n;
  const float *z0 = p->reference == NULL ? NULL : p->reference + row * n;
  const int32_t target = p->targets[row];
  // scale is positive, so that the largest logit stays the largest.
  const float largest = scale * ck_run_maximum(z, n);
  const float largest0 = z0 == NULL ? 0.0f : scale * ck_run_maximum(z0, n);

  float u[PIECE], e[PIECE], u0[PIECE], e0[PIECE];
  double sum = 0, sum0 = 0, dot = 0, difference = 0;
  for (int64_t start = 0; start < n; start += PIECE) {
    const int64_t length = ck_min(PIECE, n - start);
    const int64_t padded = shifted(u, z + start, scale, largest, length);
    exponentials(e, u, padded);
    sum += ck_run_sum(e, length);
    dot += ck_run_dot(e, u, length);
    if (z0 == NULL) continue;
    shifted(u0, z0 + start, scale, largest0, length);
    exponentials(e0, u0, padded);
    sum0 += ck_run_sum(e0, length);
    CK_VECTORIZE
    for (int64_t i = 0; i < length; i++) u0[i] = u[i] - u0[i];
    difference += ck_run_dot(e, u0, length);
  }
  const double logarithm = log(sum);
  p->log_probability[row] = (float)((double)(scale * z[target] - largest) - logarithm);
  p->entropy[row] = (float)(logarithm - dot / sum);
  p->logsumexp[row] = (float)(largest + logarithm);
  if (z0 == NULL) return;
  const double logarithm0 = log(sum0);
  p->reference_log_probability[row] =
    (float)((double)(scale * z0[target] - largest0) - logarithm0);
  p->kl[row] = (float)(difference / sum - (logarithm - logarithm0));
  p->reference_logsumexp[row] = (float)(largest0 + logarithm0);
}

static CK_HOT void gradient_row(const policy_context *c, int64_t row) {
  const ck_policy *p = c->policy;
  const int64_t n = p->columns;
  const float scale = p->scale;
  const float *z = p->logits + row * n;
  float *dz = c->gradient + row * n;
  const int32_t target = p->targets[row];
  const float w = c->log_weight[row];
  const float k = p->reference == NULL || c->kl_weight == NULL ? 0.0f : c->kl_weight[row];
  const float h = c->entropy_weight == NULL ? 0.0f : c->entropy_weight[row];
  const float logsumexp = p->logsumexp[row];

  // scale * p * (w + k (lp - lp0 - kl) + h (lp + entropy)), the part that all tokens have.
  const float offset = w - (k == 0.0f ? 0.0f : k * p->kl[row]) + h * p->entropy[row];
  float u[PIECE], e[PIECE];
  for (int64_t start = 0; start < n; start += PIECE) {
    const int64_t length = ck_min(PIECE, n - start);
    const int64_t padded = shifted(u, z + start, scale, logsumexp, length);
    exponentials(e, u, padded);
    if (k == 0.0f) {
      CK_VECTORIZE
      for (int64_t i = 0; i < length; i++) dz[start + i] = scale * e[i] * (offset + h * u[i]);
    } else {
      const float *z0 = p->reference + row * n + start;
      const float logsumexp0 = p->reference_logsumexp[row];
      CK_VECTORIZE
      for (int64_t i = 0; i < length; i++) {
        const float u0 = scale * z0[i] - logsumexp0;
        dz[start + i] = scale * e[i] * (offset + k * (u[i] - u0) + h * u[i]);
      }
    }
  }
  dz[target] -= scale * w;
}

typedef struct rows_context {
  const policy_context *context;
  row_function function;
} rows_context;

static void rows_share(void *raw, int thread, int threads) {
  const rows_context *c = raw;
  int64_t begin, end;
  ck_share(c->context->policy->rows, thread, threads, &begin, &end);
  for (int64_t r = begin; r < end; r++) c->function(c->context, r);
}

static void run_rows(row_function function, const policy_context *context) {
  rows_context rows = {context, function};
  ck_run(rows_share, &rows, 8 * context->policy->rows * context->policy->columns);
}

void ck_policy_statistics(const ck_policy *policy) {
  const policy_context context = {.policy = policy};
  run_rows(statistics_row, &context);
}

void ck_policy_gradient(
    const ck_policy *policy, float *gradient, const float *log_weight, const float *kl_weight,
    const float *entropy_weight) {
  const policy_context context = {
    .policy = policy, .gradient = gradient, .log_weight = log_weight, .kl_weight = kl_weight,
    .entropy_weight = entropy_weight};
  run_rows(gradient_row, &context);
}
