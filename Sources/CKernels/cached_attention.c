#include "panel_tile.h"
#include "support.h"

// Attention over a cache. Positions are taken in chunks of 64 from position 0: the running maximum
// and sum are corrected at each chunk (Milakov and Gimelshein, "Online normalizer calculation for
// softmax", 2018). Queries of a prompt are taken six at a time, so that keys and values in the cache
// serve them all; each has the result that it has alone.

#define CHUNK 64
/// Queries that are taken together.
#define QUERIES 6

typedef struct attention_context {
  const ck_attention_cache *cache;
  float *out;
  const float *q;
  const int32_t *sequences;
  const int32_t *positions;
  int64_t out_stride;
  int64_t q_stride;
  int64_t heads;
  int64_t window;
  int64_t rows;
  int64_t next;
  float scale;
} attention_context;

/// Queries of one head that are taken together, and what is known of each.
typedef struct query_block {
  const float *q;
  float *out;
  int64_t count;
  const int32_t *positions;
  float largest[QUERIES];
  float sum[QUERIES];
} query_block;

/// sum[a * N + b], for the number of rows that there is.
CK_INLINE void tile_rows(
    ck_float16 *sum, const float *x, int64_t x_stride, const float *w, int64_t stride,
    int64_t count, int64_t rows) {
#define CK_ROWS(M)                                                                              \
  case M:                                                                                       \
    ck_panel_tile(                                                                              \
      sum, x, x_stride, (const char *)w, stride * 4, 0, count, M, 1, CK_WEIGHT_FLOAT32);        \
    break;
  switch (rows) {
    CK_ROWS(2)
    CK_ROWS(3)
    CK_ROWS(4)
    CK_ROWS(5)
    default:
    CK_ROWS(6)
  }
#undef CK_ROWS
}

/// p [rows][64] = scores of the first panels of the chunk's keys, 1 to 4; there may be no more.
CK_INLINE void score_chunk(
    float *p, const attention_context *c, const query_block *block, const float *keys,
    int64_t panels) {
  const int64_t width = c->cache->width;
  ck_float16 sum[QUERIES];
  if (block->count == 1) {
#define CK_PANELS(N)                                                                              \
  case N:                                                                                         \
    ck_panel_tile(                                                                                \
      sum, block->q, 0, (const char *)keys, PANEL * 4, width * PANEL * 4, width, 1, N,            \
      CK_WEIGHT_FLOAT32);                                                                         \
    break;
    switch (panels) {
      CK_PANELS(1)
      CK_PANELS(2)
      CK_PANELS(3)
      default:
      CK_PANELS(4)
    }
#undef CK_PANELS
    memcpy(p, sum, (size_t)panels * sizeof *sum);
    return;
  }
  for (int64_t b = 0; b < panels; b++) {
    tile_rows(
      sum, block->q, c->q_stride, keys + b * width * PANEL, PANEL, width, block->count);
    for (int64_t a = 0; a < block->count; a++) {
      memcpy(p + a * CHUNK + b * PANEL, &sum[a], sizeof *sum);
    }
  }
}

/// out = correction * out + added, for up to 16 columns.
CK_INLINE void add_columns(
    float *out, const ck_float16 *sum, float correction, int64_t columns) {
  float added[PANEL];
  memcpy(added, sum, sizeof added);
  for (int64_t i = 0; i < columns; i++) out[i] = correction * out[i] + added[i];
}

/// out = correction * out + p V over the first `count` positions of the chunk.
CK_INLINE void mix_chunk(
    const attention_context *c, const query_block *block, const float *p, const float *correction,
    const float *values, int64_t count) {
  const int64_t width = c->cache->width, stride = c->cache->value_width;
  ck_float16 sum[QUERIES];
  int64_t j = 0;
  if (block->count == 1) {
    for (; j + 4 * PANEL <= width; j += 4 * PANEL) {
      ck_panel_tile(
        sum, p, 0, (const char *)(values + j), stride * 4, PANEL * 4, count, 1, 4,
        CK_WEIGHT_FLOAT32);
      for (int64_t b = 0; b < 4; b++) {
        add_columns(block->out + j + b * PANEL, &sum[b], correction[0], PANEL);
      }
    }
  }
  for (; j < width; j += PANEL) {
    const int64_t columns = ck_min(PANEL, width - j);
    if (block->count == 1) {
      ck_panel_tile(
        sum, p, 0, (const char *)(values + j), stride * 4, 0, count, 1, 1, CK_WEIGHT_FLOAT32);
    } else {
      tile_rows(sum, p, CHUNK, values + j, stride, count, block->count);
    }
    for (int64_t a = 0; a < block->count; a++) {
      add_columns(block->out + a * c->out_stride + j, &sum[a], correction[a], columns);
    }
  }
}

/// The greater of two numbers, without a thought for NaN.
CK_INLINE float greater(float a, float b) { return a > b ? a : b; }

/// The largest of 64 numbers.
CK_INLINE float chunk_maximum(const float *p) {
  float l[16];
  CK_VECTORIZE
  for (int j = 0; j < 16; j++) {
    const float first = greater(p[j], p[j + 16]);
    const float second = greater(p[j + 32], p[j + 48]);
    l[j] = greater(first, second);
  }
  for (int width = 8; width > 0; width /= 2) {
    for (int j = 0; j < width; j++) l[j] = greater(l[j], l[j + width]);
  }
  return l[0];
}

/// The weights of row a from its scores in the first panels, zeros outside begin ..< end; returns how
/// much what is summed so far shrinks.
CK_INLINE float weigh(
    float *p, const attention_context *c, query_block *block, int64_t a, int64_t begin,
    int64_t end, int64_t panels) {
  if (begin >= end) {
    memset(p, 0, CHUNK * sizeof(float));
    return 1.0f;
  }
  for (int64_t t = 0; t < begin; t++) p[t] = -INFINITY;
  for (int64_t t = end; t < CHUNK; t++) p[t] = -INFINITY;
  // Scaling keeps the order of scores: the largest can be found before.
  const float largest = block->largest[a];
  const float next = greater(largest, c->scale * chunk_maximum(p));
  const float scale = c->scale;
  float lanes[16] = {0};
  for (int64_t t = 0; t < panels * PANEL; t += PANEL) {
    CK_VECTORIZE
    for (int64_t j = 0; j < 16; j++) {
      p[t + j] = ck_exp(scale * p[t + j] - next);
      lanes[j] += p[t + j];
    }
  }
  ck_float16 sum;
  memcpy(&sum, lanes, sizeof sum);
  const float correction = ck_exp(largest - next);
  block->sum[a] = correction * block->sum[a] + ck_add_lanes(&sum);
  block->largest[a] = next;
  return correction;
}

/// Head `head` of rows first ..< first + count, which follow each other in one sequence.
static CK_HOT void attend(
    const attention_context *c, int64_t first, int64_t count, int64_t head) {
  const ck_attention_cache *cache = c->cache;
  const int64_t width = cache->width;
  const int64_t key_head = head / (c->heads / cache->key_heads);
  const int64_t place = c->sequences[first] * cache->key_heads + key_head;
  const float *keys = cache->keys + place * cache->capacity * width;
  const float *values = cache->values + place * cache->capacity * cache->value_width;
  query_block block = {
    .q = c->q + first * c->q_stride + head * width,
    .out = c->out + first * c->out_stride + head * width,
    .count = count,
    .positions = c->positions + first,
  };
  for (int64_t a = 0; a < count; a++) {
    block.largest[a] = -INFINITY;
    memset(block.out + a * c->out_stride, 0, (size_t)width * sizeof(float));
  }
  const int64_t last = block.positions[count - 1];
  const int64_t earliest = ck_max(0, block.positions[0] - c->window + 1);
  float p[QUERIES * CHUNK], correction[QUERIES];
  for (int64_t at = earliest / CHUNK * CHUNK; at <= last; at += CHUNK) {
    const int64_t length = ck_min(CHUNK, last + 1 - at);
    const int64_t panels = ck_ceil_div(length, PANEL);
    score_chunk(p, c, &block, keys + at * width, panels);
    for (int64_t a = 0; a < count; a++) {
      const int64_t position = block.positions[a];
      const int64_t begin = ck_max(0, position - c->window + 1 - at);
      const int64_t end = ck_min(CHUNK, position + 1 - at);
      correction[a] = weigh(p + a * CHUNK, c, &block, a, begin, end, panels);
    }
    mix_chunk(c, &block, p, correction, values + at * cache->value_width, length);
  }
  for (int64_t a = 0; a < count; a++) {
    const float factor = 1.0f / block.sum[a];
    float *out = block.out + a * c->out_stride;
    for (int64_t j = 0; j < width; j++) out[j] *= factor;
  }
}

/// How many rows from `first` on follow each other in one sequence, at most QUERIES.
CK_INLINE int64_t run_length(const attention_context *c, int64_t first) {
  int64_t count = 1;
  while (count < QUERIES && first + count < c->rows
         && c->sequences[first + count] == c->sequences[first]
         && c->positions[first + count] == c->positions[first] + count) {
    count++;
  }
  return count;
}

/// Rows that a thread takes at a time.
#define GRAIN 12

static void attention_share(void *raw, int thread, int threads) {
  attention_context *c = raw;
  (void)thread;
  (void)threads;
  const int64_t groups = ck_ceil_div(c->rows, GRAIN);
  while (true) {
    // The longest rows of a prompt come last; begin with them, so that none is left over.
    const int64_t item = __atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED);
    if (item >= groups * c->heads) return;
    const int64_t group = groups - 1 - item / c->heads;
    const int64_t end = ck_min(c->rows, (group + 1) * GRAIN);
    for (int64_t r = group * GRAIN; r < end;) {
      const int64_t count = ck_min(run_length(c, r), end - r);
      attend(c, r, count, item % c->heads);
      r += count;
    }
  }
}

void ck_attend_cached(
    const ck_attention_cache *cache, float *out, int64_t out_stride, const float *q,
    int64_t q_stride, int64_t heads, float scale, int64_t window, const int32_t *sequences,
    const int32_t *positions, int64_t rows) {
  if (rows <= 0) return;
  attention_context context = {
    cache, out, q, sequences, positions, out_stride, q_stride, heads, window, rows, 0, scale,
  };
  int64_t work = 0;
  for (int64_t r = 0; r < rows; r++) work += ck_min(positions[r] + 1, window);
  ck_run(attention_share, &context, 2 * work * heads * cache->width);
}

typedef struct store_context {
  const ck_attention_cache *cache;
  const float *keys;
  const float *values;
  int64_t stride;
  const int32_t *sequences;
  const int32_t *positions;
  int64_t rows;
} store_context;

static void store_share(void *raw, int thread, int threads) {
  const store_context *c = raw;
  const ck_attention_cache *cache = c->cache;
  const int64_t width = cache->width;
  int64_t begin, end;
  ck_share(c->rows, thread, threads, &begin, &end);
  for (int64_t r = begin; r < end; r++) {
    const int64_t position = c->positions[r];
    for (int64_t h = 0; h < cache->key_heads; h++) {
      const int64_t place = (c->sequences[r] * cache->key_heads + h) * cache->capacity;
      const float *key = c->keys + r * c->stride + h * width;
      float *panel = cache->keys + (place + position / PANEL * PANEL) * width;
      for (int64_t j = 0; j < width; j++) panel[j * PANEL + position % PANEL] = key[j];
      memcpy(
        cache->values + (place + position) * cache->value_width,
        c->values + r * c->stride + h * width, (size_t)width * sizeof(float));
    }
  }
}

void ck_store_keys_values(
    const ck_attention_cache *cache, const float *keys, const float *values, int64_t stride,
    const int32_t *sequences, const int32_t *positions, int64_t rows) {
  store_context context = {cache, keys, values, stride, sequences, positions, rows};
  // A key touches a cache line per number.
  ck_run(store_share, &context, 16 * rows * cache->key_heads * cache->width);
}

void ck_rotate_rows(
    float *x, int64_t stride, int64_t heads, int64_t width, int64_t rotated, bool adjacent,
    const float *cosine, const float *sine, const int32_t *positions, int64_t rows) {
  const int64_t half = rotated / 2;
  for (int64_t r = 0; r < rows; r++) {
    const float *c = cosine + positions[r] * half;
    const float *s = sine + positions[r] * half;
    for (int64_t h = 0; h < heads; h++) {
      float *head = x + r * stride + h * width;
      for (int64_t i = 0; i < half; i++) {
        const int64_t first = adjacent ? 2 * i : i;
        const int64_t second = adjacent ? 2 * i + 1 : i + half;
        const float u = head[first], v = head[second];
        head[first] = u * c[i] - v * s[i];
        head[second] = v * c[i] + u * s[i];
      }
    }
  }
}
