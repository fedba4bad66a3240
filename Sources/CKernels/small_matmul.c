#include "lanes.h"
#include "support.h"

// Products of a few rows with a large matrix, bound by the reading of the matrix. A tile of weight
// rows and input rows is summed at once; element k of a product always goes to lane k % 16, so that
// the tile makes no difference to the result.

/// Weight rows that a thread takes at a time.
#define GROUP 4

typedef uint16_t ck_short16 __attribute__((vector_size(32)));
typedef uint32_t ck_word16 __attribute__((vector_size(64)));
typedef int8_t ck_byte16 __attribute__((vector_size(16)));

typedef struct matmul_context {
  float *y;
  const float *x;
  const void *weights;
  const float *scale;
  const float *bias;
  int64_t y_stride;
  int64_t x_stride;
  int64_t m;
  int64_t n;
  int64_t k;
  ck_weight_type type;
} matmul_context;

/// Widens 16 weights, or fewer and zeros.
CK_INLINE void load_weights(
    ck_float16 *v, const void *row, ck_weight_type type, int64_t at, int64_t left) {
  const size_t count = (size_t)ck_min(left, 16);
  if (type == CK_WEIGHT_FLOAT32) {
    const float *from = (const float *)row + at;
    if (left >= 16) {
      memcpy(v, from, sizeof *v);
    } else {
      ck_load_part(v, from, left, 0.0f);
    }
  } else if (type == CK_WEIGHT_BFLOAT16) {
    ck_short16 bits = {0};
    if (left >= 16) {
      memcpy(&bits, (const uint16_t *)row + at, sizeof bits);
    } else {
      memcpy(&bits, (const uint16_t *)row + at, count * sizeof(uint16_t));
    }
    *v = (ck_float16)(__builtin_convertvector(bits, ck_word16) << 16);
  } else {
    ck_byte16 bytes = {0};
    if (left >= 16) {
      memcpy(&bytes, (const int8_t *)row + at, sizeof bytes);
    } else {
      memcpy(&bytes, (const int8_t *)row + at, count);
    }
    *v = __builtin_convertvector(__builtin_convertvector(bytes, ck_int16), ck_float16);
  }
}

CK_INLINE int64_t weight_bytes(ck_weight_type type) {
  return type == CK_WEIGHT_FLOAT32 ? 4 : (type == CK_WEIGHT_BFLOAT16 ? 2 : 1);
}

/// y[i, j] for M input rows from i and N weight rows from j. M and N are constants.
CK_INLINE void tile(
    const matmul_context *c, int64_t i, int64_t j, const int64_t M, const int64_t N,
    ck_weight_type type) {
  ck_float16 sum[6] = {{0}};
  ck_float16 w[4], v;
  const int64_t k = c->k;
  const char *rows = (const char *)c->weights + j * k * weight_bytes(type);
  const float *x = c->x + i * c->x_stride;
  int64_t at = 0;
  for (; at + 16 <= k; at += 16) {
    for (int64_t b = 0; b < N; b++) {
      const char *row = rows + b * k * weight_bytes(type);
      load_weights(&w[b], row, type, at, 16);
      // The same place in the next group: nobody else sees this jump coming.
      if (i == 0 && c->m <= 8) {
        __builtin_prefetch(row + (GROUP * k + at) * weight_bytes(type));
      }
    }
    for (int64_t a = 0; a < M; a++) {
      memcpy(&v, x + a * c->x_stride + at, sizeof v);
      for (int64_t b = 0; b < N; b++) sum[a * N + b] += v * w[b];
    }
  }
  if (at < k) {
    for (int64_t b = 0; b < N; b++) {
      load_weights(&w[b], rows + b * k * weight_bytes(type), type, at, k - at);
    }
    for (int64_t a = 0; a < M; a++) {
      ck_load_part(&v, x + a * c->x_stride + at, k - at, 0.0f);
      for (int64_t b = 0; b < N; b++) sum[a * N + b] += v * w[b];
    }
  }
  for (int64_t a = 0; a < M; a++) {
    for (int64_t b = 0; b < N; b++) {
      float total = ck_add_lanes(&sum[a * N + b]);
      if (type == CK_WEIGHT_INT8) total *= c->scale[j + b];
      if (c->bias != NULL) total += c->bias[j + b];
      c->y[(i + a) * c->y_stride + j + b] = total;
    }
  }
}

/// All input rows against weight rows j ..< j + count, which stay in L1.
CK_INLINE void group(const matmul_context *c, int64_t j, int64_t count, ck_weight_type type) {
  int64_t i = 0;
  if (c->m == 1 && count == 4) {
    tile(c, 0, j, 1, 4, type);
    return;
  }
  for (; i + 3 <= c->m && c->m - i != 4; i += 3) {
    int64_t b = 0;
    for (; b + 2 <= count; b += 2) tile(c, i, j + b, 3, 2, type);
    if (b < count) tile(c, i, j + b, 3, 1, type);
  }
  for (; i + 2 <= c->m; i += 2) {
    int64_t b = 0;
    for (; b + 2 <= count; b += 2) tile(c, i, j + b, 2, 2, type);
    if (b < count) tile(c, i, j + b, 2, 1, type);
  }
  for (int64_t b = 0; i < c->m && b < count; b++) tile(c, i, j + b, 1, 1, type);
}

static CK_HOT void matmul_rows(const matmul_context *c, int64_t begin, int64_t end) {
  for (int64_t j = begin; j < end; j += GROUP) {
    const int64_t count = ck_min(GROUP, end - j);
    switch (c->type) {
      case CK_WEIGHT_FLOAT32: group(c, j, count, CK_WEIGHT_FLOAT32); break;
      case CK_WEIGHT_BFLOAT16: group(c, j, count, CK_WEIGHT_BFLOAT16); break;
      case CK_WEIGHT_INT8: group(c, j, count, CK_WEIGHT_INT8); break;
    }
  }
}

static void matmul_share(void *raw, int thread, int threads) {
  const matmul_context *c = raw;
  int64_t begin, end;
  ck_share(ck_ceil_div(c->n, GROUP), thread, threads, &begin, &end);
  matmul_rows(c, begin * GROUP, ck_min(end * GROUP, c->n));
}

void ck_small_matmul(
    float *y, int64_t y_stride, const float *x, int64_t x_stride, const void *weights,
    ck_weight_type type, const float *scale, const float *bias, int64_t m, int64_t n, int64_t k) {
  matmul_context context = {y, x, weights, scale, bias, y_stride, x_stride, m, n, k, type};
  ck_run(matmul_share, &context, n * k);
}
