#include "support.h"

// Optimizer steps. Scalars are prepared in double and rounded once, as torch does.

typedef struct optimizer_context {
  float *parameters;
  float *first;
  float *second;
  const float *gradient;
  int64_t count;
  const ck_sgd *sgd;
  float gradient_scale;
  float decay;
  float take1;
  float beta2;
  float take2;
  float correction;
  float epsilon;
  float step_size;
} optimizer_context;

static CK_HOT void adamw(const optimizer_context *c, int64_t begin, int64_t end) {
  float *parameters = c->parameters;
  float *first = c->first;
  float *second = c->second;
  const float *gradient = c->gradient;
  const float scale = c->gradient_scale, decay = c->decay, take1 = c->take1, beta2 = c->beta2;
  const float take2 = c->take2, correction = c->correction, epsilon = c->epsilon;
  const float step_size = c->step_size;
  CK_VECTORIZE
  for (int64_t i = begin; i < end; i++) {
    const float g = scale * gradient[i];
    const float m = first[i] + take1 * (g - first[i]);
    const float v = beta2 * second[i] + take2 * (g * g);
    first[i] = m;
    second[i] = v;
    parameters[i] = decay * parameters[i] - step_size * (m / (CK_SQRT(v) / correction + epsilon));
  }
}

static void adamw_share(void *raw, int thread, int threads) {
  const optimizer_context *c = raw;
  int64_t begin, end;
  ck_share(c->count, thread, threads, &begin, &end);
  adamw(c, begin, end);
}

void ck_adamw_step(
    const ck_adamw *options, float *parameters, float *first_moment, float *second_moment,
    const float *gradient, int64_t count) {
  const double step = (double)options->step;
  optimizer_context context = {
    .parameters = parameters, .first = first_moment, .second = second_moment,
    .gradient = gradient, .count = count,
    .gradient_scale = (float)options->gradient_scale,
    .decay = (float)(1 - options->learning_rate * options->weight_decay),
    .take1 = (float)(1 - options->beta1),
    .beta2 = (float)options->beta2,
    .take2 = (float)(1 - options->beta2),
    .correction = (float)sqrt(1 - pow(options->beta2, step)),
    .epsilon = (float)options->epsilon,
    .step_size = (float)(options->learning_rate / (1 - pow(options->beta1, step))),
  };
  ck_run(adamw_share, &context, 4 * count);
}

static CK_HOT void sgd(const optimizer_context *c, int64_t begin, int64_t end) {
  const ck_sgd *o = c->sgd;
  float *parameters = c->parameters;
  float *velocity = c->first;
  const float *gradient = c->gradient;
  const float rate = (float)o->learning_rate, momentum = (float)o->momentum;
  const float decay = (float)o->weight_decay, scale = (float)o->gradient_scale;
  // On the first step the velocity becomes the gradient, undamped.
  const float kept = o->first_step ? 0.0f : momentum;
  const float taken = o->first_step ? 1.0f : (float)(1 - o->dampening);
  const bool fresh = o->first_step;
  if (velocity == NULL) {
    CK_VECTORIZE
    for (int64_t i = begin; i < end; i++) {
      parameters[i] -= rate * (scale * gradient[i] + decay * parameters[i]);
    }
    return;
  }
  const float ahead = o->nesterov ? momentum : 1.0f;
  const float direct = o->nesterov ? 1.0f : 0.0f;
  CK_VECTORIZE
  for (int64_t i = begin; i < end; i++) {
    const float g = scale * gradient[i] + decay * parameters[i];
    const float v = fresh ? g : kept * velocity[i] + taken * g;
    velocity[i] = v;
    parameters[i] -= rate * (direct * g + ahead * v);
  }
}

static void sgd_share(void *raw, int thread, int threads) {
  const optimizer_context *c = raw;
  int64_t begin, end;
  ck_share(c->count, thread, threads, &begin, &end);
  sgd(c, begin, end);
}

void ck_sgd_step(
    const ck_sgd *options, float *parameters, float *velocity, const float *gradient,
    int64_t count) {
  optimizer_context context = {
    .parameters = parameters, .first = options->momentum == 0 ? NULL : velocity,
    .gradient = gradient, .count = count, .sgd = options};
  ck_run(sgd_share, &context, 2 * count);
}
