#include "lanes.h"
#include "support.h"

// Number formats. Halves are converted by integer arithmetic: the baseline has no instruction.

typedef struct convert_context {
  void *result;
  const void *x;
  float *scales;
  int64_t count;
  int64_t columns;
  float scale;
  float offset;
} convert_context;

#define CONVERSION(name, from_type, to_type, expression)                         \
  static CK_HOT void name##_range(const convert_context *c, int64_t begin, int64_t end) { \
    const from_type *x = c->x;                                                   \
    to_type *y = c->result;                                                      \
    CK_VECTORIZE                                                                 \
    for (int64_t i = begin; i < end; i++) y[i] = (expression);                   \
  }                                                                              \
  static void name##_share(void *raw, int thread, int threads) {                 \
    const convert_context *c = raw;                                              \
    int64_t begin, end;                                                          \
    ck_share(c->count, thread, threads, &begin, &end);                           \
    name##_range(c, begin, end);                                                 \
  }

/// Nearest half. Normal numbers are rounded by carrying; small ones by the addition of 1/2, whose
/// last place is that of the subnormal halves.
CK_INLINE uint16_t to_half(float x) {
  const uint32_t sign = (ck_bits(x) >> 16) & 0x8000u;
  const uint32_t bits = ck_bits(x) & 0x7fffffffu;
  const uint32_t rounded = (bits + 0xc8000fffu + ((bits >> 13) & 1)) >> 13;
  const uint32_t small = ck_bits(ck_from_bits(bits) + 0.5f) - 0x3f000000u;
  const uint32_t special = bits > 0x7f800000u ? 0x7e00u : 0x7c00u;
  const uint32_t finite = bits < 0x38800000u ? small : rounded;
  return (uint16_t)(sign | (bits >= 0x47800000u ? special : finite));
}

CK_INLINE float from_half(uint16_t h) {
  const uint32_t sign = (uint32_t)(h & 0x8000u) << 16;
  const uint32_t shifted = (uint32_t)(h & 0x7fffu) << 13;
  const uint32_t exponent = shifted & 0x0f800000u;
  const uint32_t normal = shifted + (exponent == 0x0f800000u ? 0x70000000u : 0x38000000u);
  const float small = ck_from_bits(shifted + 0x38800000u) - 0x1p-14f;
  return ck_from_bits(sign | (exponent == 0 ? ck_bits(small) : normal));
}

CONVERSION(to_bfloat16, float, uint16_t, ck_bfloat16_bits(x[i]))
CONVERSION(bfloat16, uint16_t, float, ck_from_bfloat16(x[i]))
CONVERSION(to_half, float, uint16_t, to_half(x[i]))
CONVERSION(half, uint16_t, float, from_half(x[i]))
CONVERSION(byte, uint8_t, float, c->scale * (float)x[i] + c->offset)

void ck_float_to_bfloat16(uint16_t *result, const float *x, int64_t count) {
  convert_context context = {.result = result, .x = x, .count = count};
  ck_run(to_bfloat16_share, &context, count);
}

void ck_bfloat16_to_float(float *result, const uint16_t *x, int64_t count) {
  convert_context context = {.result = result, .x = x, .count = count};
  ck_run(bfloat16_share, &context, count);
}

void ck_float_to_half(uint16_t *result, const float *x, int64_t count) {
  convert_context context = {.result = result, .x = x, .count = count};
  ck_run(to_half_share, &context, count);
}

void ck_half_to_float(float *result, const uint16_t *x, int64_t count) {
  convert_context context = {.result = result, .x = x, .count = count};
  ck_run(half_share, &context, count);
}

void ck_byte_to_float(
    float *result, const uint8_t *x, int64_t count, float scale, float offset) {
  convert_context context = {
    .result = result, .x = x, .count = count, .scale = scale, .offset = offset};
  ck_run(byte_share, &context, count);
}

static CK_HOT void quantize_row(int8_t *q, float *scale, const float *w, int64_t columns) {
  float largest = 0;
  for (int64_t i = 0; i < columns; i++) largest = ck_maximum(largest, ck_abs(w[i]));
  *scale = largest / 127.0f;
  const float inverse = largest > 0 ? 127.0f / largest : 0.0f;
  CK_VECTORIZE
  for (int64_t i = 0; i < columns; i++) {
    q[i] = (int8_t)(int32_t)__builtin_elementwise_roundeven(w[i] * inverse);
  }
}

static void quantize_share(void *raw, int thread, int threads) {
  const convert_context *c = raw;
  int64_t begin, end;
  ck_share(c->count, thread, threads, &begin, &end);
  for (int64_t r = begin; r < end; r++) {
    quantize_row(
      (int8_t *)c->result + r * c->columns, c->scales + r, (const float *)c->x + r * c->columns,
      c->columns);
  }
}

void ck_float_to_int8_rows(
    int8_t *q, float *scale, const float *w, int64_t rows, int64_t columns) {
  convert_context context = {
    .result = q, .x = w, .scales = scale, .count = rows, .columns = columns};
  ck_run(quantize_share, &context, rows * columns);
}

/// Elements that are looked at together before anyone asks which it was.
#define GROUP 256

typedef struct search_context {
  const float *x;
  int64_t count;
  /// The first one that each of the pieces found, or -1.
  int64_t found[16];
} search_context;

CK_INLINE bool is_nonfinite(float x) { return (ck_bits(x) & 0x7f800000u) == 0x7f800000u; }

static CK_HOT int64_t search(const float *x, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; i += GROUP) {
    const int64_t last = ck_min(i + GROUP, end);
    uint32_t any = 0;
    for (int64_t j = i; j < last; j++) any |= is_nonfinite(x[j]) ? 1u : 0u;
    if (any == 0) continue;
    for (int64_t j = i; j < last; j++) {
      if (is_nonfinite(x[j])) return j;
    }
  }
  return -1;
}

static void search_share(void *raw, int thread, int threads) {
  search_context *c = raw;
  int64_t first, last;
  ck_share(16, thread, threads, &first, &last);
  for (int64_t p = first; p < last; p++) {
    c->found[p] = search(c->x, c->count * p / 16, c->count * (p + 1) / 16);
  }
}

int64_t ck_first_nonfinite(const float *x, int64_t count) {
  search_context context = {.x = x, .count = count};
  ck_run(search_share, &context, count);
  for (int p = 0; p < 16; p++) {
    if (context.found[p] >= 0) return context.found[p];
  }
  return -1;
}
