#include "pointwise.h"

// Planning a program: dimensions are merged, registers become values, values get places.

static bool takes_b(ck_pointwise_opcode opcode) {
  return (opcode >= CK_ADD && opcode <= CK_POWER) ||
         (opcode >= CK_MULTIPLY_ADD && opcode <= CK_MASK);
}

static bool takes_c(ck_pointwise_opcode opcode) {
  return opcode == CK_MULTIPLY_ADD || opcode == CK_SELECT;
}

static bool takes_a(ck_pointwise_opcode opcode) {
  return opcode != CK_LOAD && opcode != CK_CONSTANT;
}

static bool is_power_of_two_to_16(int64_t n) {
  return n == 1 || n == 2 || n == 4 || n == 8 || n == 16;
}

static void drop_dimension(ck_pointwise_program *program, int d) {
  for (int k = d; k > 0; k--) {
    program->outer[k] = program->outer[k - 1];
    for (int32_t p = 0; p < program->operand_count; p++) {
      program->operands[p].stride[k] = program->operands[p].stride[k - 1];
    }
  }
  program->outer[0] = 1;
  for (int32_t p = 0; p < program->operand_count; p++) program->operands[p].stride[0] = 0;
}

/// Takes outer[3] into the inner dimension if every operand can go on that way.
static bool merge_inner(ck_pointwise_program *program) {
  const int64_t inner = program->inner;
  for (int32_t p = 0; p < program->operand_count; p++) {
    const ck_pointwise_operand *operand = &program->operands[p];
    const int64_t step = operand->stride[3];
    if (inner == 1) continue;
    if (operand->period > 0) {
      if (step != 0 || inner % operand->period != 0) return false;
    } else if (step != inner * operand->inner_stride) {
      // A short row that repeats is periodic.
      const bool repeats = step == 0 && operand->inner_stride == 1 && is_power_of_two_to_16(inner);
      if (!repeats || program->stored[p]) return false;
    }
  }
  for (int32_t p = 0; p < program->operand_count; p++) {
    ck_pointwise_operand *operand = &program->operands[p];
    if (inner == 1) {
      operand->inner_stride = operand->stride[3];
      operand->period = 0;
    } else if (operand->period == 0 && operand->stride[3] != inner * operand->inner_stride) {
      operand->period = (int32_t)inner;
    }
  }
  program->inner = inner * program->outer[3];
  drop_dimension(program, 3);
  return true;
}

static bool merge_outer(ck_pointwise_program *program, int d) {
  for (int32_t p = 0; p < program->operand_count; p++) {
    const int64_t *stride = program->operands[p].stride;
    if (stride[d - 1] != stride[d] * program->outer[d]) return false;
  }
  const int64_t size = program->outer[d - 1] * program->outer[d];
  // Keep the finer stride under the merged size.
  for (int32_t p = 0; p < program->operand_count; p++) {
    program->operands[p].stride[d - 1] = program->operands[p].stride[d];
  }
  program->outer[d - 1] = size;
  drop_dimension(program, d);
  return true;
}

static void merge_dimensions(ck_pointwise_program *program) {
  for (int d = 3; d >= 0; d--) {
    // A dimension of size 1 is no dimension.
    for (int k = 0; k < d && program->outer[d] == 1; k++) drop_dimension(program, d);
  }
  bool merged = true;
  while (merged) {
    merged = false;
    bool any_outer = false;
    for (int d = 0; d < 4; d++) any_outer = any_outer || program->outer[d] != 1;
    if (any_outer && program->outer[3] != 1) merged = merge_inner(program);
    for (int d = 3; d > 0 && !merged; d--) {
      if (program->outer[d] != 1 && program->outer[d - 1] != 1) merged = merge_outer(program, d);
    }
  }
  for (int32_t p = 0; p < program->operand_count; p++) {
    ck_pointwise_operand *operand = &program->operands[p];
    if (operand->period == 1) {
      operand->period = 0;
      operand->inner_stride = 0;
    }
    if (program->inner == 1 && operand->period == 0) operand->inner_stride = 1;
    for (int d = 0; d < 4; d++) {
      if (program->outer[d] == 1) operand->stride[d] = 0;
    }
  }
}

/// Tiles of equal size, as near to the largest as they come: several short rows, or a piece of one.
static void cut_tiles(ck_pointwise_program *program, int64_t size) {
  program->tile_size = size;
  if (program->inner >= size || program->outer[3] == 1) {
    const int64_t pieces = ck_ceil_div(program->inner, size);
    const int64_t columns = pieces > 0 ? ck_ceil_div(program->inner, pieces) : 1;
    program->columns = ck_ceil_div(columns, 32) * 32;
    program->rows = 1;
  } else {
    program->columns = ck_max(program->inner, 1);
    const int64_t groups = ck_ceil_div(program->outer[3], size / program->columns);
    program->rows = groups > 0 ? ck_ceil_div(program->outer[3], groups) : 1;
  }
  program->pieces = ck_ceil_div(program->inner, program->columns);
  program->row_groups = ck_ceil_div(program->outer[3], program->rows);
}

bool ck_pointwise_is_contiguous(const ck_pointwise_program *program, int32_t operand) {
  const ck_pointwise_operand *o = &program->operands[operand];
  return o->type == CK_FLOAT32 && o->period == 0 && o->inner_stride == 1 &&
         (program->rows == 1 || o->stride[3] == program->inner);
}

/// Whether a load gives the same values for many tiles in a row.
static bool is_repeating(const ck_pointwise_program *program, int32_t operand) {
  const ck_pointwise_operand *o = &program->operands[operand];
  const bool along_rows = program->rows == 1 || o->stride[3] == 0;
  return along_rows && (o->period > 0 || o->inner_stride == 0);
}

/// pow by a constant becomes something cheaper where that is exact enough.
static void simplify_power(ck_step *step) {
  if (step->opcode != CK_POWER_CONSTANT) return;
  if (step->low == 2.0f) step->opcode = CK_SQUARE;
  if (step->low == -1.0f) step->opcode = CK_RECIPROCAL;
}

/// Registers to values. False if the program is malformed.
static bool name_values(
    ck_pointwise_program *program, const ck_pointwise_instruction *instructions) {
  int16_t holder[CK_REGISTERS];
  for (int r = 0; r < CK_REGISTERS; r++) holder[r] = -1;
  for (int32_t i = 0; i < program->step_count; i++) {
    const ck_pointwise_instruction *in = &instructions[i];
    ck_step *step = &program->steps[i];
    if ((int)in->opcode < 0 || in->opcode > CK_ROUND_BFLOAT16) return false;
    *step = (ck_step){
      .opcode = in->opcode, .a = -1, .b = -1, .c = -1, .tile = -1, .operand = -1,
      .low = in->low, .high = in->high,
    };
    if (in->opcode == CK_LOAD || in->opcode == CK_STORE) {
      if (in->operand < 0 || in->operand >= program->operand_count) return false;
      step->operand = (int16_t)in->operand;
      if (in->opcode == CK_LOAD) program->loaded[in->operand] = true;
      if (in->opcode == CK_STORE) program->stored[in->operand] = true;
    }
    if (takes_a(in->opcode)) {
      if (in->a >= CK_REGISTERS || holder[in->a] < 0) return false;
      step->a = holder[in->a];
    }
    if (takes_b(in->opcode)) {
      if (in->b >= CK_REGISTERS || holder[in->b] < 0) return false;
      step->b = holder[in->b];
    }
    if (takes_c(in->opcode)) {
      if (in->c >= CK_REGISTERS || holder[in->c] < 0) return false;
      step->c = holder[in->c];
    }
    if (in->opcode != CK_STORE) {
      if (in->destination >= CK_REGISTERS) return false;
      holder[in->destination] = (int16_t)i;
    }
    simplify_power(step);
  }
  return true;
}

/// The step that reads value `v` last, or `v` itself.
static int32_t last_use(const ck_pointwise_program *program, int32_t v) {
  for (int32_t i = program->step_count - 1; i > v; i--) {
    const ck_step *step = &program->steps[i];
    if (step->a == v || step->b == v || step->c == v) return i;
  }
  return v;
}

/// Lets a value that is stored be computed in the place where it will lie, if no load that comes
/// between could see it too early.
static void compute_in_place(ck_pointwise_program *program) {
  for (int32_t s = 0; s < program->step_count; s++) {
    const ck_step *store = &program->steps[s];
    if (store->opcode != CK_STORE || !ck_pointwise_is_contiguous(program, store->operand)) continue;
    ck_step *value = &program->steps[store->a];
    if (value->opcode == CK_LOAD || value->opcode == CK_CONSTANT || value->operand >= 0) continue;
    bool movable = true;
    for (int32_t i = store->a + 1; i < s; i++) {
      const ck_pointwise_opcode opcode = program->steps[i].opcode;
      if (opcode == CK_LOAD || opcode == CK_STORE) movable = false;
    }
    // What lies there must stay until the value's last reader.
    for (int32_t i = s + 1; i <= last_use(program, store->a); i++) {
      if (program->steps[i].opcode == CK_STORE) movable = false;
    }
    if (!movable) continue;
    value->place = CK_PLACE_OPERAND;
    value->operand = store->operand;
  }
}

/// Whether memory is written after step `v` and before its value is last read.
static bool is_read_after_a_store(const ck_pointwise_program *program, int32_t v) {
  const int32_t last = last_use(program, v);
  for (int32_t i = v + 1; i < last; i++) {
    const ck_step *step = &program->steps[i];
    const bool writes = step->opcode == CK_STORE ||
                        (step->opcode != CK_LOAD && step->place == CK_PLACE_OPERAND);
    if (writes) return true;
  }
  return false;
}

static void place_values(ck_pointwise_program *program) {
  program->tile_count = 0;
  for (int32_t v = 0; v < program->step_count; v++) {
    ck_step *step = &program->steps[v];
    step->place = CK_PLACE_TILE;
    step->tile = -1;
    if (step->opcode != CK_LOAD && step->opcode != CK_STORE) step->operand = -1;
  }
  compute_in_place(program);
  for (int32_t v = 0; v < program->step_count; v++) {
    ck_step *step = &program->steps[v];
    if (step->opcode == CK_CONSTANT) {
      step->place = CK_PLACE_KEPT_TILE;
    } else if (step->opcode == CK_LOAD) {
      if (ck_pointwise_is_contiguous(program, step->operand)) {
        step->place = is_read_after_a_store(program, v) ? CK_PLACE_OPERAND_UNLESS_SHARED
                                                        : CK_PLACE_OPERAND;
      } else if (is_repeating(program, step->operand)) {
        step->place = CK_PLACE_KEPT_TILE;
      }
    }
    if (step->place == CK_PLACE_KEPT_TILE) step->tile = (int16_t)program->tile_count++;
  }
  // The other tiles are used again once their value has been read for the last time.
  int16_t free_tiles[CK_MAXIMUM_INSTRUCTIONS];
  int free_count = 0;
  for (int32_t v = 0; v < program->step_count; v++) {
    ck_step *step = &program->steps[v];
    const int16_t sources[3] = {step->a, step->b, step->c};
    for (int k = 0; k < 3; k++) {
      const int16_t source = sources[k];
      const bool again = (k > 0 && sources[0] == source) || (k > 1 && sources[1] == source);
      if (source < 0 || again || last_use(program, source) != v) continue;
      const ck_step *dying = &program->steps[source];
      if (dying->tile >= 0 && dying->place != CK_PLACE_KEPT_TILE) {
        free_tiles[free_count++] = dying->tile;
      }
    }
    const bool needs_tile =
      step->opcode != CK_STORE &&
      (step->place == CK_PLACE_TILE || step->place == CK_PLACE_OPERAND_UNLESS_SHARED);
    if (!needs_tile) continue;
    step->tile = free_count > 0 ? free_tiles[--free_count] : (int16_t)program->tile_count++;
    if (last_use(program, v) == v) free_tiles[free_count++] = step->tile;
  }
}

/// The largest tiles that leave room in an L1 of 32 KiB, and work for several threads.
static void choose_tiles(ck_pointwise_program *program) {
  const int64_t *outer = program->outer;
  const int64_t elements = outer[0] * outer[1] * outer[2] * outer[3] * program->inner;
  for (int64_t size = CK_LARGEST_TILE; size >= CK_SMALLEST_TILE; size /= 2) {
    cut_tiles(program, size);
    place_values(program);
    if (program->tile_count * size * 4 <= 16384 && elements >= 32 * size) break;
  }
}

ck_pointwise_program *ck_pointwise_create(
    const ck_pointwise_instruction *instructions, int32_t instruction_count,
    const ck_pointwise_operand *operands, int32_t operand_count, const int64_t *outer,
    int64_t inner) {
  if (instruction_count < 0 || instruction_count > CK_MAXIMUM_INSTRUCTIONS) return NULL;
  if (operand_count < 0 || operand_count > CK_MAXIMUM_OPERANDS || inner < 0) return NULL;
  ck_pointwise_program *program = calloc(1, sizeof *program);
  if (program == NULL) return NULL;
  program->step_count = instruction_count;
  program->operand_count = operand_count;
  program->inner = inner;
  bool valid = true;
  for (int d = 0; d < 4; d++) {
    program->outer[d] = outer[d];
    valid = valid && outer[d] >= 0;
  }
  for (int32_t p = 0; p < operand_count; p++) {
    program->operands[p] = operands[p];
    const int32_t period = operands[p].period;
    valid = valid && (period == 0 || is_power_of_two_to_16(period));
  }
  valid = valid && name_values(program, instructions);
  for (int32_t p = 0; p < operand_count; p++) {
    valid = valid && !(program->stored[p] && operands[p].period > 0);
  }
  if (!valid) {
    free(program);
    return NULL;
  }
  merge_dimensions(program);
  choose_tiles(program);
  return program;
}

void ck_pointwise_destroy(ck_pointwise_program *program) { free(program); }
