#include "lanes.h"
#include "support.h"

// Sums per channel, and batch normalization. Each channel's pixels are cut into chunks of a fixed
// number of elements; a chunk's sums are float32, and chunks combine in order, in float64.
//
// A chunk is a run of contiguous elements, 16 of which are worked on side by side. What belongs to
// a channel is repeated as often as its channel occurs among them: 16 times in a plain layout,
// twice in blocks of 8, once in blocks of 16.

/// Pixels of a chunk: 4096 elements of a plain layout, 256 pixels of a blocked one.
#define PLAIN_PIXELS 4096
#define BLOCKED_PIXELS 256

typedef enum channel_job { MOMENTS, SUMS, GRADIENT_SUMS, APPLY, GRADIENT } channel_job;

typedef struct channel_context {
  channel_job job;
  const ck_activation *shape;
  const float *x;
  const float *dy;
  const float *y;
  float *result;
  const float *mean;
  const float *rstd;
  const float *gamma;
  const float *beta;
  const float *sum_dy;
  const float *sum_dy_xhat;
  bool relu;
  int64_t blocks;
  int64_t chunks;
  int64_t pixels;
  /// Two numbers per lane and chunk, [batch][blocks][chunks][2][block].
  float *partial;
} channel_context;

/// The numbers of the channels of one block, repeated; 0 in lanes without a channel.
CK_INLINE void load_lanes(
    ck_float16 *lanes, const float *values, float missing, const channel_context *c,
    int64_t block) {
  const int64_t size = c->shape->block;
  float l[16];
  for (int64_t j = 0; j < 16; j++) {
    const int64_t channel = block * size + j % size;
    l[j] = channel >= c->shape->channels ? 0.0f : (values == NULL ? missing : values[channel]);
  }
  memcpy(lanes, l, sizeof l);
}

/// Adds the lanes of each channel and repeats the sums.
CK_INLINE void fold_lanes(ck_float16 *lanes, int64_t size) {
  float l[16];
  memcpy(l, lanes, sizeof l);
  for (int64_t width = 8; width >= size; width /= 2) {
    for (int64_t j = 0; j < width; j++) l[j] += l[j + width];
  }
  for (int64_t j = size; j < 16; j++) l[j] = l[j % size];
  memcpy(lanes, l, sizeof l);
}

/// Loads up to 16 elements, zeros beyond.
CK_INLINE void load_some(ck_float16 *v, const float *x, int64_t left) {
  if (left >= 16) {
    memcpy(v, x, sizeof *v);
  } else {
    ck_load_part(v, x, left, 0.0f);
  }
}

CK_INLINE void sum_lanes(ck_float16 *sum, const float *x, int64_t count) {
  ck_float16 first = {0}, second = {0}, v;
  int64_t i = 0;
  for (; i + 32 <= count; i += 32) {
    memcpy(&v, x + i, sizeof v);
    first += v;
    memcpy(&v, x + i + 16, sizeof v);
    second += v;
  }
  for (; i < count; i += 16) {
    load_some(&v, x + i, count - i);
    first += v;
  }
  *sum = first + second;
}

/// The chunk's mean and the sum of squared deviations from it.
CK_INLINE void moments(
    ck_float16 *mean, ck_float16 *deviations, const float *x, int64_t count, int64_t size) {
  sum_lanes(mean, x, count);
  fold_lanes(mean, size);
  *mean /= (float)(count / size);
  ck_float16 sum = {0}, v;
  for (int64_t i = 0; i < count; i += 16) {
    load_some(&v, x + i, count - i);
    v -= *mean;
    if (count - i < 16) ck_load_part(&v, (const float *)&v, count - i, 0.0f);
    sum += v * v;
  }
  fold_lanes(&sum, size);
  *deviations = sum;
}

CK_INLINE void gradient_sums(
    ck_float16 *sum, ck_float16 *product, const float *x, const float *dy, const float *y,
    int64_t count, int64_t size, const ck_float16 *mean, const ck_float16 *rstd, bool masked) {
  ck_float16 a = {0}, b = {0}, g, v, w;
  for (int64_t i = 0; i < count; i += 16) {
    load_some(&g, dy + i, count - i);
    load_some(&v, x + i, count - i);
    if (masked) {
      load_some(&w, y + i, count - i);
      g = CK_WHERE_POSITIVE(w, g);
    }
    v = (v - *mean) * *rstd;
    a += g;
    b += g * v;
  }
  fold_lanes(&a, size);
  fold_lanes(&b, size);
  *sum = a;
  *product = b;
}

static CK_HOT void sum_chunk(const channel_context *c, int64_t item) {
  const int64_t size = c->shape->block;
  const int64_t spatial = c->shape->spatial;
  const int64_t block = item / c->chunks % c->blocks;
  const int64_t start = item % c->chunks * c->pixels;
  const int64_t count = ck_min(c->pixels, spatial - start) * size;
  const int64_t at = (item / c->chunks * spatial + start) * size;
  const float *x = c->x + at;
  ck_float16 first = {0}, second = {0}, mean, rstd;
  switch (c->job) {
    case MOMENTS: moments(&first, &second, x, count, size); break;
    case SUMS:
      sum_lanes(&first, x, count);
      fold_lanes(&first, size);
      break;
    default:
      load_lanes(&mean, c->mean, 0, c, block);
      load_lanes(&rstd, c->rstd, 0, c, block);
      // Apart, because a masked load from no memory at all is slow.
      if (c->y == NULL) {
        gradient_sums(&first, &second, x, c->dy + at, NULL, count, size, &mean, &rstd, false);
      } else {
        const float *y = c->y + at;
        gradient_sums(&first, &second, x, c->dy + at, y, count, size, &mean, &rstd, true);
      }
  }
  float *partial = c->partial + 2 * item * size;
  memcpy(partial, &first, (size_t)size * sizeof(float));
  memcpy(partial + size, &second, (size_t)size * sizeof(float));
}

static void sum_share(void *raw, int thread, int threads) {
  const channel_context *c = raw;
  int64_t begin, end;
  ck_share(c->shape->batch * c->blocks * c->chunks, thread, threads, &begin, &end);
  for (int64_t item = begin; item < end; item++) sum_chunk(c, item);
}

static void prepare(channel_context *c) {
  const ck_activation *shape = c->shape;
  c->pixels = shape->block == 1 ? PLAIN_PIXELS : BLOCKED_PIXELS;
  c->blocks = ck_ceil_div(shape->channels, shape->block);
  c->chunks = ck_ceil_div(shape->spatial, c->pixels);
}

/// Adds up the chunks of a channel: sums (the first number of each chunk, or the second).
static double combine_sums(const channel_context *c, int64_t channel, int64_t which) {
  const int64_t size = c->shape->block;
  double total = 0;
  for (int64_t n = 0; n < c->shape->batch; n++) {
    for (int64_t k = 0; k < c->chunks; k++) {
      const int64_t item = (n * c->blocks + channel / size) * c->chunks + k;
      total += c->partial[(2 * item + which) * size + channel % size];
    }
  }
  return total;
}

/// Merges the chunks' means and sums of squared deviations (Chan, Golub and LeVeque, 1979).
static void combine_moments(
    const channel_context *c, int64_t channel, float *mean, float *variance) {
  const int64_t size = c->shape->block;
  double count = 0, center = 0, deviations = 0;
  for (int64_t n = 0; n < c->shape->batch; n++) {
    for (int64_t k = 0; k < c->chunks; k++) {
      const int64_t item = (n * c->blocks + channel / size) * c->chunks + k;
      const double chunk = (double)ck_min(c->pixels, c->shape->spatial - k * c->pixels);
      const double difference = c->partial[2 * item * size + channel % size] - center;
      deviations += c->partial[(2 * item + 1) * size + channel % size];
      deviations += difference * difference * count * chunk / (count + chunk);
      count += chunk;
      center += difference * chunk / count;
    }
  }
  *mean = (float)center;
  *variance = (float)(deviations / count);
}

static void run_sums(channel_context *c) {
  prepare(c);
  const int64_t items = c->shape->batch * c->blocks * c->chunks;
  c->partial = ck_scratch(2 * items * c->shape->block * (int64_t)sizeof(float));
  ck_run(sum_share, c, c->shape->batch * c->shape->channels * c->shape->spatial);
}

void ck_channel_moments(
    const ck_activation *shape, float *mean, float *variance, const float *x) {
  channel_context c = {.job = MOMENTS, .shape = shape, .x = x};
  run_sums(&c);
  for (int64_t i = 0; i < shape->channels; i++) combine_moments(&c, i, &mean[i], &variance[i]);
  free(c.partial);
}

void ck_channel_sums(const ck_activation *shape, float *sum, const float *x) {
  channel_context c = {.job = SUMS, .shape = shape, .x = x};
  run_sums(&c);
  for (int64_t i = 0; i < shape->channels; i++) sum[i] = (float)combine_sums(&c, i, 0);
  free(c.partial);
}

void ck_channel_gradient_sums(
    const ck_activation *shape, float *sum_dy, float *sum_dy_xhat, const float *dy,
    const float *x, const float *mean, const float *rstd, const float *y) {
  channel_context c = {
    .job = GRADIENT_SUMS, .shape = shape, .x = x, .dy = dy, .y = y, .mean = mean, .rstd = rstd};
  run_sums(&c);
  for (int64_t i = 0; i < shape->channels; i++) {
    sum_dy[i] = (float)combine_sums(&c, i, 0);
    sum_dy_xhat[i] = (float)combine_sums(&c, i, 1);
  }
  free(c.partial);
}

/// The numbers of an element-wise pass.
typedef struct lane_constants {
  ck_float16 mean;
  ck_float16 gain;
  ck_float16 offset;
  ck_float16 slope;
} lane_constants;

CK_INLINE void find_constants(lane_constants *k, const channel_context *c, int64_t block) {
  ck_float16 rstd;
  load_lanes(&k->mean, c->mean, 0, c, block);
  load_lanes(&rstd, c->rstd, 0, c, block);
  load_lanes(&k->gain, c->gamma, 1, c, block);
  k->gain *= rstd;
  if (c->job == APPLY) {
    load_lanes(&k->offset, c->beta, 0, c, block);
    return;
  }
  const float count = (float)(c->shape->batch * c->shape->spatial);
  load_lanes(&k->offset, c->sum_dy, 0, c, block);
  load_lanes(&k->slope, c->sum_dy_xhat, 0, c, block);
  k->offset /= count;
  k->slope = k->slope / count * rstd;
}

/// Stores up to 16 elements.
CK_INLINE void store_some(float *to, const ck_float16 *v, int64_t left) {
  if (left >= 16) {
    memcpy(to, v, sizeof *v);
  } else {
    memcpy(to, v, (size_t)left * sizeof(float));
  }
}

CK_INLINE void apply(
    float *result, const float *x, int64_t count, const lane_constants *constants, bool relu) {
  const lane_constants k = *constants;
  const ck_float16 zero = {0};
  ck_float16 v;
  for (int64_t i = 0; i < count; i += 16) {
    load_some(&v, x + i, count - i);
    v = (v - k.mean) * k.gain + k.offset;
    // max(v, 0) that keeps NaN.
    if (relu) v = (ck_float16)(~(v < zero) & (ck_int16)v);
    store_some(result + i, &v, count - i);
  }
}

CK_INLINE void gradient(
    float *result, const float *x, const float *dy, const float *y, int64_t count,
    const lane_constants *constants, bool masked) {
  const lane_constants k = *constants;
  ck_float16 v, g, w;
  for (int64_t i = 0; i < count; i += 16) {
    load_some(&v, x + i, count - i);
    load_some(&g, dy + i, count - i);
    if (masked) {
      load_some(&w, y + i, count - i);
      g = CK_WHERE_POSITIVE(w, g);
    }
    v = k.gain * (g - k.offset - (v - k.mean) * k.slope);
    store_some(result + i, &v, count - i);
  }
}

static CK_HOT void map_chunk(const channel_context *c, int64_t item) {
  const int64_t size = c->shape->block;
  const int64_t spatial = c->shape->spatial;
  const int64_t start = item % c->chunks * c->pixels;
  const int64_t count = ck_min(c->pixels, spatial - start) * size;
  const int64_t at = (item / c->chunks * spatial + start) * size;
  lane_constants k;
  find_constants(&k, c, item / c->chunks % c->blocks);
  if (c->job == APPLY && c->relu) {
    apply(c->result + at, c->x + at, count, &k, true);
  } else if (c->job == APPLY) {
    apply(c->result + at, c->x + at, count, &k, false);
  } else if (c->y == NULL) {
    gradient(c->result + at, c->x + at, c->dy + at, NULL, count, &k, false);
  } else {
    gradient(c->result + at, c->x + at, c->dy + at, c->y + at, count, &k, true);
  }
}

static void map_share(void *raw, int thread, int threads) {
  const channel_context *c = raw;
  int64_t begin, end;
  ck_share(c->shape->batch * c->blocks * c->chunks, thread, threads, &begin, &end);
  for (int64_t item = begin; item < end; item++) map_chunk(c, item);
}

void ck_batchnorm_apply(
    const ck_activation *shape, float *y, const float *x, const float *mean, const float *rstd,
    const float *gamma, const float *beta, bool relu) {
  channel_context c = {
    .job = APPLY, .shape = shape, .x = x, .result = y, .mean = mean, .rstd = rstd,
    .gamma = gamma, .beta = beta, .relu = relu};
  prepare(&c);
  ck_run(map_share, &c, shape->batch * shape->channels * shape->spatial);
}

void ck_batchnorm_gradient(
    const ck_activation *shape, float *dx, const float *dy, const float *x, const float *mean,
    const float *rstd, const float *gamma, const float *sum_dy, const float *sum_dy_xhat,
    const float *y) {
  channel_context c = {
    .job = GRADIENT, .shape = shape, .x = x, .dy = dy, .y = y, .result = dx, .mean = mean,
    .rstd = rstd, .gamma = gamma, .sum_dy = sum_dy, .sum_dy_xhat = sum_dy_xhat};
  prepare(&c);
  ck_run(map_share, &c, shape->batch * shape->channels * shape->spatial);
}
