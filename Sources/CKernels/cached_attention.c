#include "lanes.h"
#include "support.h"

// Attention of one query over a cache. Positions are taken in chunks of 64: the running maximum and
// sum are corrected at each chunk (Milakov and Gimelshein, "Online normalizer calculation for
// softmax", 2018), so that one pass over the keys and one over the values suffice.

#define CHUNK 64

typedef struct attention_context {
  const ck_cached_attention *shape;
  float *out;
  const float *q;
  const float *keys;
  const float *values;
  const int32_t *lengths;
} attention_context;

/// out = correction * out + sum over t of p[t] * values[t], 32 columns at a time.
CK_INLINE void add_values(
    float *out, const float *p, const float *values, int64_t count, int64_t width,
    float correction) {
  int64_t j = 0;
  for (; j + 32 <= width; j += 32) {
    ck_float16 first, second, v;
    memcpy(&first, out + j, sizeof first);
    memcpy(&second, out + j + 16, sizeof second);
    first *= correction;
    second *= correction;
    for (int64_t t = 0; t < count; t++) {
      memcpy(&v, values + t * width + j, sizeof v);
      first += p[t] * v;
      memcpy(&v, values + t * width + j + 16, sizeof v);
      second += p[t] * v;
    }
    memcpy(out + j, &first, sizeof first);
    memcpy(out + j + 16, &second, sizeof second);
  }
  for (; j < width; j++) {
    float sum = correction * out[j];
    for (int64_t t = 0; t < count; t++) sum += p[t] * values[t * width + j];
    out[j] = sum;
  }
}

static CK_HOT void attend(const attention_context *c, int64_t item) {
  const ck_cached_attention *s = c->shape;
  const int64_t width = s->width;
  const int64_t b = item / s->heads;
  const int64_t key_head = item % s->heads / (s->heads / s->key_heads);
  const int64_t start = (b * s->key_heads + key_head) * s->capacity * width;
  const float *q = c->q + item * width;
  float *out = c->out + item * width;
  memset(out, 0, (size_t)width * sizeof(float));
  float largest = -INFINITY;
  float sum = 0;
  const int64_t length = ck_min(c->lengths[b], s->capacity);
  for (int64_t first = 0; first < length; first += CHUNK) {
    const int64_t count = ck_min(CHUNK, length - first);
    float p[CHUNK] = {0};
    for (int64_t t = 0; t < count; t++) {
      p[t] = s->scale * ck_run_dot(q, c->keys + start + (first + t) * width, width);
    }
    const float next = ck_maximum(largest, ck_run_maximum(p, count));
    const float correction = first == 0 ? 0.0f : ck_exp(largest - next);
    CK_VECTORIZE
    for (int64_t t = 0; t < CHUNK; t++) p[t] = ck_exp(p[t] - next);
    sum = correction * sum + ck_run_sum(p, count);
    add_values(out, p, c->values + start + first * width, count, width, correction);
    largest = next;
  }
  if (length <= 0) return;
  const float factor = 1.0f / sum;
  for (int64_t j = 0; j < width; j++) out[j] *= factor;
}

static void attention_share(void *raw, int thread, int threads) {
  const attention_context *c = raw;
  int64_t begin, end;
  ck_share(c->shape->batch * c->shape->heads, thread, threads, &begin, &end);
  for (int64_t i = begin; i < end; i++) attend(c, i);
}

void ck_cached_attention_forward(
    const ck_cached_attention *shape, float *out, const float *q, const float *keys,
    const float *values, const int32_t *lengths) {
  attention_context context = {shape, out, q, keys, values, lengths};
  int64_t positions = 0;
  for (int64_t b = 0; b < shape->batch; b++) positions += ck_max(lengths[b], 0);
  ck_run(attention_share, &context, 2 * positions * shape->heads * shape->width);
}
