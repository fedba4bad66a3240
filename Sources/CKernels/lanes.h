#pragma once

#include "block_lanes.h"
#include "vector_math.h"

// Sums, dots and maxima of contiguous runs. Element i goes to lane i % 32, lanes combine in a fixed
// tree: the result depends on the run alone, not on the machine's vector width.

typedef int32_t ck_int16 __attribute__((vector_size(64)));

CK_INLINE float ck_add_lanes(const ck_float16 *lanes) {
  float l[16];
  memcpy(l, lanes, sizeof l);
  for (int width = 8; width > 0; width /= 2) {
    for (int j = 0; j < width; j++) l[j] += l[j + width];
  }
  return l[0];
}

/// Loads count < 16 elements and pads them.
CK_INLINE void ck_load_part(ck_float16 *v, const float *x, int64_t count, float padding) {
  float l[16];
  for (int64_t j = 0; j < 16; j++) l[j] = j < count ? x[j] : padding;
  memcpy(v, l, sizeof l);
}

/// v where the lane of `test` is positive, else 0.
#define CK_WHERE_POSITIVE(test, v) ((ck_float16)(((test) > 0.0f) & (ck_int16)(v)))

#define CK_LANE_REDUCTION(name, parameters, load, combine, part)            \
  CK_INLINE float name parameters {                                         \
    ck_float16 first = {0}, second = {0}, v, w;                             \
    (void)w;                                                                \
    int64_t i = 0;                                                          \
    for (; i + 32 <= count; i += 32) {                                      \
      load(i) combine(first) load(i + 16) combine(second)                   \
    }                                                                       \
    if (i + 16 <= count) {                                                  \
      load(i) combine(first) i += 16;                                       \
      part(i) combine(second)                                               \
    } else {                                                                \
      part(i) combine(first)                                                \
    }                                                                       \
    first += second;                                                        \
    return ck_add_lanes(&first);                                            \
  }

#define CK_LOAD_X(i) memcpy(&v, x + (i), sizeof v);
#define CK_LOAD_XY(i) memcpy(&v, x + (i), sizeof v); memcpy(&w, y + (i), sizeof w);
#define CK_PART_X(i) ck_load_part(&v, x + (i), count - (i), 0.0f);
#define CK_PART_XY(i) CK_PART_X(i) ck_load_part(&w, y + (i), count - (i), 0.0f);
#define CK_PLUS(lanes) lanes += v;
#define CK_PLUS_SQUARE(lanes) lanes += v * v;
#define CK_PLUS_PRODUCT(lanes) lanes += v * w;

CK_LANE_REDUCTION(
  ck_run_sum, (const float *x, int64_t count), CK_LOAD_X, CK_PLUS, CK_PART_X)
CK_LANE_REDUCTION(
  ck_run_squares, (const float *x, int64_t count), CK_LOAD_X, CK_PLUS_SQUARE, CK_PART_X)
CK_LANE_REDUCTION(
  ck_run_dot, (const float *x, const float *y, int64_t count), CK_LOAD_XY, CK_PLUS_PRODUCT,
  CK_PART_XY)

/// sum of (x - center)^2.
CK_INLINE float ck_run_deviations(const float *x, float center, int64_t count) {
  ck_float16 first = {0}, second = {0}, v;
  int64_t i = 0;
  for (; i + 32 <= count; i += 32) {
    memcpy(&v, x + i, sizeof v);
    v -= center;
    first += v * v;
    memcpy(&v, x + i + 16, sizeof v);
    v -= center;
    second += v * v;
  }
  for (; i < count; i += 16) {
    ck_load_part(&v, x + i, count - i, center);
    v -= center;
    first += v * v;
  }
  first += second;
  return ck_add_lanes(&first);
}

/// The largest or the smallest element, or a NaN if there is one; of nothing an infinity.
CK_INLINE float ck_run_extreme(const float *x, int64_t count, const bool is_largest) {
  const float none = is_largest ? -INFINITY : INFINITY;
  ck_float16 lanes = {0}, v;
  lanes += none;
  for (int64_t i = 0; i < count; i += 16) {
    if (i + 16 <= count) {
      memcpy(&v, x + i, sizeof v);
    } else {
      ck_load_part(&v, x + i, count - i, none);
    }
    const ck_int16 take = (is_largest ? v > lanes : v < lanes) | (v != v);
    lanes = CK_CHOOSE(ck_float16, ck_int16, take, v, lanes);
  }
  float l[16];
  memcpy(l, &lanes, sizeof l);
  for (int j = 1; j < 16; j++) {
    l[0] = is_largest ? ck_maximum(l[0], l[j]) : ck_minimum(l[0], l[j]);
  }
  return l[0];
}

CK_INLINE float ck_run_maximum(const float *x, int64_t count) {
  return ck_run_extreme(x, count, true);
}

CK_INLINE float ck_run_minimum(const float *x, int64_t count) {
  return ck_run_extreme(x, count, false);
}
