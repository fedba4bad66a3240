#include "support.h"
#include "vector_math.h"

// Local response normalization. The work is cut into strips of a few neighboring pixels. A strip's
// channels go to scratch memory with zeros around them, in lines: a line holds all channels of one
// pixel (blocked layouts) or of 32 pixels side by side (plain layout). Every window is then a sum
// of vectors at fixed distances.

#define PLAIN_PIXELS 32
#define BLOCKED_PIXELS 64

typedef struct lrn_context {
  const ck_lrn *lrn;
  float *result;
  float *root_out;
  const float *root_in;
  const float *x;
  const float *dy;
  int64_t strips;
} lrn_context;

/// Where a strip lies. Run (k, p), k < segments, p < lines, of `length` elements, starts at
/// start + k * stride + p * block in memory, and at p * line + k * step in scratch.
typedef struct strip {
  int64_t start;
  int64_t segments;
  int64_t stride;
  int64_t lines;
  int64_t length;
} strip;

typedef struct strip_scratch {
  float *q;
  float *sums;
  float *roots;
  /// Elements from line to line: all channels and the zeros.
  int64_t line;
} strip_scratch;

/// A loop over the runs of a strip: `at` is the place in memory, `in` the place in scratch.
#define FOR_EACH_RUN(s, scratch, block)                                                  \
  for (int64_t k = 0; k < (s).segments; k++)                                             \
    for (int64_t p = 0, at = (s).start + k * (s).stride,                                 \
                 in = k * ((block) == 1 ? PLAIN_PIXELS : (block)),                       \
                 length = (block) == 1 ? (s).length : (block);                           \
         p < (s).lines; p++, at += (block), in += (scratch)->line)

CK_INLINE int64_t strip_pixels(int64_t block) {
  return block == 1 ? PLAIN_PIXELS : BLOCKED_PIXELS;
}

CK_INLINE strip find_strip(const ck_lrn *lrn, int64_t index, int64_t block) {
  const int64_t per_image = ck_ceil_div(lrn->spatial, strip_pixels(block));
  const int64_t pixel = index % per_image * strip_pixels(block);
  const int64_t pixels = ck_min(strip_pixels(block), lrn->spatial - pixel);
  strip s;
  s.start = index / per_image * lrn->channels * lrn->spatial + pixel * block;
  s.segments = lrn->channels / block;
  s.stride = lrn->spatial * block;
  s.lines = block == 1 ? 1 : pixels;
  s.length = block == 1 ? pixels : block;
  return s;
}

/// sum[i] = q[i] + q[i + unit] + ... + q[i + 2 radius unit]; whole vectors are written.
CK_INLINE void window_sums(
    float *sum, const float *q, int64_t count, int64_t unit, int32_t radius) {
  for (int64_t i = 0; i < count; i += 16) {
    ck_float16 total, next;
    memcpy(&total, q + i, sizeof total);
    for (int32_t j = 1; j <= 2 * radius; j++) {
      memcpy(&next, q + i + j * unit, sizeof next);
      total += next;
    }
    memcpy(sum + i, &total, sizeof total);
  }
}

/// scale^-beta from root = scale^(-1/2).
CK_INLINE float decay(float root, float beta) {
  if (beta == 0.5f) return root;
  if (beta == 0.75f) return root * CK_SQRT(root);
  return ck_pow(root, 2.0f * beta);
}

/// Computes scale^(-1/2) of a strip from x.
CK_INLINE void find_roots(
    const lrn_context *c, const strip *s, const strip_scratch *scratch, float *roots,
    int64_t block, int32_t radius) {
  const int64_t unit = block == 1 ? PLAIN_PIXELS : 1;
  FOR_EACH_RUN(*s, scratch, block) {
    float *to = scratch->q + radius * unit + in;
    const float *x = c->x + at;
    CK_VECTORIZE
    for (int64_t i = 0; i < length; i++) to[i] = x[i] * x[i];
  }
  const int64_t count = s->lines * scratch->line;
  window_sums(roots, scratch->q, count, unit, radius);
  const float constant = c->lrn->k;
  const float alpha = c->lrn->alpha;
  CK_VECTORIZE
  for (int64_t i = 0; i < count; i++) roots[i] = 1.0f / CK_SQRT(constant + alpha * roots[i]);
}

CK_INLINE void forward_strip(
    const lrn_context *c, int64_t index, const strip_scratch *scratch, int64_t block,
    int32_t radius, float beta) {
  const strip s = find_strip(c->lrn, index, block);
  find_roots(c, &s, scratch, scratch->roots, block, radius);
  FOR_EACH_RUN(s, scratch, block) {
    const float *root = scratch->roots + in;
    const float *x = c->x + at;
    float *y = c->result + at;
    CK_VECTORIZE
    for (int64_t i = 0; i < length; i++) y[i] = x[i] * decay(root[i], beta);
    if (c->root_out != NULL) memcpy(c->root_out + at, root, (size_t)length * sizeof(float));
  }
}

CK_INLINE void gradient_strip(
    const lrn_context *c, int64_t index, const strip_scratch *scratch, int64_t block,
    int32_t radius, float beta) {
  const strip s = find_strip(c->lrn, index, block);
  const int64_t unit = block == 1 ? PLAIN_PIXELS : 1;
  const bool given = c->root_in != NULL;
  if (!given) find_roots(c, &s, scratch, scratch->roots, block, radius);
  FOR_EACH_RUN(s, scratch, block) {
    const float *root = given ? c->root_in + at : scratch->roots + in;
    const float *x = c->x + at;
    const float *dy = c->dy + at;
    float *to = scratch->q + radius * unit + in;
    CK_VECTORIZE
    for (int64_t i = 0; i < length; i++) {
      to[i] = dy[i] * x[i] * (decay(root[i], beta) * (root[i] * root[i]));
    }
  }
  window_sums(scratch->sums, scratch->q, s.lines * scratch->line, unit, radius);
  const float factor = 2.0f * c->lrn->alpha * beta;
  FOR_EACH_RUN(s, scratch, block) {
    const float *root = given ? c->root_in + at : scratch->roots + in;
    const float *sum = scratch->sums + in;
    const float *x = c->x + at;
    const float *dy = c->dy + at;
    float *dx = c->result + at;
    CK_VECTORIZE
    for (int64_t i = 0; i < length; i++) {
      dx[i] = dy[i] * decay(root[i], beta) - factor * x[i] * sum[i];
    }
  }
}

CK_INLINE void run_strips(
    const lrn_context *c, const strip_scratch *scratch, int64_t begin, int64_t end, int64_t block,
    int32_t radius, float beta) {
  for (int64_t i = begin; i < end; i++) {
    if (c->dy == NULL) {
      forward_strip(c, i, scratch, block, radius, beta);
    } else {
      gradient_strip(c, i, scratch, block, radius, beta);
    }
  }
}

/// Constants for what occurs in practice let the compiler unroll: radius 5, beta 1/2.
#define WITH_CONSTANTS(block)                                  \
  if (radius == 5 && beta == 0.5f) {                           \
    run_strips(c, scratch, begin, end, block, 5, 0.5f);        \
  } else {                                                     \
    run_strips(c, scratch, begin, end, block, radius, beta);   \
  }

static CK_HOT void lrn_strips(
    const lrn_context *c, const strip_scratch *scratch, int64_t begin, int64_t end) {
  const int32_t radius = c->lrn->radius;
  const float beta = c->lrn->beta;
  switch (c->lrn->block) {
    case 16: WITH_CONSTANTS(16) break;
    case 8: WITH_CONSTANTS(8) break;
    default: WITH_CONSTANTS(1) break;
  }
}

static void lrn_share(void *raw, int thread, int threads) {
  const lrn_context *c = raw;
  const ck_lrn *lrn = c->lrn;
  int64_t begin, end;
  ck_share(c->strips, thread, threads, &begin, &end);
  if (begin == end) return;
  const int64_t unit = lrn->block == 1 ? PLAIN_PIXELS : 1;
  const int64_t lines = lrn->block == 1 ? 1 : BLOCKED_PIXELS;
  const int64_t line = ck_ceil_div((lrn->channels + 2 * lrn->radius) * unit, 16) * 16;
  // The windows at the end of the last line reach beyond it.
  const int64_t room = lines * line + ck_ceil_div(2 * lrn->radius * unit, 16) * 16 + 16;
  float *memory = ck_scratch(3 * room * (int64_t)sizeof(float));
  memset(memory, 0, (size_t)(3 * room) * sizeof(float));
  const strip_scratch scratch = {memory, memory + room, memory + 2 * room, line};
  lrn_strips(c, &scratch, begin, end);
  free(memory);
}

static void run_lrn(lrn_context *c) {
  c->strips = c->lrn->batch * ck_ceil_div(c->lrn->spatial, strip_pixels(c->lrn->block));
  ck_run(lrn_share, c, 4 * c->lrn->batch * c->lrn->channels * c->lrn->spatial);
}

void ck_lrn_forward(const ck_lrn *lrn, float *y, float *root, const float *x) {
  lrn_context context = {.lrn = lrn, .result = y, .root_out = root, .x = x};
  run_lrn(&context);
}

void ck_lrn_gradient(
    const ck_lrn *lrn, float *dx, const float *dy, const float *x, const float *root) {
  lrn_context context = {.lrn = lrn, .result = dx, .root_in = root, .x = x, .dy = dy};
  run_lrn(&context);
}
