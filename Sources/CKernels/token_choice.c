#include "lanes.h"
#include "support.h"

// Drawing a token.
//
// The k-th largest number: a heap of the k largest so far, with its least on top. Nearly all numbers
// are below that, and a block of 16 at a time is dismissed.

static void sift_down(float *heap, int64_t count) {
  const float value = heap[0];
  int64_t at = 0;
  while (true) {
    int64_t child = 2 * at + 1;
    if (child >= count) break;
    if (child + 1 < count && heap[child + 1] < heap[child]) child++;
    if (!(heap[child] < value)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = value;
}

static CK_HOT void select_largest(float *heap, const float *x, int64_t count, int64_t k) {
  for (int64_t i = 0; i < k; i++) heap[i] = -INFINITY;
  int64_t i = 0;
  for (; i < count; i += 16) {
    const int64_t length = ck_min(16, count - i);
    if (length == 16 && ck_run_maximum(x + i, 16) <= heap[0]) continue;
    for (int64_t j = 0; j < length; j++) {
      if (x[i + j] > heap[0]) {
        heap[0] = x[i + j];
        sift_down(heap, k);
      }
    }
  }
}

float ck_kth_largest(const float *x, int64_t count, int64_t k) {
  float *heap = ck_scratch(k * (int64_t)sizeof(float));
  select_largest(heap, x, count, k);
  const float result = heap[0];
  free(heap);
  return result;
}

/// Weights that are summed in float32.
#define BLOCK 64

static CK_HOT float block_weights(
    float *w, const float *x, int64_t count, float largest, float scale) {
  CK_VECTORIZE
  for (int64_t i = 0; i < BLOCK; i++) w[i] = 0;
  CK_VECTORIZE
  for (int64_t i = 0; i < count; i++) w[i] = ck_exp(scale * (x[i] - largest));
  return ck_run_sum(w, BLOCK);
}

int64_t ck_sample_exponential(
    const float *x, int64_t count, float largest, float scale, double share) {
  float w[BLOCK];
  const int64_t blocks = ck_ceil_div(count, BLOCK);
  float *sums = ck_scratch(blocks * (int64_t)sizeof(float));
  double total = 0;
  for (int64_t b = 0; b < blocks; b++) {
    sums[b] = block_weights(w, x + b * BLOCK, ck_min(BLOCK, count - b * BLOCK), largest, scale);
    total += sums[b];
  }
  const double target = share * total;
  double sum = 0;
  int64_t found = -1, last = -1;
  for (int64_t b = 0; b < blocks && found < 0; b++) {
    // The sum of a block in order may differ from its sum in lanes; look a little ahead.
    if (sum + 1.001 * sums[b] <= target && b + 1 < blocks) {
      sum += sums[b];
      if (sums[b] > 0) last = b * BLOCK;
      continue;
    }
    const int64_t length = ck_min(BLOCK, count - b * BLOCK);
    block_weights(w, x + b * BLOCK, length, largest, scale);
    double within = sum;
    for (int64_t i = 0; i < length; i++) {
      within += w[i];
      if (w[i] > 0) last = b * BLOCK + i;
      if (within > target) {
        found = b * BLOCK + i;
        break;
      }
    }
    sum += sums[b];
  }
  free(sums);
  return found >= 0 ? found : last;
}

static CK_HOT float largest_number(const float *x, int64_t count) {
  ck_float16 lanes = {0}, v;
  lanes -= INFINITY;
  for (int64_t i = 0; i < count; i += 16) {
    if (i + 16 <= count) {
      memcpy(&v, x + i, sizeof v);
    } else {
      ck_load_part(&v, x + i, count - i, -INFINITY);
    }
    const ck_int16 take = v > lanes;
    lanes = (ck_float16)((take & (ck_int16)v) | (~take & (ck_int16)lanes));
  }
  float l[16];
  memcpy(l, &lanes, sizeof l);
  for (int j = 1; j < 16; j++) l[0] = l[j] > l[0] ? l[j] : l[0];
  return l[0];
}

ck_row_summary ck_summarize_row(const float *x, int64_t count) {
  ck_row_summary result = {-INFINITY, largest_number(x, count), 0};
  while (result.index < count - 1 && x[result.index] != result.largest) result.index++;
  float w[BLOCK];
  double total = 0;
  for (int64_t i = 0; i < count; i += BLOCK) {
    total += block_weights(w, x + i, ck_min(BLOCK, count - i), result.largest, 1.0f);
  }
  if (count > 0) result.log_sum = result.largest + (float)log(total);
  return result;
}
