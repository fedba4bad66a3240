#include "pointwise.h"
#include "vector_math.h"

// Running a program: tile by tile, each instruction one loop over the tile.

typedef struct tile_position {
  int64_t outer[4];
  int64_t group;
  int64_t piece;
  int64_t column;
  int64_t rows;
  int64_t columns;
} tile_position;

typedef struct run_context {
  const ck_pointwise_program *program;
  void *const *operands;
  /// Whether an operand that is stored has the address of one that is loaded.
  bool shared;
  int64_t tiles;
} run_context;

CK_INLINE void measure(const ck_pointwise_program *program, tile_position *at) {
  at->outer[3] = at->group * program->rows;
  at->column = at->piece * program->columns;
  at->rows = ck_min(program->rows, program->outer[3] - at->outer[3]);
  at->columns = ck_min(program->columns, program->inner - at->column);
}

CK_INLINE tile_position locate(const ck_pointwise_program *program, int64_t tile) {
  tile_position at;
  at.piece = tile % program->pieces;
  tile /= program->pieces;
  at.group = tile % program->row_groups;
  tile /= program->row_groups;
  at.outer[2] = tile % program->outer[2];
  tile /= program->outer[2];
  at.outer[1] = tile % program->outer[1];
  at.outer[0] = tile / program->outer[1];
  measure(program, &at);
  return at;
}

/// The same for the next tile, without the divisions.
CK_INLINE void advance(const ck_pointwise_program *program, tile_position *at) {
  if (++at->piece == program->pieces) {
    at->piece = 0;
    if (++at->group == program->row_groups) {
      at->group = 0;
      if (++at->outer[2] == program->outer[2]) {
        at->outer[2] = 0;
        if (++at->outer[1] == program->outer[1]) {
          at->outer[1] = 0;
          at->outer[0]++;
        }
      }
    }
  }
  measure(program, at);
}

CK_INLINE int64_t first_element(const ck_pointwise_operand *operand, const tile_position *at) {
  int64_t index = 0;
  for (int d = 0; d < 4; d++) index += at->outer[d] * operand->stride[d];
  return index + (operand->period > 0 ? 0 : at->column * operand->inner_stride);
}

CK_INLINE float element(const void *memory, ck_element_type type, int64_t index) {
  return type == CK_FLOAT32 ? ((const float *)memory)[index]
                            : ck_from_bfloat16(((const uint16_t *)memory)[index]);
}

/// Copies an operand's part of the tile, row after row, into `tile`.
CK_INLINE void load_tile(
    float *tile, const ck_pointwise_operand *operand, const void *memory, int64_t first,
    const tile_position *at) {
  const int64_t columns = at->columns;
  for (int64_t row = 0; row < at->rows; row++) {
    const int64_t start = first + row * operand->stride[3];
    float *to = tile + row * columns;
    if (operand->period > 0) {
      const int64_t mask = operand->period - 1;
      float values[16];
      for (int64_t j = 0; j < 16; j++) {
        values[j] = element(memory, operand->type, start + (j & mask));
      }
      int64_t j = 0;
      for (; j + 16 <= columns; j += 16) memcpy(to + j, values, sizeof values);
      for (; j < columns; j++) to[j] = values[j & mask];
    } else if (operand->inner_stride == 0) {
      const float value = element(memory, operand->type, start);
      for (int64_t j = 0; j < columns; j++) to[j] = value;
    } else if (operand->inner_stride == 1 && operand->type == CK_BFLOAT16) {
      const uint16_t *from = (const uint16_t *)memory + start;
      CK_VECTORIZE
      for (int64_t j = 0; j < columns; j++) to[j] = ck_from_bfloat16(from[j]);
    } else if (operand->inner_stride == 1) {
      const float *from = (const float *)memory + start;
      CK_VECTORIZE
      for (int64_t j = 0; j < columns; j++) to[j] = from[j];
    } else {
      for (int64_t j = 0; j < columns; j++) {
        to[j] = element(memory, operand->type, start + j * operand->inner_stride);
      }
    }
  }
}

CK_INLINE void store_tile(
    const float *tile, const ck_pointwise_operand *operand, void *memory, int64_t first,
    const tile_position *at) {
  const int64_t columns = at->columns;
  for (int64_t row = 0; row < at->rows; row++) {
    const int64_t start = first + row * operand->stride[3];
    const float *from = tile + row * columns;
    if (operand->type == CK_BFLOAT16) {
      uint16_t *to = (uint16_t *)memory + start;
      if (operand->inner_stride == 1) {
        CK_VECTORIZE
        for (int64_t j = 0; j < columns; j++) to[j] = ck_bfloat16_bits(from[j]);
      } else {
        const int64_t stride = operand->inner_stride;
        for (int64_t j = 0; j < columns; j++) to[j * stride] = ck_bfloat16_bits(from[j]);
      }
    } else {
      float *to = (float *)memory + start;
      if (operand->inner_stride == 1) {
        CK_VECTORIZE
        for (int64_t j = 0; j < columns; j++) to[j] = from[j];
      } else {
        const int64_t stride = operand->inner_stride;
        for (int64_t j = 0; j < columns; j++) to[j * stride] = from[j];
      }
    }
  }
}

/// a^n for whole n from -8 to 8 by squaring.
CK_INLINE void raise(float *r, const float *a, int64_t count, int32_t n) {
  const int32_t m = n < 0 ? -n : n;
  CK_VECTORIZE
  for (int64_t i = 0; i < count; i++) {
    const float x = a[i];
    const float x2 = x * x;
    const float x4 = x2 * x2;
    float power = (m & 1) != 0 ? x : 1.0f;
    power = (m & 2) != 0 ? power * x2 : power;
    power = (m & 4) != 0 ? power * x4 : power;
    power = (m & 8) != 0 ? power * (x4 * x4) : power;
    r[i] = n < 0 ? 1.0f / power : power;
  }
}

/// One loop over the tile, for a formula in x, y, z: the elements of a, b, c.
#define LOOP(formula)                             \
  CK_VECTORIZE                                    \
  for (int64_t i = 0; i < n; i++) {               \
    const float x = a[i];                         \
    r[i] = (formula);                             \
  }                                               \
  break
#define LOOP2(formula)                            \
  CK_VECTORIZE                                    \
  for (int64_t i = 0; i < n; i++) {               \
    const float x = a[i];                         \
    const float y = b[i];                         \
    r[i] = (formula);                             \
  }                                               \
  break
#define LOOP3(formula)                            \
  CK_VECTORIZE                                    \
  for (int64_t i = 0; i < n; i++) {               \
    const float x = a[i];                         \
    const float y = b[i];                         \
    const float z = c[i];                         \
    r[i] = (formula);                             \
  }                                               \
  break

/// The same for formulas too long to leave a tail to scalar code: the last few elements go through
/// the vector loop in a padded copy.
#define LONG_LOOP2(formula)                       \
  for (int64_t start = 0; start < n;) {           \
    const bool whole = n - start >= 32;           \
    const int64_t count = whole ? (n - start) / 32 * 32 : n - start; \
    if (!whole) {                                 \
      memset(padded, 0, sizeof padded);           \
      memcpy(padded[0], a + start, (size_t)count * 4);  \
      memcpy(padded[1], b + start, (size_t)count * 4);  \
    }                                             \
    const float *u = whole ? a + start : padded[0];     \
    const float *v = whole ? b + start : padded[1];     \
    float *w = whole ? r + start : padded[2];     \
    CK_VECTORIZE                                  \
    for (int64_t i = 0; i < (whole ? count : 32); i++) { \
      const float x = u[i];                       \
      const float y = v[i];                       \
      (void)y;                                    \
      w[i] = (formula);                           \
    }                                             \
    if (!whole) memcpy(r + start, padded[2], (size_t)count * 4); \
    start += count;                               \
  }                                               \
  break
#define LONG_LOOP(formula)                        \
  b = a;                                          \
  LONG_LOOP2(formula)

CK_INLINE void compute(
    const ck_step *step, float *r, const float *a, const float *b, const float *c, int64_t n) {
  const float low = step->low;
  const float high = step->high;
  float padded[3][32];
  switch (step->opcode) {
    case CK_LOAD: case CK_STORE: case CK_CONSTANT: break;
    case CK_ADD: LOOP2(x + y);
    case CK_SUBTRACT: LOOP2(x - y);
    case CK_MULTIPLY: LOOP2(x * y);
    case CK_DIVIDE: LOOP2(x / y);
    case CK_MINIMUM: LOOP2(ck_minimum(x, y));
    case CK_MAXIMUM: LOOP2(ck_maximum(x, y));
    case CK_POWER: LONG_LOOP2(ck_pow(x, y));
    case CK_POWER_CONSTANT:
      if (low == 0.5f) { LOOP(CK_SQRT(x)); }
      if (low == -0.5f) { LOOP(1.0f / CK_SQRT(x)); }
      if (low >= -8.0f && low <= 8.0f && CK_FLOOR(low) == low) {
        raise(r, a, n, (int32_t)low);
        break;
      }
      LONG_LOOP(ck_pow(x, low));
    case CK_MULTIPLY_ADD: LOOP3(x * y + z);
    case CK_GREATER: LOOP2(x > y ? 1.0f : 0.0f);
    case CK_GREATER_EQUAL: LOOP2(x >= y ? 1.0f : 0.0f);
    case CK_LESS: LOOP2(x < y ? 1.0f : 0.0f);
    case CK_LESS_EQUAL: LOOP2(x <= y ? 1.0f : 0.0f);
    case CK_EQUAL: LOOP2(x == y ? 1.0f : 0.0f);
    case CK_SELECT: LOOP3(x != 0.0f ? y : z);
    case CK_MASK: LOOP2(y > 0.0f ? x : 0.0f);
    case CK_NEGATE: LOOP(-x);
    case CK_ABSOLUTE: LOOP(ck_abs(x));
    case CK_SIGN: LOOP(ck_sign(x));
    case CK_SQUARE: LOOP(x * x);
    case CK_SQUARE_ROOT: LOOP(CK_SQRT(x));
    case CK_RECIPROCAL: LOOP(1.0f / x);
    case CK_RECIPROCAL_ROOT: LOOP(1.0f / CK_SQRT(x));
    case CK_EXPONENTIAL: LONG_LOOP(ck_exp(x));
    case CK_LOGARITHM: LONG_LOOP(ck_log(x));
    case CK_TANH: LONG_LOOP(ck_tanh(x));
    case CK_SIGMOID: LONG_LOOP(ck_sigmoid(x));
    case CK_ERF: LONG_LOOP(ck_erf(x));
    case CK_SINE: LONG_LOOP(ck_sin(x));
    case CK_COSINE: LONG_LOOP(ck_cos(x));
    case CK_ARCTANGENT: LONG_LOOP(ck_atan(x));
    case CK_RELU: LOOP(ck_positive_part(x));
    case CK_LEAKY_RELU: LOOP(x > 0.0f ? x : low * x);
    case CK_SILU: LONG_LOOP(ck_silu(x));
    case CK_GELU_TANH: LONG_LOOP(ck_gelu_tanh(x));
    case CK_GELU_ERF: LONG_LOOP(ck_gelu_erf(x));
    case CK_GELU_TANH_GRADIENT: LONG_LOOP(ck_gelu_tanh_gradient(x));
    case CK_GELU_ERF_GRADIENT: LONG_LOOP(ck_gelu_erf_gradient(x));
    case CK_SILU_GRADIENT: LONG_LOOP(ck_silu_gradient(x));
    case CK_SOFTPLUS: LONG_LOOP(ck_softplus(x));
    case CK_FLOOR: LOOP(CK_FLOOR(x));
    case CK_CEILING: LOOP(-CK_FLOOR(-x));
    case CK_ROUND: LOOP(__builtin_elementwise_roundeven(x));
    case CK_CLAMP: LOOP(low > x ? low : (high < x ? high : x));
    case CK_SCALE: LOOP(low * x + high);
    case CK_ROUND_BFLOAT16: LOOP(ck_from_bfloat16(ck_bfloat16_bits(x)));
  }
}

static CK_HOT void run_tiles(
    const run_context *context, float *scratch, int64_t begin, int64_t end) {
  const ck_pointwise_program *program = context->program;
  float *values[CK_MAXIMUM_INSTRUCTIONS];
  /// What a kept tile was filled from: elements from an address.
  const char *kept_from[CK_MAXIMUM_INSTRUCTIONS] = {NULL};
  int64_t kept_count[CK_MAXIMUM_INSTRUCTIONS] = {0};
  for (int32_t s = 0; s < program->step_count; s++) {
    const ck_step *step = &program->steps[s];
    values[s] = step->tile >= 0 ? scratch + step->tile * program->tile_size : NULL;
    if (step->opcode == CK_CONSTANT) {
      for (int64_t i = 0; i < program->tile_size; i++) values[s][i] = step->low;
    }
  }
  tile_position at = locate(program, begin);
  for (int64_t tile = begin; tile < end; tile++, advance(program, &at)) {
    const int64_t count = at.rows * at.columns;
    for (int32_t s = 0; s < program->step_count; s++) {
      const ck_step *step = &program->steps[s];
      if (step->operand >= 0) {
        const ck_pointwise_operand *operand = &program->operands[step->operand];
        void *memory = context->operands[step->operand];
        const int64_t first = first_element(operand, &at);
        const bool shared = context->shared;
        if (step->opcode == CK_STORE) {
          const ck_step *value = &program->steps[step->a];
          const bool in_place = value->operand == step->operand && value->opcode != CK_LOAD;
          if (!in_place) store_tile(values[step->a], operand, memory, first, &at);
        } else if (step->place == CK_PLACE_OPERAND ||
                   (step->place == CK_PLACE_OPERAND_UNLESS_SHARED && !shared)) {
          values[s] = (float *)memory + first;
        } else if (step->place == CK_PLACE_KEPT_TILE) {
          const char *from = (const char *)memory + first * (operand->type == CK_FLOAT32 ? 4 : 2);
          if (kept_from[s] == from && kept_count[s] >= count) continue;
          load_tile(values[s], operand, memory, first, &at);
          kept_from[s] = from;
          kept_count[s] = count;
        } else {
          load_tile(values[s], operand, memory, first, &at);
        }
      }
      compute(
        step, values[s], step->a >= 0 ? values[step->a] : NULL,
        step->b >= 0 ? values[step->b] : NULL, step->c >= 0 ? values[step->c] : NULL, count);
    }
  }
}

static void run_share(void *raw, int thread, int threads) {
  const run_context *context = raw;
  int64_t begin, end;
  ck_share(context->tiles, thread, threads, &begin, &end);
  if (begin == end) return;
  const ck_pointwise_program *program = context->program;
  float *scratch = ck_scratch(program->tile_count * program->tile_size * (int64_t)sizeof(float));
  run_tiles(context, scratch, begin, end);
  free(scratch);
}

static bool shares_memory(const ck_pointwise_program *program, void *const *operands) {
  for (int32_t s = 0; s < program->operand_count; s++) {
    for (int32_t l = 0; l < program->operand_count; l++) {
      if (program->stored[s] && program->loaded[l] && operands[s] == operands[l]) return true;
    }
  }
  return false;
}

void ck_pointwise_run(const ck_pointwise_program *program, void *const *operands) {
  const int64_t *outer = program->outer;
  run_context context = {
    .program = program,
    .operands = operands,
    .shared = shares_memory(program, operands),
    .tiles = outer[0] * outer[1] * outer[2] * program->row_groups * program->pieces,
  };
  const int64_t elements = outer[0] * outer[1] * outer[2] * outer[3] * program->inner;
  ck_run(run_share, &context, elements * (program->step_count / 4 + 1));
}
