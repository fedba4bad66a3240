#include "support.h"

// The strided copy: dimensions are dropped, ordered and merged until the innermost one is what the
// destination has contiguous, if anything; then rows are copied, filled or transposed in tiles.

#define MAXIMUM_RANK 8

typedef struct copy_plan {
  char *destination;
  const char *source;
  int32_t rank;
  int32_t bytes;
  /// Outermost first; strides in bytes.
  int64_t size[MAXIMUM_RANK];
  int64_t to[MAXIMUM_RANK];
  int64_t from[MAXIMUM_RANK];
  /// Rows of the last dimension are cut into pieces of at most `piece`, so that one long row has
  /// work for several threads.
  int64_t piece;
  int64_t pieces;
  /// The last two dimensions are a transposition.
  bool transposes;
} copy_plan;

static int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

static void swap_dimensions(copy_plan *plan, int32_t a, int32_t b) {
  int64_t *arrays[3] = {plan->size, plan->to, plan->from};
  for (int k = 0; k < 3; k++) {
    const int64_t kept = arrays[k][a];
    arrays[k][a] = arrays[k][b];
    arrays[k][b] = kept;
  }
}

/// Largest destination stride first, so that memory is written front to back.
static void order_dimensions(copy_plan *plan) {
  for (int32_t i = 1; i < plan->rank; i++) {
    for (int32_t k = i; k > 0 && magnitude(plan->to[k]) > magnitude(plan->to[k - 1]); k--) {
      swap_dimensions(plan, k, k - 1);
    }
  }
}

static void merge_dimensions(copy_plan *plan) {
  int32_t last = 0;
  for (int32_t d = 1; d < plan->rank; d++) {
    if (plan->to[last] == plan->to[d] * plan->size[d] &&
        plan->from[last] == plan->from[d] * plan->size[d]) {
      plan->size[last] *= plan->size[d];
    } else {
      last++;
      plan->size[last] = plan->size[d];
    }
    plan->to[last] = plan->to[d];
    plan->from[last] = plan->from[d];
  }
  plan->rank = last + 1;
}

/// If the source is contiguous along another, long dimension, moves that next to the last.
static void find_transposition(copy_plan *plan) {
  const int32_t last = plan->rank - 1;
  if (plan->bytes != 4 || plan->rank < 2 || plan->to[last] != 4 || plan->from[last] == 4) return;
  for (int32_t d = 0; d < last; d++) {
    if (plan->from[d] != 4 || plan->size[d] < 8) continue;
    for (int32_t k = d; k < last - 1; k++) swap_dimensions(plan, k, k + 1);
    plan->transposes = true;
    return;
  }
}

#define STRIDED_LOOP(type)                                              \
  for (int64_t i = 0; i < count; i++) {                                 \
    *(type *)(void *)(to + i * to_step) =                               \
      *(const type *)(const void *)(from + i * from_step);              \
  }

CK_INLINE void copy_row(
    char *to, const char *from, int64_t count, int64_t to_step, int64_t from_step,
    int32_t bytes) {
  if (to_step == bytes && from_step == bytes) {
    memcpy(to, from, (size_t)(count * bytes));
    return;
  }
  switch (bytes) {
    case 1: STRIDED_LOOP(uint8_t) break;
    case 2: STRIDED_LOOP(uint16_t) break;
    case 8: STRIDED_LOOP(uint64_t) break;
    default:
      if (to_step == 4 && from_step == 0) {
        const float value = *(const float *)(const void *)from;
        float *result = (float *)(void *)to;
        for (int64_t i = 0; i < count; i++) result[i] = value;
      } else {
        STRIDED_LOOP(uint32_t)
      }
  }
}

/// to[column, row] = from[row, column] for 8 x 8 floats; the steps are in floats.
CK_INLINE void transpose_8x8(float *to, int64_t to_step, const float *from, int64_t from_step) {
  ck_float8 r[8], s[8];
  for (int k = 0; k < 8; k++) memcpy(&r[k], from + k * from_step, sizeof r[k]);
  for (int k = 0; k < 4; k++) {
    s[2 * k] = __builtin_shufflevector(r[2 * k], r[2 * k + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    s[2 * k + 1] = __builtin_shufflevector(r[2 * k], r[2 * k + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int k = 0; k < 8; k += 4) {
    for (int half = 0; half < 2; half++) {
      r[k + 2 * half] =
        __builtin_shufflevector(s[k + half], s[k + half + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      r[k + 2 * half + 1] =
        __builtin_shufflevector(s[k + half], s[k + half + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int k = 0; k < 4; k++) {
    s[k] = __builtin_shufflevector(r[k], r[k + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    s[k + 4] = __builtin_shufflevector(r[k], r[k + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
  for (int k = 0; k < 8; k++) memcpy(to + k * to_step, &s[k], sizeof s[k]);
}

/// to[j, i] = from[i, j] for i < height, j < width; from is contiguous in j, to in i. Strips of 64
/// columns keep the lines that are written in L1 until they are whole.
static CK_HOT void transpose(
    float *to, int64_t to_step, const float *from, int64_t from_step, int64_t height,
    int64_t width) {
  for (int64_t left = 0; left < width; left += 64) {
    const int64_t right = ck_min(left + 64, width);
    int64_t i = 0;
    for (; i + 8 <= height; i += 8) {
      int64_t j = left;
      for (; j + 8 <= right; j += 8) {
        transpose_8x8(to + j * to_step + i, to_step, from + i * from_step + j, from_step);
      }
      for (; j < right; j++) {
        for (int64_t k = i; k < i + 8; k++) to[j * to_step + k] = from[k * from_step + j];
      }
    }
    for (int64_t j = left; j < right; j++) {
      for (int64_t k = i; k < height; k++) to[j * to_step + k] = from[k * from_step + j];
    }
  }
}

/// The offsets of item `index` of the first `rank` dimensions.
static void locate(
    const copy_plan *plan, int32_t rank, int64_t index, int64_t *at, int64_t *to, int64_t *from) {
  *to = 0;
  *from = 0;
  for (int32_t d = rank - 1; d >= 0; d--) {
    at[d] = index % plan->size[d];
    index /= plan->size[d];
    *to += at[d] * plan->to[d];
    *from += at[d] * plan->from[d];
  }
}

static void step(const copy_plan *plan, int32_t rank, int64_t *at, int64_t *to, int64_t *from) {
  for (int32_t d = rank - 1; d >= 0; d--) {
    *to += plan->to[d];
    *from += plan->from[d];
    if (++at[d] < plan->size[d]) return;
    *to -= at[d] * plan->to[d];
    *from -= at[d] * plan->from[d];
    at[d] = 0;
  }
}

static int64_t count_items(const copy_plan *plan, int32_t rank) {
  int64_t items = 1;
  for (int32_t d = 0; d < rank; d++) items *= plan->size[d];
  return items;
}

static void copy_share(void *raw, int thread, int threads) {
  const copy_plan *plan = raw;
  const int32_t last = plan->rank - 1;
  const int32_t outer = plan->transposes ? last - 1 : last;
  int64_t begin, end, to, from;
  int64_t at[MAXIMUM_RANK];
  ck_share(count_items(plan, outer) * plan->pieces, thread, threads, &begin, &end);
  if (begin == end) return;
  locate(plan, outer, begin / plan->pieces, at, &to, &from);
  int64_t piece = begin % plan->pieces;
  for (int64_t item = begin; item < end; item++) {
    const int64_t start = piece * plan->piece;
    const int64_t count = ck_min(plan->piece, plan->size[last] - start);
    char *destination = plan->destination + to + start * plan->to[last];
    const char *source = plan->source + from + start * plan->from[last];
    if (plan->transposes) {
      transpose(
        (float *)(void *)destination, plan->to[last - 1] / 4, (const float *)(const void *)source,
        plan->from[last] / 4, count, plan->size[last - 1]);
    } else {
      copy_row(destination, source, count, plan->to[last], plan->from[last], plan->bytes);
    }
    if (++piece == plan->pieces) {
      piece = 0;
      step(plan, outer, at, &to, &from);
    }
  }
}

void ck_copy_strided(
    void *destination, const int64_t *destination_strides, const void *source,
    const int64_t *source_strides, const int64_t *sizes, int32_t rank, int32_t element_bytes) {
  copy_plan plan = {.destination = destination, .source = source, .bytes = element_bytes};
  int64_t elements = 1;
  for (int32_t d = 0; d < rank; d++) {
    elements *= sizes[d];
    if (sizes[d] == 1) continue;
    plan.size[plan.rank] = sizes[d];
    plan.to[plan.rank] = destination_strides[d] * element_bytes;
    plan.from[plan.rank] = source_strides[d] * element_bytes;
    plan.rank++;
  }
  if (elements == 0) return;
  if (plan.rank == 0) {
    plan.size[0] = 1;
    plan.to[0] = element_bytes;
    plan.from[0] = element_bytes;
    plan.rank = 1;
  }
  order_dimensions(&plan);
  merge_dimensions(&plan);
  find_transposition(&plan);
  // 16 rows of a transposition share their cache lines.
  const int64_t longest = plan.transposes ? 16 : 8192;
  const int64_t length = plan.size[plan.rank - 1];
  plan.piece = ck_min(length, longest);
  plan.pieces = ck_ceil_div(length, plan.piece);
  ck_run(copy_share, &plan, elements);
}
