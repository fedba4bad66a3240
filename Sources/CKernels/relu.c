#include "support.h"

// The two gradients that a vision network runs at every layer, without a program's overhead.

typedef struct relu_context {
  float *result;
  const float *a;
  const float *b;
  const float *y;
  int64_t count;
} relu_context;

static CK_HOT void mask(float *result, const float *a, const float *y, int64_t count) {
  CK_VECTORIZE
  for (int64_t i = 0; i < count; i++) result[i] = y[i] > 0.0f ? a[i] : 0.0f;
}

static CK_HOT void mask_sum(
    float *result, const float *a, const float *b, const float *y, int64_t count) {
  CK_VECTORIZE
  for (int64_t i = 0; i < count; i++) result[i] = y[i] > 0.0f ? a[i] + b[i] : 0.0f;
}

static void mask_share(void *raw, int thread, int threads) {
  const relu_context *c = raw;
  int64_t begin, end;
  ck_share(c->count, thread, threads, &begin, &end);
  if (c->b == NULL) {
    mask(c->result + begin, c->a + begin, c->y + begin, end - begin);
  } else {
    mask_sum(c->result + begin, c->a + begin, c->b + begin, c->y + begin, end - begin);
  }
}

void ck_relu_gradient(float *result, const float *dy, const float *y, int64_t count) {
  relu_context context = {result, dy, NULL, y, count};
  ck_run(mask_share, &context, count);
}

void ck_relu_gradient_sum(
    float *result, const float *a, const float *b, const float *y, int64_t count) {
  relu_context context = {result, a, b, y, count};
  ck_run(mask_share, &context, count);
}
