#include "winograd.h"

// The gradient for the weights is the transpose of the convolution: at each point the transformed
// inputs of all patches times the transformed gradients of their outputs.

/// The fewest patches that are transformed before they are multiplied, so that adding to the sums
/// is little work beside.
#define FEWEST 96

typedef struct gradient_context {
  float *weights;
  const float *x;
  const float *upstream;
  const ck_winograd_shape *shape;
  winograd_grid grid;
  /// Transformed inputs: [point][patch][input], a gap behind each point.
  float *inputs;
  /// Transformed gradients: [point][patch][output], the same.
  float *outputs;
  /// The sums: [point][input][output], outputs padded to whole panels.
  float *sums;
  /// The patches that are being computed.
  int64_t first_patch;
  int64_t patches;
} gradient_context;

CK_INLINE int64_t patches_at_once(const ck_winograd_shape *s) {
  const int64_t most = ck_max(FEWEST, KEPT / (POINTS * (s->inputs + s->outputs)));
  return ck_min(winograd_patches(s).count, most);
}

CK_INLINE int64_t padded_outputs(const ck_winograd_shape *s) {
  return ck_ceil_div(s->outputs, COLUMNS) * COLUMNS;
}

int64_t ck_winograd_gradient_scratch_count(const ck_winograd_shape *shape) {
  // A panel of outputs may reach beyond the last patch, into the gap.
  return POINTS * (patches_at_once(shape) * (shape->inputs + shape->outputs) + 2 * GAP +
                   shape->inputs * padded_outputs(shape));
}

/// The transforms of the gradient for a patch's outputs.
CK_INLINE void transform_upstream(
    const gradient_context *c, int64_t at, winograd_place place, const int64_t STEP) {
  const ck_winograd_shape *s = c->shape;
  const int64_t rows = ck_min(STEP, s->output_height - place.top);
  const int64_t columns = ck_min(STEP, s->output_width - place.left);
  const int64_t plane = s->output_height * s->output_width * 8;
  const float *from = c->upstream + place.image * (s->outputs / 8) * plane +
                      (place.top * s->output_width + place.left) * 8;
  const bool is_whole = rows == STEP && columns == STEP;
  float whole[16 * 8] = {0}, t[SIDE * 4 * 8];
  for (int64_t lane = 0; lane < s->outputs; lane += 8, from += plane) {
    const float *y = from;
    int64_t row = s->output_width * 8;
    if (!is_whole) {
      for (int64_t r = 0; r < rows; r++) {
        for (int64_t i = 0; i < columns; i++) {
          STORE8(whole + (r * STEP + i) * 8, LOAD8(from + r * row + i * 8));
        }
      }
      y = whole;
      row = STEP * 8;
    }
    _Pragma("clang loop unroll(full)") for (int64_t i = 0; i < STEP; i++) {
      transform_upstream_line(t + i * 8, STEP * 8, y + i * 8, row, STEP);
    }
    float *to = c->outputs + at * s->outputs + lane;
    const int64_t stride = c->patches * s->outputs + GAP;
    _Pragma("clang loop unroll(full)") for (int64_t r = 0; r < SIDE; r++) {
      transform_upstream_line(to + r * SIDE * stride, stride, t + r * STEP * 8, 8, STEP);
    }
  }
}

CK_INLINE void transform_both(
    const gradient_context *c, int64_t first, int64_t end, const int64_t STEP) {
  const ck_winograd_shape *s = c->shape;
  for (int64_t i = first; i < end; i++) {
    const winograd_place place = winograd_place_of(&c->grid, c->first_patch + i, STEP);
    transform_patch(
      c->inputs + i * s->inputs, c->patches * s->inputs + GAP, c->x, s, place);
    transform_upstream(c, i, place, STEP);
  }
}

static CK_HOT void transform_patches(const gradient_context *c, int64_t first, int64_t end) {
  WITH_KERNEL(c->shape->kernel, transform_both(c, first, end, SIDE + 1 - K));
}

static void transform_share(void *raw, int thread, int threads) {
  const gradient_context *c = raw;
  int64_t first, end;
  ck_share(c->patches, thread, threads, &first, &end);
  transform_patches(c, first, end);
}

static CK_HOT void add_point(const gradient_context *c, int64_t point) {
  const ck_winograd_shape *s = c->shape;
  const int64_t padded = padded_outputs(s);
  const float *a = c->inputs + point * (c->patches * s->inputs + GAP);
  const float *b = c->outputs + point * (c->patches * s->outputs + GAP);
  float *sums = c->sums + point * s->inputs * padded;
  for (int64_t column = 0; column < s->outputs; column += COLUMNS) {
    for (int64_t row = 0; row < s->inputs; row += ROWS) {
      ck_float16 sum[ROWS], earlier;
      const int64_t rows = ck_min(ROWS, s->inputs - row);
      switch (rows) {
#define CASE(M)                                                                          \
  case M:                                                                                \
    winograd_tile(                                                                       \
      sum, 1, a + row, 1, s->inputs, b + column, s->outputs, c->patches, M);             \
    break;
        CASE(6) CASE(5) CASE(4) CASE(3) CASE(2) CASE(1)
#undef CASE
      }
      for (int64_t r = 0; r < rows; r++) {
        float *to = sums + (row + r) * padded + column;
        if (c->first_patch > 0) {
          memcpy(&earlier, to, sizeof earlier);
          sum[r] += earlier;
        }
        memcpy(to, sum + r, sizeof *sum);
      }
    }
  }
}

static void add_item(void *raw, int64_t point) { add_point(raw, point); }

/// The gradients for the weights between one input and up to 16 outputs.
CK_INLINE void store_gradients(
    const gradient_context *c, int64_t input, int64_t output, const int64_t KERNEL) {
  const ck_winograd_shape *s = c->shape;
  const int64_t padded = padded_outputs(s);
  ck_float16 u[POINTS], t[5 * SIDE], g[25];
  for (int64_t p = 0; p < POINTS; p++) {
    memcpy(u + p, c->sums + (p * s->inputs + input) * padded + output, sizeof *u);
  }
  for (int64_t i = 0; i < SIDE; i++) {
    transform_product_line(t + i, SIDE, u + i, SIDE, KERNEL);
  }
  for (int64_t r = 0; r < KERNEL; r++) {
    transform_product_line(g + r * KERNEL, 1, t + r * SIDE, 1, KERNEL);
  }
  const float *lanes = (const float *)g;
  for (int64_t o = output; o < ck_min(s->outputs, output + COLUMNS); o++) {
    float *to = c->weights + (o * s->inputs + input) * KERNEL * KERNEL;
    for (int64_t w = 0; w < KERNEL * KERNEL; w++) to[w] = lanes[w * COLUMNS + o - output];
  }
}

static CK_HOT void store_panel(const gradient_context *c, int64_t panel) {
  for (int64_t i = 0; i < c->shape->inputs; i++) {
    WITH_KERNEL(c->shape->kernel, store_gradients(c, i, panel * COLUMNS, K));
  }
}

static void store_item(void *raw, int64_t panel) { store_panel(raw, panel); }

void ck_winograd_weight_gradient(
    float *weights, const float *x, const float *upstream, const ck_winograd_shape *shape,
    float *scratch) {
  const winograd_grid grid = winograd_patches(shape);
  const int64_t step = patches_at_once(shape), lanes = shape->inputs * shape->outputs;
  gradient_context context = {
      .weights = weights, .x = x, .upstream = upstream, .shape = shape, .grid = grid,
      .sums = scratch,
      .inputs = scratch + POINTS * shape->inputs * padded_outputs(shape)};
  context.outputs = context.inputs + POINTS * (step * shape->inputs + GAP);
  for (int64_t first = 0; first < grid.count; first += step) {
    context.first_patch = first;
    context.patches = ck_min(step, grid.count - first);
    ck_run(
      transform_share, &context, context.patches * POINTS * (shape->inputs + shape->outputs));
    ck_for_each(add_item, &context, POINTS, context.patches * lanes * POINTS / 32);
  }
  ck_for_each(
    store_item, &context, ck_ceil_div(shape->outputs, COLUMNS), lanes * POINTS);
}
