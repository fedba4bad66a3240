#include "support.h"

typedef struct rotary_context {
  float *y;
  const float *x;
  const float *cosine;
  const float *sine;
  int64_t tokens;
  int64_t positions;
  int64_t heads;
  int64_t width;
  int64_t rotated;
  ck_rotary_pairing pairing;
  bool inverse;
} rotary_context;

static CK_HOT void rotate_token(const rotary_context *c, int64_t token) {
  const int64_t half = c->rotated / 2;
  const float *cosine = c->cosine + token % c->positions * half;
  const float *sine = c->sine + token % c->positions * half;
  const float sign = c->inverse ? -1.0f : 1.0f;
  for (int64_t h = 0; h < c->heads; h++) {
    const int64_t at = (token * c->heads + h) * c->width;
    const float *x = c->x + at;
    float *y = c->y + at;
    if (c->pairing == CK_ROTATE_HALF) {
      CK_VECTORIZE
      for (int64_t i = 0; i < half; i++) {
        const float u = x[i];
        const float v = x[i + half];
        const float s = sign * sine[i];
        y[i] = u * cosine[i] - v * s;
        y[i + half] = v * cosine[i] + u * s;
      }
    } else {
      CK_VECTORIZE
      for (int64_t i = 0; i < half; i++) {
        const float u = x[2 * i];
        const float v = x[2 * i + 1];
        const float s = sign * sine[i];
        y[2 * i] = u * cosine[i] - v * s;
        y[2 * i + 1] = v * cosine[i] + u * s;
      }
    }
    if (y != x) {
      const int64_t rest = c->width - c->rotated;
      memcpy(y + c->rotated, x + c->rotated, (size_t)rest * sizeof(float));
    }
  }
}

static void rotary_share(void *raw, int thread, int threads) {
  const rotary_context *c = raw;
  int64_t begin, end;
  ck_share(c->tokens, thread, threads, &begin, &end);
  for (int64_t t = begin; t < end; t++) rotate_token(c, t);
}

void ck_rotary(
    float *y, const float *x, const float *cosine, const float *sine, int64_t batch,
    int64_t positions, int64_t heads, int64_t width, int64_t rotated, ck_rotary_pairing pairing,
    bool inverse) {
  rotary_context context = {
    y, x, cosine, sine, batch * positions, positions, heads, width, rotated, pairing, inverse};
  ck_run(rotary_share, &context, batch * positions * heads * width);
}
