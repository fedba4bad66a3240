#include "support.h"

// Separable sampling. Each axis becomes a table of taps: which source index a destination index
// reads, with what weight. The transposed table makes the gradient a gather too.

typedef struct axis_taps {
  /// Two taps per destination index, the second with weight 0 if there is only one.
  int32_t *low;
  int32_t *high;
  float *high_weight;
  /// Readers of source index i: entries first[i] ..< first[i + 1], in ascending order.
  int32_t *first;
  int32_t *reader;
  float *weight;
} axis_taps;

typedef struct resample_context {
  float *result;
  const float *x;
  int64_t planes;
  axis_taps vertical;
  axis_taps horizontal;
  int64_t source_height;
  int64_t source_width;
  int64_t destination_height;
  int64_t destination_width;
} resample_context;

static double clamp_index(double position, int64_t size) {
  const double last = (double)(size - 1);
  return position > 0 ? (position < last ? position : last) : 0;
}

static axis_taps make_taps(const ck_axis_map *axis, bool nearest) {
  const int64_t n = axis->destination_size;
  axis_taps taps;
  taps.low = ck_scratch((2 * n + axis->source_size + 1 + 2 * n) * (int64_t)sizeof(int32_t));
  taps.high = taps.low + n;
  taps.first = taps.high + n;
  taps.reader = taps.first + axis->source_size + 1;
  taps.high_weight = ck_scratch(3 * n * (int64_t)sizeof(float));
  taps.weight = taps.high_weight + n;
  for (int64_t i = 0; i < n; i++) {
    const double position = axis->scale * (double)i + axis->offset;
    const double inside = clamp_index(nearest ? floor(position) : position, axis->source_size);
    const int32_t low = (int32_t)floor(inside);
    taps.low[i] = low;
    taps.high[i] = low + 1 < axis->source_size ? low + 1 : low;
    taps.high_weight[i] = taps.high[i] == low ? 0.0f : (float)(inside - low);
  }
  return taps;
}

/// Fills the transposed table by counting.
static void find_readers(axis_taps *taps, const ck_axis_map *axis) {
  const int64_t n = axis->destination_size;
  memset(taps->first, 0, (size_t)(axis->source_size + 1) * sizeof(int32_t));
  for (int64_t i = 0; i < n; i++) {
    taps->first[taps->low[i] + 1]++;
    if (taps->high_weight[i] != 0) taps->first[taps->high[i] + 1]++;
  }
  for (int64_t s = 0; s < axis->source_size; s++) taps->first[s + 1] += taps->first[s];
  int32_t *next = ck_scratch(axis->source_size * (int64_t)sizeof(int32_t));
  memcpy(next, taps->first, (size_t)axis->source_size * sizeof(int32_t));
  for (int64_t i = 0; i < n; i++) {
    const float weight = taps->high_weight[i];
    const int32_t low = next[taps->low[i]]++;
    taps->reader[low] = (int32_t)i;
    taps->weight[low] = 1.0f - weight;
    if (weight == 0) continue;
    const int32_t high = next[taps->high[i]]++;
    taps->reader[high] = (int32_t)i;
    taps->weight[high] = weight;
  }
  free(next);
}

static void free_taps(axis_taps *taps) {
  free(taps->low);
  free(taps->high_weight);
}

/// to = a + weight * (b - a), exactly a where weight is 0.
CK_INLINE void blend_rows(
    float *to, const float *a, const float *b, float weight, int64_t count) {
  CK_VECTORIZE
  for (int64_t j = 0; j < count; j++) to[j] = a[j] * (1.0f - weight) + b[j] * weight;
}

static CK_HOT void forward_row(const resample_context *c, int64_t row, float *blended) {
  const int64_t v = row % c->destination_height;
  const float *plane = c->x + row / c->destination_height * c->source_height * c->source_width;
  const float *a = plane + c->vertical.low[v] * c->source_width;
  if (c->vertical.high_weight[v] != 0) {
    const float *b = plane + c->vertical.high[v] * c->source_width;
    blend_rows(blended, a, b, c->vertical.high_weight[v], c->source_width);
    a = blended;
  }
  float *to = c->result + row * c->destination_width;
  const int32_t *low = c->horizontal.low;
  const int32_t *high = c->horizontal.high;
  const float *weights = c->horizontal.high_weight;
  for (int64_t u = 0; u < c->destination_width; u++) {
    const float weight = weights[u];
    const float value = a[low[u]];
    to[u] = weight == 0 ? value : value * (1.0f - weight) + a[high[u]] * weight;
  }
}

static void forward_share(void *raw, int thread, int threads) {
  const resample_context *c = raw;
  int64_t begin, end;
  ck_share(c->planes * c->destination_height, thread, threads, &begin, &end);
  if (begin == end) return;
  float *blended = ck_scratch(c->source_width * (int64_t)sizeof(float));
  for (int64_t r = begin; r < end; r++) forward_row(c, r, blended);
  free(blended);
}

static CK_HOT void gradient_row(const resample_context *c, int64_t row, float *gathered) {
  const int64_t i = row % c->source_height;
  const int64_t width = c->destination_width;
  const float *plane = c->x + row / c->source_height * c->destination_height * width;
  const axis_taps *vertical = &c->vertical;
  memset(gathered, 0, (size_t)width * sizeof(float));
  for (int32_t k = vertical->first[i]; k < vertical->first[i + 1]; k++) {
    const float *dy = plane + vertical->reader[k] * width;
    const float weight = vertical->weight[k];
    CK_VECTORIZE
    for (int64_t u = 0; u < width; u++) gathered[u] += weight * dy[u];
  }
  float *dx = c->result + row * c->source_width;
  const axis_taps *horizontal = &c->horizontal;
  for (int64_t j = 0; j < c->source_width; j++) {
    float sum = 0;
    for (int32_t k = horizontal->first[j]; k < horizontal->first[j + 1]; k++) {
      sum += horizontal->weight[k] * gathered[horizontal->reader[k]];
    }
    dx[j] = sum;
  }
}

static void gradient_share(void *raw, int thread, int threads) {
  const resample_context *c = raw;
  int64_t begin, end;
  ck_share(c->planes * c->source_height, thread, threads, &begin, &end);
  if (begin == end) return;
  float *gathered = ck_scratch(c->destination_width * (int64_t)sizeof(float));
  for (int64_t r = begin; r < end; r++) gradient_row(c, r, gathered);
  free(gathered);
}

static void resample(
    float *result, const float *x, int64_t planes, const ck_axis_map *vertical,
    const ck_axis_map *horizontal, bool nearest, bool gradient) {
  if (vertical->source_size == 0 || horizontal->source_size == 0) return;
  resample_context c = {
    .result = result, .x = x, .planes = planes, .vertical = make_taps(vertical, nearest),
    .horizontal = make_taps(horizontal, nearest), .source_height = vertical->source_size,
    .source_width = horizontal->source_size, .destination_height = vertical->destination_size,
    .destination_width = horizontal->destination_size};
  const int64_t source = c.source_height * c.source_width;
  const int64_t destination = c.destination_height * c.destination_width;
  if (gradient) {
    find_readers(&c.vertical, vertical);
    find_readers(&c.horizontal, horizontal);
  }
  ck_run(gradient ? gradient_share : forward_share, &c, planes * (source + destination));
  free_taps(&c.vertical);
  free_taps(&c.horizontal);
}

void ck_resample_bilinear(
    float *y, const float *x, int64_t planes, ck_axis_map vertical, ck_axis_map horizontal) {
  resample(y, x, planes, &vertical, &horizontal, false, false);
}

void ck_resample_bilinear_gradient(
    float *dx, const float *dy, int64_t planes, ck_axis_map vertical, ck_axis_map horizontal) {
  resample(dx, dy, planes, &vertical, &horizontal, false, true);
}

void ck_resample_nearest(
    float *y, const float *x, int64_t planes, ck_axis_map vertical, ck_axis_map horizontal) {
  resample(y, x, planes, &vertical, &horizontal, true, false);
}

void ck_resample_nearest_gradient(
    float *dx, const float *dy, int64_t planes, ck_axis_map vertical, ck_axis_map horizontal) {
  resample(dx, dy, planes, &vertical, &horizontal, true, true);
}
