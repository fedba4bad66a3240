#pragma once

#include "lanes.h"

// The inner loop of products and attention: a few rows of x times panels of 16 outputs. Each output
// is one chain of fused multiply-adds along k, so that no tile makes a difference to a result.

/// Outputs of a panel.
#define PANEL 16

typedef uint16_t ck_short16 __attribute__((vector_size(32)));
typedef uint32_t ck_word16 __attribute__((vector_size(64)));
typedef int8_t ck_byte16 __attribute__((vector_size(16)));

CK_INLINE int64_t ck_weight_bytes(ck_weight_type type) {
  return type == CK_WEIGHT_FLOAT32 ? 4 : (type == CK_WEIGHT_BFLOAT16 ? 2 : 1);
}

/// Widens the 16 weights of a panel for one input.
CK_INLINE void ck_load_panel(ck_float16 *v, const void *from, ck_weight_type type) {
  if (type == CK_WEIGHT_FLOAT32) {
    memcpy(v, from, sizeof *v);
  } else if (type == CK_WEIGHT_BFLOAT16) {
    ck_short16 bits;
    memcpy(&bits, from, sizeof bits);
    *v = (ck_float16)(__builtin_convertvector(bits, ck_word16) << 16);
  } else {
    ck_byte16 bytes;
    memcpy(&bytes, from, sizeof bytes);
    *v = __builtin_convertvector(__builtin_convertvector(bytes, ck_int16), ck_float16);
  }
}

/// sum[a * N + b] = sum over i < count of x[a * x_stride + i] * w[b * panel_stride + i * stride];
/// strides of w are in bytes. M and N are constants, M * N at most 6 (or 4 rows of 1). Meanwhile
/// the bytes from `ahead` on are fetched into the cache, `ahead_stride` per input, if `fetches`.
CK_INLINE void ck_panel_tile_ahead(
    ck_float16 *sum, const float *x, int64_t x_stride, const char *w, int64_t stride,
    int64_t panel_stride, int64_t count, const int64_t M, const int64_t N,
    const ck_weight_type type, const char *ahead, int64_t ahead_stride, const bool fetches) {
  ck_float16 total[6] = {{0}};
  for (int64_t i = 0; i < count; i++) {
    ck_float16 v[4];
    if (fetches) __builtin_prefetch(ahead + i * ahead_stride, 0, 2);
    _Pragma("clang loop unroll(full)") for (int64_t b = 0; b < N; b++) {
      ck_load_panel(&v[b], w + b * panel_stride + i * stride, type);
    }
    _Pragma("clang loop unroll(full)") for (int64_t a = 0; a < M; a++) {
      const float factor = x[a * x_stride + i];
      _Pragma("clang loop unroll(full)") for (int64_t b = 0; b < N; b++) {
        total[a * N + b] += factor * v[b];
      }
    }
  }
  memcpy(sum, total, (size_t)(M * N) * sizeof(ck_float16));
}

/// As ck_panel_tile_ahead, with nothing fetched.
CK_INLINE void ck_panel_tile(
    ck_float16 *sum, const float *x, int64_t x_stride, const char *w, int64_t stride,
    int64_t panel_stride, int64_t count, const int64_t M, const int64_t N,
    const ck_weight_type type) {
  ck_panel_tile_ahead(
    sum, x, x_stride, w, stride, panel_stride, count, M, N, type, NULL, 0, false);
}
