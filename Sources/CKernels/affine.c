#include "support.h"

// Affine sampling. What the pixels of a destination row read is worked out once for all channels.
// The gradient adds to what was read; threads own bands of source rows, so that each pixel adds its
// readers in the same order whatever the bands.

/// What one destination pixel reads: four source pixels, of which those outside have weight 0 and
/// an index that is safe to read.
typedef struct footprint {
  int32_t source[4];
  float weight[4];
} footprint;

/// One destination pixel adds to one source pixel.
typedef struct tap {
  int32_t source;
  int32_t column;
  float weight;
} tap;

typedef struct affine_context {
  const ck_affine *shape;
  float *result;
  const float *x;
  const double *matrices;
} affine_context;

CK_INLINE double clamp(double x, double low, double high) {
  return x > low ? (x < high ? x : high) : low;
}

/// The footprint of column `u` of destination row `v`, with only source rows top ..< bottom inside.
CK_INLINE footprint find_footprint(
    const ck_affine *shape, const double *matrix, int64_t u, int64_t v, int64_t top,
    int64_t bottom) {
  // Which pixel is nearest must not depend on the machine.
#pragma clang fp contract(off)
  const double column = matrix[0] * (double)u + (matrix[1] * (double)v + matrix[2]);
  const double row = matrix[3] * (double)u + (matrix[4] * (double)v + matrix[5]);
  // Far outside is as good as just outside, and fits an integer.
  const double x = clamp(column, -2, (double)shape->source_width + 1);
  const double y = clamp(row, -2, (double)shape->source_height + 1);
  const double left = shape->nearest ? __builtin_rint(x) : __builtin_floor(x);
  const double above = shape->nearest ? __builtin_rint(y) : __builtin_floor(y);
  const float right_weight = shape->nearest ? 0.0f : (float)(x - left);
  const float below_weight = shape->nearest ? 0.0f : (float)(y - above);
  const int32_t i = (int32_t)above;
  const int32_t j = (int32_t)left;
  footprint f;
  for (int k = 0; k < 4; k++) {
    const int32_t r = i + k / 2;
    const int32_t c = j + k % 2;
    const bool inside = r >= top && r < bottom && c >= 0 && c < shape->source_width;
    const float weight = (k / 2 == 0 ? 1.0f - below_weight : below_weight) *
                         (k % 2 == 0 ? 1.0f - right_weight : right_weight);
    f.source[k] = inside ? r * (int32_t)shape->source_width + c : 0;
    f.weight[k] = inside ? weight : 0.0f;
  }
  return f;
}

/// Destination row `v` of image `n`, all channels. A weight of 0 hides even an infinity.
static CK_HOT void forward_row(
    const affine_context *c, int64_t n, int64_t v, footprint *footprints) {
  const ck_affine *s = c->shape;
  const int64_t width = s->destination_width;
  for (int64_t u = 0; u < width; u++) {
    footprints[u] = find_footprint(s, c->matrices + 6 * n, u, v, 0, s->source_height);
  }
  for (int64_t channel = 0; channel < s->channels; channel++) {
    const int64_t plane = n * s->channels + channel;
    const float *x = c->x + plane * s->source_height * s->source_width;
    float *y = c->result + (plane * s->destination_height + v) * width;
    for (int64_t u = 0; u < width; u++) {
      const footprint *f = &footprints[u];
      float sum = 0;
      for (int k = 0; k < 4; k++) {
        const float product = f->weight[k] * x[f->source[k]];
        sum += f->weight[k] == 0 ? 0.0f : product;
      }
      y[u] = sum;
    }
  }
}

static void forward_share(void *raw, int thread, int threads) {
  const affine_context *c = raw;
  const ck_affine *s = c->shape;
  int64_t begin, end;
  ck_share(s->batch * s->destination_height, thread, threads, &begin, &end);
  if (begin == end || s->source_height * s->source_width == 0) return;
  footprint *footprints = ck_scratch(s->destination_width * (int64_t)sizeof(footprint));
  for (int64_t i = begin; i < end; i++) {
    forward_row(c, i / s->destination_height, i % s->destination_height, footprints);
  }
  free(footprints);
}

void ck_affine_sample(
    const ck_affine *shape, float *y, const float *x, const double *matrices) {
  affine_context context = {shape, y, x, matrices};
  const int64_t pixels = shape->destination_height * shape->destination_width;
  ck_run(forward_share, &context, 4 * shape->batch * shape->channels * pixels);
}

/// Lists what columns first ..< last of destination row `v` read from source rows top ..< bottom,
/// in order.
static CK_HOT int64_t list_taps(
    const ck_affine *shape, const double *matrix, int64_t v, int64_t first, int64_t last,
    int64_t top, int64_t bottom, tap *taps) {
  int64_t count = 0;
  for (int64_t u = first; u < last; u++) {
    const footprint f = find_footprint(shape, matrix, u, v, top, bottom);
    for (int k = 0; k < 4; k++) {
      taps[count] = (tap){f.source[k], (int32_t)u, f.weight[k]};
      count += f.weight[k] != 0;
    }
  }
  return count;
}

/// Adds a row's taps to `channels` planes, a pixel of all at a time: neighbors often add to the
/// same place, and the planes hide each other's wait.
CK_INLINE void add_taps(
    float *dx, int64_t dx_plane, const float *dy, int64_t dy_plane, const tap *taps,
    int64_t count, int64_t channels) {
  for (int64_t k = 0; k < count; k++) {
    const tap t = taps[k];
    for (int64_t c = 0; c < channels; c++) {
      dx[c * dx_plane + t.source] += t.weight * dy[c * dy_plane + t.column];
    }
  }
}

/// The columns of destination row `v` that may read source rows top ..< bottom.
static void find_columns(
    const ck_affine *shape, const double *matrix, int64_t v, int64_t top, int64_t bottom,
    int64_t *first, int64_t *last) {
  const double slope = matrix[3];
  const double start = matrix[4] * (double)v + matrix[5];
  const double width = (double)shape->destination_width;
  *first = 0;
  *last = shape->destination_width;
  const double low = (double)top - 1 - start;
  const double high = (double)bottom - start;
  if (slope > 1e-9) {
    *first = (int64_t)clamp(low / slope - 1, 0, width);
    *last = (int64_t)clamp(high / slope + 2, 0, width);
  } else if (slope < -1e-9) {
    *first = (int64_t)clamp(high / slope - 1, 0, width);
    *last = (int64_t)clamp(low / slope + 2, 0, width);
  } else if (low > 1e-6 * width || high < -1e-6 * width) {
    *last = 0;
  }
}

/// Adds to rows top ..< bottom of one image.
static void gradient_band(
    const affine_context *c, int64_t n, int64_t top, int64_t bottom, tap *taps) {
  const ck_affine *s = c->shape;
  const int64_t source = s->source_height * s->source_width;
  const int64_t target = s->destination_height * s->destination_width;
  float *dx = c->result + n * s->channels * source;
  for (int64_t channel = 0; channel < s->channels; channel++) {
    memset(
      dx + channel * source + top * s->source_width, 0,
      (size_t)((bottom - top) * s->source_width) * sizeof(float));
  }
  for (int64_t v = 0; v < s->destination_height; v++) {
    int64_t first, last;
    find_columns(s, c->matrices + 6 * n, v, top, bottom, &first, &last);
    const int64_t count = list_taps(s, c->matrices + 6 * n, v, first, last, top, bottom, taps);
    const float *dy = c->x + n * s->channels * target + v * s->destination_width;
    int64_t channel = 0;
    for (; channel + 3 <= s->channels; channel += 3) {
      add_taps(dx + channel * source, source, dy + channel * target, target, taps, count, 3);
    }
    for (; channel < s->channels; channel++) {
      add_taps(dx + channel * source, source, dy + channel * target, target, taps, count, 1);
    }
  }
}

static void gradient_share(void *raw, int thread, int threads) {
  const affine_context *c = raw;
  const ck_affine *s = c->shape;
  int64_t begin, end;
  ck_share(s->batch * s->source_height, thread, threads, &begin, &end);
  if (begin == end) return;
  // The list is written one entry ahead.
  tap *taps = ck_scratch((4 * s->destination_width + 1) * (int64_t)sizeof(tap));
  while (begin < end) {
    const int64_t n = begin / s->source_height;
    const int64_t top = begin % s->source_height;
    const int64_t rows = ck_min(s->source_height - top, end - begin);
    gradient_band(c, n, top, top + rows, taps);
    begin += rows;
  }
  free(taps);
}

void ck_affine_sample_gradient(
    const ck_affine *shape, float *dx, const float *dy, const double *matrices) {
  affine_context context = {shape, dx, dy, matrices};
  const int64_t pixels = shape->destination_height * shape->destination_width;
  ck_run(gradient_share, &context, 4 * shape->batch * shape->channels * pixels);
}
