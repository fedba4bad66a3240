#pragma once

#include "support.h"

// What the convolution and its gradients share: the transforms, and where patches lie.
//
// The interpolation points are 0, a, -a, b, -b and infinity with a = 1 / sqrt(2) and b = sqrt(2).
// Since a b = 1 no coefficient is far from 1, which keeps the rounding errors of fp32 small.

#define WINOGRAD_A 0.70710678118654752f
#define WINOGRAD_B 1.41421356237309505f

#define SIDE CK_WINOGRAD_SIDE
/// Products of a patch.
#define POINTS (SIDE * SIDE)
/// What lies between the numbers of neighboring points: a patch writes all points at once, and a
/// distance of many cache lines that is a power of two would drive them out of each other's sets.
#define GAP 16
/// Outputs of a panel of weights.
#define COLUMNS 16
/// Rows that are summed at a time.
#define ROWS 6
/// Transformed numbers that are kept until they are multiplied: half of a small last cache.
#define KEPT (1 << 19)

typedef int32_t winograd_mask __attribute__((vector_size(32)));

/// Where the patches of a convolution lie.
typedef struct winograd_grid {
  int64_t down;
  int64_t across;
  int64_t count;
} winograd_grid;

/// An image, and where the outputs of a patch begin.
typedef struct winograd_place {
  int64_t image;
  int64_t top;
  int64_t left;
} winograd_place;

CK_INLINE winograd_grid winograd_patches(const ck_winograd_shape *s) {
  const int64_t step = SIDE + 1 - s->kernel;
  const int64_t down = ck_ceil_div(s->output_height, step);
  const int64_t across = ck_ceil_div(s->output_width, step);
  return (winograd_grid){down, across, s->batch * down * across};
}

CK_INLINE winograd_place winograd_place_of(
    const winograd_grid *grid, int64_t patch, const int64_t STEP) {
  const int64_t row = patch / grid->across;
  return (winograd_place){
      row / grid->down, row % grid->down * STEP, patch % grid->across * STEP};
}

/// Calls a function with the kernel's size as a constant K behind its other arguments.
#define WITH_KERNEL(kernel, CALL)          \
  switch (kernel) {                        \
  case 3: { enum { K = 3 }; CALL; } break; \
  case 4: { enum { K = 4 }; CALL; } break; \
  default: { enum { K = 5 }; CALL; }       \
  }

// A line is the six or fewer elements of a patch along one axis, each 8 or 16 lanes wide; strides
// count numbers.

/// 8 lanes in memory, wherever they begin.
typedef float winograd_lanes __attribute__((vector_size(32), aligned(4), may_alias));

#define LOAD8(from) (*(const winograd_lanes *)(from))
#define STORE8(to, v) (*(winograd_lanes *)(to) = (v))

/// to = B' from: what six inputs give at the six points.
CK_INLINE void transform_input_line(
    float *to, int64_t to_stride, const float *from, int64_t from_stride) {
  const ck_float8 d0 = LOAD8(from), d1 = LOAD8(from + from_stride),
                  d2 = LOAD8(from + 2 * from_stride), d3 = LOAD8(from + 3 * from_stride),
                  d4 = LOAD8(from + 4 * from_stride), d5 = LOAD8(from + 5 * from_stride);
  const ck_float8 even_a = d4 - 2.0f * d2, odd_a = WINOGRAD_A * d3 - WINOGRAD_B * d1;
  const ck_float8 even_b = d4 - 0.5f * d2, odd_b = WINOGRAD_B * d3 - WINOGRAD_A * d1;
  STORE8(to, d0 - 2.5f * d2 + d4);
  STORE8(to + to_stride, even_a + odd_a);
  STORE8(to + 2 * to_stride, even_a - odd_a);
  STORE8(to + 3 * to_stride, even_b + odd_b);
  STORE8(to + 4 * to_stride, even_b - odd_b);
  STORE8(to + 5 * to_stride, d1 - 2.5f * d3 + d5);
}

/// y = A' from: COUNT outputs of what is at the six points.
CK_INLINE void transform_output_line(
    ck_float8 *y, const float *from, int64_t stride, const int64_t COUNT) {
  const ck_float8 first_a = LOAD8(from + stride), second_a = LOAD8(from + 2 * stride);
  const ck_float8 first_b = LOAD8(from + 3 * stride), second_b = LOAD8(from + 4 * stride);
  const ck_float8 sum_a = first_a + second_a, difference_a = first_a - second_a;
  const ck_float8 sum_b = first_b + second_b, difference_b = first_b - second_b;
  const ck_float8 last = LOAD8(from + 5 * stride);
  y[0] = LOAD8(from) + sum_a + sum_b;
  y[1] = WINOGRAD_A * difference_a + WINOGRAD_B * difference_b;
  if (COUNT > 2) y[2] = 0.5f * sum_a + 2.0f * sum_b;
  if (COUNT > 3) y[3] = (0.5f * WINOGRAD_A) * difference_a + (2.0f * WINOGRAD_B) * difference_b;
  y[COUNT - 1] += last;
}

/// to = A from: the transpose of transform_output_line.
CK_INLINE void transform_upstream_line(
    float *to, int64_t to_stride, const float *from, int64_t from_stride, const int64_t COUNT) {
  const ck_float8 y0 = LOAD8(from), y1 = LOAD8(from + from_stride);
  ck_float8 even_a = y0, even_b = y0, odd_a = WINOGRAD_A * y1, odd_b = WINOGRAD_B * y1, last = y1;
  if (COUNT > 2) {
    last = LOAD8(from + 2 * from_stride);
    even_a += 0.5f * last;
    even_b += 2.0f * last;
  }
  if (COUNT > 3) {
    last = LOAD8(from + 3 * from_stride);
    odd_a += (0.5f * WINOGRAD_A) * last;
    odd_b += (2.0f * WINOGRAD_B) * last;
  }
  STORE8(to, y0);
  STORE8(to + to_stride, even_a + odd_a);
  STORE8(to + 2 * to_stride, even_a - odd_a);
  STORE8(to + 3 * to_stride, even_b + odd_b);
  STORE8(to + 4 * to_stride, even_b - odd_b);
  STORE8(to + 5 * to_stride, last);
}

/// One over the product of a point's distances to the others.
#define WEIGHT_A (-2.0f / 3.0f)
#define WEIGHT_B (1.0f / 6.0f)

/// t = G g: what COUNT weights give at the six points.
CK_INLINE void transform_weight_line(
    ck_float16 *t, const int64_t TO, const ck_float16 *g, const int64_t FROM,
    const int64_t COUNT) {
  ck_float16 even_a = g[0] + 0.5f * g[2 * FROM], even_b = g[0] + 2.0f * g[2 * FROM];
  ck_float16 odd_a = WINOGRAD_A * g[FROM], odd_b = WINOGRAD_B * g[FROM];
  if (COUNT > 4) {
    even_a += 0.25f * g[4 * FROM];
    even_b += 4.0f * g[4 * FROM];
  }
  if (COUNT > 3) {
    odd_a += (0.5f * WINOGRAD_A) * g[3 * FROM];
    odd_b += (2.0f * WINOGRAD_B) * g[3 * FROM];
  }
  t[0] = g[0];
  t[TO] = WEIGHT_A * (even_a + odd_a);
  t[2 * TO] = WEIGHT_A * (even_a - odd_a);
  t[3 * TO] = WEIGHT_B * (even_b + odd_b);
  t[4 * TO] = WEIGHT_B * (even_b - odd_b);
  t[5 * TO] = g[(COUNT - 1) * FROM];
}

/// g = G' t: the transpose of transform_weight_line.
CK_INLINE void transform_product_line(
    ck_float16 *g, const int64_t TO, const ck_float16 *t, const int64_t FROM,
    const int64_t COUNT) {
  const ck_float16 sum_a = WEIGHT_A * (t[FROM] + t[2 * FROM]);
  const ck_float16 difference_a = (WEIGHT_A * WINOGRAD_A) * (t[FROM] - t[2 * FROM]);
  const ck_float16 sum_b = WEIGHT_B * (t[3 * FROM] + t[4 * FROM]);
  const ck_float16 difference_b = (WEIGHT_B * WINOGRAD_B) * (t[3 * FROM] - t[4 * FROM]);
  g[0] = t[0] + sum_a + sum_b;
  g[TO] = difference_a + difference_b;
  g[2 * TO] = 0.5f * sum_a + 2.0f * sum_b;
  if (COUNT > 3) g[3 * TO] = 0.5f * difference_a + 2.0f * difference_b;
  if (COUNT > 4) g[4 * TO] = 0.25f * sum_a + 4.0f * sum_b;
  g[(COUNT - 1) * TO] += t[5 * FROM];
}

/// Transforms the six by six inputs whose rows are `row` numbers apart; point p goes to
/// to[p * stride].
CK_INLINE void transform_inputs(float *to, int64_t stride, const float *from, int64_t row) {
  float t[POINTS * 8];
  _Pragma("clang loop unroll(full)") for (int64_t c = 0; c < SIDE; c++) {
    transform_input_line(t + c * 8, SIDE * 8, from + c * 8, row);
  }
  _Pragma("clang loop unroll(full)") for (int64_t r = 0; r < SIDE; r++) {
    transform_input_line(to + r * SIDE * stride, stride, t + r * SIDE * 8, 8);
  }
}

/// The transforms of a patch, for all lanes: point p of lane l goes to to[p * stride + l].
CK_INLINE void transform_patch(
    float *to, int64_t stride, const float *x, const ck_winograd_shape *s,
    winograd_place place) {
  const int64_t top = place.top - s->top, left = place.left - s->left;
  const int64_t plane = s->height * s->width * 8;
  const float *from =
      x + place.image * (s->inputs / 8) * plane + (top * s->width + left) * 8;
  if (top >= 0 && left >= 0 && top + SIDE <= s->height && left + SIDE <= s->width) {
    for (int64_t lane = 0; lane < s->inputs; lane += 8, from += plane) {
      transform_inputs(to + lane, stride, from, s->width * 8);
    }
    return;
  }
  // What lies outside of the image stays zero for all lanes.
  float inside[POINTS * 8] = {0};
  const int64_t first = ck_max(0, -left), columns = ck_min(SIDE, s->width - left) - first;
  const int64_t first_row = ck_max(0, -top), end_row = ck_min(SIDE, s->height - top);
  for (int64_t lane = 0; lane < s->inputs; lane += 8, from += plane) {
    for (int64_t r = first_row; r < end_row; r++) {
      float *line = inside + (r * SIDE + first) * 8;
      const float *image = from + (r * s->width + first) * 8;
      for (int64_t c = 0; c < columns; c++) STORE8(line + c * 8, LOAD8(image + c * 8));
    }
    transform_inputs(to + lane, stride, inside, SIDE * 8);
  }
}

/// sum[r * stride] = sum over i < count of a[r * a_row + i * a_inner] * b[i * b_inner ..< + 16].
CK_INLINE void winograd_tile(
    ck_float16 *sum, int64_t stride, const float *a, int64_t a_row, int64_t a_inner,
    const float *b, int64_t b_inner, int64_t count, const int64_t M) {
  ck_float16 total[ROWS] = {{0}};
  for (int64_t i = 0; i < count; i++) {
    ck_float16 v;
    memcpy(&v, b + i * b_inner, sizeof v);
    _Pragma("clang loop unroll(full)") for (int64_t r = 0; r < M; r++) {
      total[r] += a[r * a_row + i * a_inner] * v;
    }
  }
  _Pragma("clang loop unroll(full)") for (int64_t r = 0; r < M; r++) {
    memcpy(sum + r * stride, total + r, sizeof *sum);
  }
}
