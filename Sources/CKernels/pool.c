#include "ckernels.h"
#include "support.h"

#include <string.h>

typedef float lanes8 __attribute__((vector_size(32), aligned(4)));
typedef int32_t mask8 __attribute__((vector_size(32), aligned(4)));
typedef float lanes16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t mask16 __attribute__((vector_size(64), aligned(4)));

// One plane of one block of channels; the block is part of the type.
#define PLANE(NAME, LANES, MASK, BLOCK)                                                           \
  CK_INLINE void NAME(                                                                            \
    const ck_pool *p, float *dx, const float *dy, const float *x, const float *y) {               \
    memset(dx, 0, sizeof(float) * (size_t)(p->height * p->width * BLOCK));                        \
    for (int64_t row = 0; row < p->pooled_height; row++) {                                        \
      int64_t first_y = row * p->stride_height - p->top;                                          \
      int64_t last_y = first_y + p->window_height;                                                \
      if (first_y < 0) first_y = 0;                                                               \
      if (last_y > p->height) last_y = p->height;                                                 \
      for (int64_t column = 0; column < p->pooled_width; column++) {                              \
        int64_t first_x = column * p->stride_width - p->left;                                     \
        int64_t last_x = first_x + p->window_width;                                               \
        if (first_x < 0) first_x = 0;                                                             \
        if (last_x > p->width) last_x = p->width;                                                 \
        int64_t at = (row * p->pooled_width + column) * BLOCK;                                    \
        LANES maximum = *(const LANES *)(y + at);                                                 \
        MASK open = *(const MASK *)(dy + at);                                                     \
        for (int64_t v = first_y; v < last_y; v++) {                                              \
          const float *source = x + (v * p->width + first_x) * BLOCK;                             \
          float *target = dx + (v * p->width + first_x) * BLOCK;                                  \
          for (int64_t u = first_x; u < last_x; u++, source += BLOCK, target += BLOCK) {          \
            MASK wins = *(const LANES *)source == maximum;                                        \
            /* The bits of dy where this element wins and none before it did: else +0. */         \
            *(LANES *)target += (LANES)(open & wins);                                             \
            open &= ~wins;                                                                        \
          }                                                                                       \
        }                                                                                         \
      }                                                                                           \
    }                                                                                             \
  }

PLANE(plane8, lanes8, mask8, 8)
PLANE(plane16, lanes16, mask16, 16)

CK_INLINE void plane1(
  const ck_pool *p, float *dx, const float *dy, const float *x, const float *y) {
  memset(dx, 0, sizeof(float) * (size_t)(p->height * p->width));
  for (int64_t row = 0; row < p->pooled_height; row++) {
    for (int64_t column = 0; column < p->pooled_width; column++) {
      int64_t at = row * p->pooled_width + column;
      for (int64_t k = 0; k < p->window_height * p->window_width; k++) {
        int64_t v = row * p->stride_height - p->top + k / p->window_width;
        int64_t u = column * p->stride_width - p->left + k % p->window_width;
        if (v < 0 || v >= p->height || u < 0 || u >= p->width) continue;
        if (x[v * p->width + u] != y[at]) continue;
        dx[v * p->width + u] += dy[at];
        break;
      }
    }
  }
}

typedef struct {
  const ck_pool *pool;
  float *dx;
  const float *dy;
  const float *x;
  const float *y;
} job;

CK_HOT static void run(void *context, int thread, int threads) {
  const job *j = context;
  const ck_pool *p = j->pool;
  int64_t planes = p->batch * ((p->channels + p->block - 1) / p->block);
  int64_t inner = p->height * p->width * p->block;
  int64_t outer = p->pooled_height * p->pooled_width * p->block;
  for (int64_t i = planes * thread / threads; i < planes * (thread + 1) / threads; i++) {
    float *dx = j->dx + i * inner;
    const float *dy = j->dy + i * outer, *x = j->x + i * inner, *y = j->y + i * outer;
    if (p->block == 8) plane8(p, dx, dy, x, y);
    else if (p->block == 16) plane16(p, dx, dy, x, y);
    else plane1(p, dx, dy, x, y);
  }
}

void ck_maxpool_gradient(
  const ck_pool *pool, float *dx, const float *dy, const float *x, const float *y) {
  job j = {pool, dx, dy, x, y};
  ck_run(run, &j, pool->batch * pool->channels * pool->height * pool->width * 4);
}
