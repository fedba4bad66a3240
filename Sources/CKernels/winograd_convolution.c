#include "winograd.h"

/// Patches whose transforms lie together.
#define GROUP 12

int64_t ck_winograd_packed_count(int64_t inputs, int64_t outputs) {
  return ck_ceil_div(outputs, COLUMNS) * POINTS * inputs * COLUMNS;
}

typedef struct pack_context {
  float *packed;
  const float *weights;
  int64_t kernel;
  int64_t inputs;
  int64_t outputs;
  int64_t input_stride;
  int64_t output_stride;
  bool flips;
} pack_context;

CK_INLINE void pack_input(
    const pack_context *c, int64_t panel, int64_t input, const int64_t KERNEL) {
  const int64_t size = KERNEL * KERNEL;
  float gathered[25][COLUMNS] = {{0}};
  const int64_t columns = ck_min(COLUMNS, c->outputs - panel * COLUMNS);
  for (int64_t o = 0; o < columns; o++) {
    const float *from = c->weights + (panel * COLUMNS + o) * c->output_stride +
                        input * c->input_stride;
    for (int64_t w = 0; w < size; w++) gathered[w][o] = from[c->flips ? size - 1 - w : w];
  }
  ck_float16 g[25], t[SIDE * 5], u[POINTS];
  memcpy(g, gathered, sizeof g);
  for (int64_t column = 0; column < KERNEL; column++) {
    transform_weight_line(t + column, 5, g + column, KERNEL, KERNEL);
  }
  for (int64_t r = 0; r < SIDE; r++) {
    transform_weight_line(u + r * SIDE, 1, t + r * 5, 1, KERNEL);
  }
  float *to = c->packed + (panel * POINTS * c->inputs + input) * COLUMNS;
  for (int64_t p = 0; p < POINTS; p++) memcpy(to + p * c->inputs * COLUMNS, u + p, sizeof *u);
}

static CK_HOT void pack_panel(const pack_context *c, int64_t panel) {
  for (int64_t i = 0; i < c->inputs; i++) {
    WITH_KERNEL(c->kernel, pack_input(c, panel, i, K));
  }
}

static void pack_item(void *raw, int64_t panel) { pack_panel(raw, panel); }

void ck_winograd_pack(
    float *packed, const float *weights, int64_t kernel, int64_t inputs, int64_t outputs,
    int64_t input_stride, int64_t output_stride, bool flips) {
  pack_context context = {packed,       weights,       kernel, inputs, outputs,
                          input_stride, output_stride, flips};
  ck_for_each(
    pack_item, &context, ck_ceil_div(outputs, COLUMNS), inputs * outputs * POINTS);
}

typedef struct convolution_context {
  float *y;
  const float *x;
  const float *packed;
  const float *bias;
  bool has_relu;
  const ck_winograd_shape *shape;
  winograd_grid grid;
  float *transformed;
  /// The patches that are being computed.
  int64_t first_patch;
  int64_t patches;
} convolution_context;

/// From point to point of a group of transformed patches.
CK_INLINE int64_t point_stride(int64_t inputs) { return GROUP * inputs + GAP; }

/// Groups of patches that are transformed before they are multiplied.
CK_INLINE int64_t groups_at_once(int64_t patches, int64_t inputs) {
  return ck_min(ck_ceil_div(patches, GROUP), ck_max(2, KEPT / (GROUP * POINTS * inputs)));
}

int64_t ck_winograd_scratch_count(const ck_winograd_shape *shape) {
  return groups_at_once(winograd_patches(shape).count, shape->inputs) * POINTS *
         point_stride(shape->inputs);
}

static CK_HOT void transform_patches(const convolution_context *c, int64_t first, int64_t end) {
  const ck_winograd_shape *s = c->shape;
  for (int64_t i = first; i < end; i++) {
    const int64_t stride = point_stride(s->inputs);
    const int64_t at = i / GROUP * POINTS * stride + i % GROUP * s->inputs;
    transform_patch(
      c->transformed + at, stride, c->x, s,
      winograd_place_of(&c->grid, c->first_patch + i, SIDE + 1 - s->kernel));
  }
}

static void transform_share(void *raw, int thread, int threads) {
  const convolution_context *c = raw;
  int64_t first, end;
  ck_share(c->patches, thread, threads, &first, &end);
  transform_patches(c, first, end);
}

/// The products of up to GROUP patches with a panel, at one point.
CK_INLINE void multiply_point(
    ck_float16 *products, const float *patches, const float *panel, int64_t inputs,
    int64_t count) {
  for (int64_t row = 0; row < count; row += ROWS) {
    const float *a = patches + row * inputs;
    switch (ck_min(ROWS, count - row)) {
#define CASE(M)                                                                       \
  case M:                                                                             \
    winograd_tile(                                                                    \
      products + row * POINTS, POINTS, a, inputs, 1, panel, COLUMNS, inputs, M);      \
    break;
      CASE(6) CASE(5) CASE(4) CASE(3) CASE(2) CASE(1)
#undef CASE
    }
  }
}

/// Writes the outputs of 8 lanes of a patch.
CK_INLINE void store_patch(
    const convolution_context *c, const float *products, int64_t lane, winograd_place place,
    const int64_t STEP) {
  const ck_winograd_shape *s = c->shape;
  const ck_float8 bias = c->bias ? LOAD8(c->bias + lane) : (ck_float8){0};
  const winograd_mask keep = c->has_relu ? (winograd_mask){0} : ~(winograd_mask){0};
  float t[4 * SIDE * 8];
  _Pragma("clang loop unroll(full)") for (int64_t column = 0; column < SIDE; column++) {
    ck_float8 y[4];
    transform_output_line(y, products + column * COLUMNS, SIDE * COLUMNS, STEP);
    for (int64_t r = 0; r < STEP; r++) STORE8(t + (r * SIDE + column) * 8, y[r]);
  }
  const int64_t rows = ck_min(STEP, s->output_height - place.top);
  const int64_t columns = ck_min(STEP, s->output_width - place.left);
  const int64_t plane = place.image * (s->outputs / 8) + lane / 8;
  float *to =
      c->y + ((plane * s->output_height + place.top) * s->output_width + place.left) * 8;
  for (int64_t r = 0; r < rows; r++, to += s->output_width * 8) {
    ck_float8 y[4];
    transform_output_line(y, t + r * SIDE * 8, 8, STEP);
    _Pragma("clang loop unroll(full)") for (int64_t i = 0; i < STEP; i++) {
      y[i] += bias;
      // A NaN stays one.
      y[i] = (ck_float8)((keep | ~(y[i] <= 0.0f)) & (winograd_mask)y[i]);
    }
    if (columns == STEP) {
      memcpy(to, y, (size_t)STEP * sizeof *y);
    } else {
      for (int64_t i = 0; i < columns; i++) STORE8(to + i * 8, y[i]);
    }
  }
}

/// Writes the outputs of the patches of a group.
CK_INLINE void store_group(
    const convolution_context *c, const ck_float16 *products, int64_t panel, int64_t first,
    int64_t count, const int64_t STEP) {
  const int64_t end = ck_min(c->shape->outputs, (panel + 1) * COLUMNS);
  for (int64_t i = 0; i < count; i++) {
    const winograd_place place = winograd_place_of(&c->grid, first + i, STEP);
    for (int64_t lane = panel * COLUMNS; lane < end; lane += 8) {
      store_patch(
        c, (const float *)(products + i * POINTS) + lane % COLUMNS, lane, place, STEP);
    }
  }
}

static CK_HOT void multiply_group(const convolution_context *c, int64_t panel, int64_t group) {
  const ck_winograd_shape *s = c->shape;
  const int64_t first = group * GROUP;
  const int64_t count = ck_min(GROUP, c->patches - first);
  const int64_t stride = point_stride(s->inputs);
  const float *patches = c->transformed + group * POINTS * stride;
  const float *weights = c->packed + panel * POINTS * s->inputs * COLUMNS;
  ck_float16 products[POINTS * GROUP];
  for (int64_t p = 0; p < POINTS; p++) {
    multiply_point(
      products + p, patches + p * stride, weights + p * s->inputs * COLUMNS, s->inputs, count);
  }
  WITH_KERNEL(
    s->kernel, store_group(c, products, panel, c->first_patch + first, count, SIDE + 1 - K));
}

static void multiply_share(void *raw, int thread, int threads) {
  const convolution_context *c = raw;
  const int64_t groups = ck_ceil_div(c->patches, GROUP);
  const int64_t panels = ck_ceil_div(c->shape->outputs, COLUMNS);
  int64_t first, end;
  ck_share(panels * groups, thread, threads, &first, &end);
  for (int64_t i = first; i < end; i++) multiply_group(c, i / groups, i % groups);
}

void ck_winograd_convolution(
    float *y, const float *x, const float *packed, const float *bias, bool has_relu,
    const ck_winograd_shape *shape, float *scratch) {
  const winograd_grid grid = winograd_patches(shape);
  convolution_context context = {y, x, packed, bias, has_relu, shape, grid, scratch, 0, 0};
  const int64_t step = groups_at_once(grid.count, shape->inputs) * GROUP;
  for (int64_t first = 0; first < grid.count; first += step) {
    context.first_patch = first;
    context.patches = ck_min(step, grid.count - first);
    ck_run(transform_share, &context, context.patches * POINTS * shape->inputs);
    ck_run(
      multiply_share, &context, context.patches * shape->inputs * shape->outputs * POINTS / 32);
  }
}
