#include "block_lanes.h"

// The extremes of a channel over its positions, in one pass over blocked values as they lie.

/// One block of channels: four rows of lanes. The first NaN wins.
#define EXTREMES(NAME, LANES, MASK, BLOCK)                                                        \
  CK_INLINE void NAME(float *extremes, const float *x, int64_t positions) {                       \
    LANES largest = *(const LANES *)x, smallest = largest;                                        \
    LANES largest_place = {0}, smallest_place = {0}, place = {0};                                 \
    for (int64_t i = 1; i < positions; i++) {                                                     \
      const LANES element = *(const LANES *)(x + i * BLOCK);                                      \
      place += 1.0f;                                                                              \
      const MASK nan = element != element;                                                        \
      const MASK above = (element > largest) | (nan & (MASK)(largest == largest));                \
      const MASK below = (element < smallest) | (nan & (MASK)(smallest == smallest));             \
      largest = CK_CHOOSE(LANES, MASK, above, element, largest);                                  \
      largest_place = CK_CHOOSE(LANES, MASK, above, place, largest_place);                        \
      smallest = CK_CHOOSE(LANES, MASK, below, element, smallest);                                \
      smallest_place = CK_CHOOSE(LANES, MASK, below, place, smallest_place);                      \
    }                                                                                             \
    *(LANES *)extremes = largest;                                                                 \
    *(LANES *)(extremes + BLOCK) = largest_place;                                                 \
    *(LANES *)(extremes + 2 * BLOCK) = smallest;                                                  \
    *(LANES *)(extremes + 3 * BLOCK) = smallest_place;                                            \
  }

EXTREMES(extremes8, ck_lanes8, ck_mask8, 8)
EXTREMES(extremes16, ck_lanes16, ck_mask16, 16)

CK_INLINE void extremes1(float *extremes, const float *x, int64_t positions) {
  int64_t largest = 0, smallest = 0;
  for (int64_t i = 1; i < positions; i++) {
    const bool is_nan = x[i] != x[i];
    if (x[i] > x[largest] || (is_nan && x[largest] == x[largest])) largest = i;
    if (x[i] < x[smallest] || (is_nan && x[smallest] == x[smallest])) smallest = i;
  }
  extremes[0] = x[largest];
  extremes[1] = (float)largest;
  extremes[2] = x[smallest];
  extremes[3] = (float)smallest;
}

typedef struct extremes_context {
  const ck_activation *shape;
  float *extremes;
  const float *x;
} extremes_context;

static CK_HOT void extremes_planes(const extremes_context *c, int64_t first, int64_t end) {
  const int64_t block = c->shape->block;
  const int64_t positions = c->shape->spatial;
  for (int64_t i = first; i < end; i++) {
    float *extremes = c->extremes + i * 4 * block;
    const float *x = c->x + i * positions * block;
    if (block == 8) extremes8(extremes, x, positions);
    else if (block == 16) extremes16(extremes, x, positions);
    else extremes1(extremes, x, positions);
  }
}

static void extremes_share(void *raw, int thread, int threads) {
  const extremes_context *c = raw;
  int64_t first, end;
  ck_share(
    c->shape->batch * ck_ceil_div(c->shape->channels, c->shape->block), thread, threads, &first,
    &end);
  extremes_planes(c, first, end);
}

void ck_position_extremes(const ck_activation *shape, float *extremes, const float *x) {
  extremes_context context = {shape, extremes, x};
  ck_run(extremes_share, &context, shape->batch * shape->channels * shape->spatial);
}
