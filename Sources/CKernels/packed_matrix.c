#include "panel_tile.h"
#include "support.h"

// Packing: weights of any orientation and type into panels of 16 outputs.

typedef struct packing_context {
  char *weights;
  float *scale;
  const char *source;
  ck_weight_type type;
  ck_source_type source_type;
  int64_t first;
  int64_t count;
  int64_t k;
  int64_t output_stride;
  int64_t input_stride;
} packing_context;

/// Inputs that are packed at a time, so that both sides stay in the cache.
#define STRIP 64

CK_INLINE float half_to_float(uint16_t bits) {
  const uint32_t sign = (uint32_t)(bits & 0x8000u) << 16;
  const uint32_t magnitude = bits & 0x7fffu;
  // Subnormal halves become normal floats by this product; the largest exponent is infinity or NaN.
  const float scaled = ck_from_bits(magnitude << 13) * 0x1p112f;
  const uint32_t special = magnitude >= 0x7c00u ? 0x7f800000u : 0u;
  return ck_from_bits(ck_bits(scaled) | special | sign);
}

CK_INLINE float load_source(const char *from, int64_t at, const ck_source_type type) {
  if (type == CK_SOURCE_FLOAT32) {
    float value;
    memcpy(&value, from + at * 4, sizeof value);
    return value;
  }
  uint16_t bits;
  memcpy(&bits, from + at * 2, sizeof bits);
  return type == CK_SOURCE_BFLOAT16 ? ck_from_bfloat16(bits) : half_to_float(bits);
}

/// strip[i][j] for inputs `at` to `at + length`, outputs first ..< first + lanes of the source.
CK_INLINE void load_strip(
    float *strip, const packing_context *c, int64_t first, int64_t lanes, int64_t at,
    int64_t length, const ck_source_type type) {
  if (c->output_stride == 1 && lanes == PANEL) {
    for (int64_t i = 0; i < length; i++) {
      const int64_t from = first + (at + i) * c->input_stride;
      CK_VECTORIZE
      for (int64_t j = 0; j < PANEL; j++) {
        strip[i * PANEL + j] = load_source(c->source, from + j, type);
      }
    }
    return;
  }
  for (int64_t j = 0; j < lanes; j++) {
    const int64_t from = (first + j) * c->output_stride + at * c->input_stride;
    for (int64_t i = 0; i < length; i++) {
      strip[i * PANEL + j] = load_source(c->source, from + i * c->input_stride, type);
    }
  }
}

CK_INLINE void load_typed(
    float *strip, const packing_context *c, int64_t first, int64_t lanes, int64_t at,
    int64_t length) {
  switch (c->source_type) {
    case CK_SOURCE_FLOAT32:
      load_strip(strip, c, first, lanes, at, length, CK_SOURCE_FLOAT32);
      break;
    case CK_SOURCE_FLOAT16:
      load_strip(strip, c, first, lanes, at, length, CK_SOURCE_FLOAT16);
      break;
    case CK_SOURCE_BFLOAT16:
      load_strip(strip, c, first, lanes, at, length, CK_SOURCE_BFLOAT16);
      break;
  }
}

/// The scale of each lane, from the largest of its weights.
CK_INLINE void find_scales(
    float *scales, const packing_context *c, int64_t first, int64_t lanes) {
  float strip[STRIP * PANEL] = {0};
  float largest[PANEL] = {0};
  for (int64_t at = 0; at < c->k; at += STRIP) {
    const int64_t length = ck_min(STRIP, c->k - at);
    load_typed(strip, c, first, lanes, at, length);
    for (int64_t i = 0; i < length; i++) {
      CK_VECTORIZE
      for (int64_t j = 0; j < PANEL; j++) {
        largest[j] = ck_maximum(largest[j], ck_abs(strip[i * PANEL + j]));
      }
    }
  }
  for (int64_t j = 0; j < PANEL; j++) scales[j] = largest[j] / 127.0f;
}

/// Source outputs first ..< first + lanes into one panel.
static CK_HOT void pack_panel(const packing_context *c, int64_t first, int64_t lanes) {
  float strip[STRIP * PANEL] = {0};
  float scales[PANEL], inverse[PANEL];
  const int64_t output = c->first + first;
  const int64_t lane = output % PANEL;
  const int64_t size = ck_weight_bytes(c->type);
  char *panel = c->weights + output / PANEL * c->k * PANEL * size;
  if (c->type == CK_WEIGHT_INT8) {
    find_scales(scales, c, first, lanes);
    for (int64_t j = 0; j < PANEL; j++) inverse[j] = scales[j] > 0 ? 1.0f / scales[j] : 0.0f;
    memcpy(c->scale + output, scales, (size_t)lanes * sizeof(float));
  }
  for (int64_t at = 0; at < c->k; at += STRIP) {
    const int64_t length = ck_min(STRIP, c->k - at);
    load_typed(strip, c, first, lanes, at, length);
    for (int64_t i = 0; i < length; i++) {
      char *to = panel + ((at + i) * PANEL + lane) * size;
      const float *from = strip + i * PANEL;
      if (c->type == CK_WEIGHT_FLOAT32) {
        memcpy(to, from, (size_t)lanes * sizeof(float));
      } else if (c->type == CK_WEIGHT_BFLOAT16) {
        uint16_t bits[PANEL];
        CK_VECTORIZE
        for (int64_t j = 0; j < PANEL; j++) bits[j] = ck_bfloat16_bits(from[j]);
        memcpy(to, bits, (size_t)lanes * sizeof(uint16_t));
      } else {
        int8_t bytes[PANEL];
        for (int64_t j = 0; j < PANEL; j++) {
          const float scaled = from[j] * inverse[j];
          const float bounded = scaled < -127.0f ? -127.0f : (scaled > 127.0f ? 127.0f : scaled);
          // Adding 1.5 * 2^23 rounds to the nearest whole number, ties to even.
          bytes[j] = (int8_t)(int32_t)((bounded + 0x1.8p23f) - 0x1.8p23f);
        }
        memcpy(to, bytes, (size_t)lanes);
      }
    }
  }
}

static void packing_share(void *raw, int thread, int threads) {
  const packing_context *c = raw;
  // The first part fills up the panel that an earlier call has begun.
  const int64_t head = ck_min(c->count, (PANEL - c->first % PANEL) % PANEL);
  int64_t begin, end;
  ck_share(ck_ceil_div(c->count - head, PANEL), thread, threads, &begin, &end);
  if (thread == 0 && head > 0) pack_panel(c, 0, head);
  for (int64_t p = begin; p < end; p++) {
    const int64_t first = head + p * PANEL;
    pack_panel(c, first, ck_min(PANEL, c->count - first));
  }
}

int64_t ck_packed_bytes(ck_weight_type type, int64_t n, int64_t k) {
  return ck_ceil_div(n, PANEL) * PANEL * k * ck_weight_bytes(type);
}

void ck_pack_weights(
    void *weights, float *scale, ck_weight_type type, int64_t first, int64_t count, int64_t k,
    const void *source, ck_source_type source_type, int64_t output_stride, int64_t input_stride) {
  packing_context context = {
    weights, scale, source, type, source_type, first, count, k, output_stride, input_stride,
  };
  ck_run(packing_share, &context, count * k);
}

void ck_unpack_rows(
    float *y, int64_t y_stride, const ck_packed_matrix *matrix, const int32_t *ids,
    int64_t count) {
  const int64_t size = ck_weight_bytes(matrix->type);
  for (int64_t r = 0; r < count; r++) {
    const int64_t id = ids[r];
    const char *from =
      (const char *)matrix->weights + (id / PANEL * matrix->k * PANEL + id % PANEL) * size;
    for (int64_t i = 0; i < matrix->k; i++) {
      const char *weight = from + i * PANEL * size;
      float value;
      switch (matrix->type) {
        case CK_WEIGHT_FLOAT32: memcpy(&value, weight, sizeof value); break;
        case CK_WEIGHT_BFLOAT16: {
          uint16_t bits;
          memcpy(&bits, weight, sizeof bits);
          value = ck_from_bfloat16(bits);
          break;
        }
        case CK_WEIGHT_INT8: value = (float)*(const int8_t *)weight * matrix->scale[id]; break;
      }
      y[r * y_stride + i] = value;
    }
  }
}
