#include "support.h"
#include "vector_math.h"

// Philox4x32-10, and numbers made from its words. Contraction to fused operations is off: these
// values are promised to be the same on every machine.

/// Blocks that are computed side by side: 64 words.
#define BLOCKS 16
#define WORDS 64

typedef enum distribution { BITS, UNIFORM, NORMAL } distribution;

typedef struct random_context {
  distribution kind;
  void *result;
  int64_t count;
  ck_random_key key;
  uint64_t first;
  float low;
  float high;
  float below_high;
} random_context;

/// One block. The multipliers and the Weyl constants (golden ratio, sqrt 3 - 1) are the paper's.
CK_INLINE void philox(uint32_t *c0, uint32_t *c1, uint32_t *c2, uint32_t *c3, uint64_t key) {
  uint32_t k0 = (uint32_t)key;
  uint32_t k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    const uint64_t product0 = (uint64_t)*c0 * 0xd2511f53u;
    const uint64_t product1 = (uint64_t)*c2 * 0xcd9e8d57u;
    const uint32_t next0 = (uint32_t)(product1 >> 32) ^ *c1 ^ k0;
    const uint32_t next2 = (uint32_t)(product0 >> 32) ^ *c3 ^ k1;
    *c1 = (uint32_t)product1;
    *c3 = (uint32_t)product0;
    *c0 = next0;
    *c2 = next2;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
}

void ck_philox(uint32_t *result, const uint32_t *counter, const uint32_t *key) {
  uint32_t c[4];
  memcpy(c, counter, sizeof c);
  philox(&c[0], &c[1], &c[2], &c[3], (uint64_t)key[1] << 32 | key[0]);
  memcpy(result, c, sizeof c);
}

/// words[w][j] is word w of block first + j.
CK_INLINE void make_blocks(uint32_t words[4][BLOCKS], ck_random_key key, uint64_t first) {
  CK_VECTORIZE
  for (int j = 0; j < BLOCKS; j++) {
    const uint64_t block = first + (uint64_t)j;
    uint32_t c0 = (uint32_t)block;
    uint32_t c1 = (uint32_t)(block >> 32);
    uint32_t c2 = (uint32_t)key.stream;
    uint32_t c3 = (uint32_t)(key.stream >> 32);
    philox(&c0, &c1, &c2, &c3, key.seed);
    words[0][j] = c0;
    words[1][j] = c1;
    words[2][j] = c2;
    words[3][j] = c3;
  }
}

/// -2 ln u for u in (0, 1], as in ck_log but without fused operations.
CK_INLINE float minus_two_log(float u) {
#pragma clang fp contract(off)
  const uint32_t bits = ck_bits(u) - 0x3f3504f3u;
  const float m = ck_from_bits((bits & 0x7fffffu) + 0x3f3504f3u);
  const float e = (float)((int32_t)bits >> 23);
  const float f = m - 1.0f;
  float q = 0x1.144220p-4f;
  q = q * f + -0x1.de335ap-4f;
  q = q * f + 0x1.e6f4e4p-4f;
  q = q * f + -0x1.fc23c0p-4f;
  q = q * f + 0x1.23373ep-3f;
  q = q * f + -0x1.555c40p-3f;
  q = q * f + 0x1.99a4b6p-3f;
  q = q * f + -0x1.000006p-2f;
  q = q * f + 0x1.555548p-2f;
  const float square = f * f;
  float tail = q * (square * f);
  tail = tail + e * 0x1.7f7d1cp-20f;
  tail = tail - 0.5f * square;
  return -2.0f * (f + tail + e * 0x1.62e4p-1f);
}

/// Two independent standard normal numbers from two words: the first makes the radius, the second
/// the angle, two bits for the quadrant and thirty for a fraction of it from -1/2 to 1/2.
CK_INLINE void box_muller(uint32_t radius_word, uint32_t angle_word, float *a, float *b) {
#pragma clang fp contract(off)
  const float u = ((float)(int32_t)(radius_word >> 1) + 0.5f) * 0x1p-31f;
  const float radius = CK_SQRT(ck_positive_part(minus_two_log(u)));
  const float r = (float)(int32_t)(angle_word << 2) * (0x1.921fb6p+0f * 0x1p-32f);
  const float square = r * r;
  float s = -0x1.994eb4p-13f;
  s = s * square + 0x1.110760p-7f;
  s = s * square + -0x1.555546p-3f;
  const float sine = s * square * r + r;
  float c = 0x1.9a025ap-16f;
  c = c * square + -0x1.6c0c8cp-10f;
  c = c * square + 0x1.55554ap-5f;
  const float cosine = c * (square * square) + (1.0f - 0.5f * square);
  const uint32_t quadrant = angle_word >> 30;
  const bool odd = (quadrant & 1) != 0;
  const uint32_t cosine_sign = ((quadrant + 1) & 2) << 30;
  const uint32_t sine_sign = (quadrant & 2) << 30;
  *a = radius * ck_from_bits(ck_bits(odd ? sine : cosine) ^ cosine_sign);
  *b = radius * ck_from_bits(ck_bits(odd ? cosine : sine) ^ sine_sign);
}

/// Elements of BLOCKS blocks from `block` on.
CK_INLINE void make_words(const random_context *c, uint64_t block, uint32_t *result) {
  uint32_t words[4][BLOCKS];
  make_blocks(words, c->key, block);
  for (int j = 0; j < BLOCKS; j++) {
    for (int w = 0; w < 4; w++) result[4 * j + w] = words[w][j];
  }
}

CK_INLINE void make_uniform(const random_context *c, uint64_t block, float *result) {
#pragma clang fp contract(off)
  uint32_t words[WORDS];
  make_words(c, block, words);
  const float low = c->low;
  const float width = c->high - c->low;
  const float below = c->below_high;
  CK_VECTORIZE
  for (int i = 0; i < WORDS; i++) {
    const float value = low + width * ((float)(int32_t)(words[i] >> 8) * 0x1p-24f);
    result[i] = value < c->high ? value : below;
  }
}

CK_INLINE void make_normal(const random_context *c, uint64_t block, float *result) {
#pragma clang fp contract(off)
  uint32_t words[4][BLOCKS];
  float values[4][BLOCKS];
  make_blocks(words, c->key, block);
  for (int pair = 0; pair < 4; pair += 2) {
    CK_VECTORIZE
    for (int j = 0; j < BLOCKS; j++) {
      float a, b;
      box_muller(words[pair][j], words[pair + 1][j], &a, &b);
      values[pair][j] = c->low + c->high * a;
      values[pair + 1][j] = c->low + c->high * b;
    }
  }
  for (int j = 0; j < BLOCKS; j++) {
    for (int w = 0; w < 4; w++) result[4 * j + w] = values[w][j];
  }
}

/// Elements begin ..< end of the result, which starts at element c->first of the sequence.
static CK_HOT void fill(const random_context *c, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end;) {
    const uint64_t element = c->first + (uint64_t)i;
    const int64_t skipped = (int64_t)(element % 4);
    const int64_t count = ck_min(WORDS - skipped, end - i);
    uint32_t piece[WORDS];
    switch (c->kind) {
      case BITS: make_words(c, element / 4, piece); break;
      case UNIFORM: make_uniform(c, element / 4, (float *)(void *)piece); break;
      case NORMAL: make_normal(c, element / 4, (float *)(void *)piece); break;
    }
    memcpy((uint32_t *)c->result + i, piece + skipped, (size_t)count * sizeof(uint32_t));
    i += count;
  }
}

static void random_share(void *raw, int thread, int threads) {
  const random_context *c = raw;
  int64_t begin, end;
  ck_share(c->count, thread, threads, &begin, &end);
  fill(c, begin, end);
}

void ck_random_bits(uint32_t *result, int64_t count, ck_random_key key, uint64_t first) {
  random_context context = {
    .kind = BITS, .result = result, .count = count, .key = key, .first = first};
  ck_run(random_share, &context, 4 * count);
}

void ck_random_uniform(
    float *result, int64_t count, ck_random_key key, uint64_t first, float low, float high) {
  random_context context = {
    .kind = UNIFORM, .result = result, .count = count, .key = key, .first = first, .low = low,
    .high = high, .below_high = nextafterf(high, low)};
  ck_run(random_share, &context, 4 * count);
}

void ck_random_normal(
    float *result, int64_t count, ck_random_key key, uint64_t first, float mean,
    float deviation) {
  random_context context = {
    .kind = NORMAL, .result = result, .count = count, .key = key, .first = first, .low = mean,
    .high = deviation};
  ck_run(random_share, &context, 4 * count);
}
