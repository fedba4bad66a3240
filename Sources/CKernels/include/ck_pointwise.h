#pragma once

#include "ck_base.h"

// Element-wise programs: many small operations in one pass over memory.

CK_BEGIN

/// What one instruction does; r is the destination register, a, b, c are source registers.
typedef enum ck_pointwise_opcode {
  CK_LOAD,              ///< r = operand
  CK_STORE,             ///< operand = a
  CK_CONSTANT,          ///< r = low
  CK_ADD,               ///< r = a + b
  CK_SUBTRACT,          ///< r = a - b
  CK_MULTIPLY,          ///< r = a * b
  CK_DIVIDE,            ///< r = a / b
  CK_MINIMUM,           ///< r = min(a, b); NaN if either is
  CK_MAXIMUM,           ///< r = max(a, b); NaN if either is
  CK_POWER,             ///< r = pow(a, b), C's special cases
  CK_POWER_CONSTANT,    ///< r = pow(a, low); by multiplication for whole |low| up to 8
  CK_MULTIPLY_ADD,      ///< r = a * b + c, rounded once where the machine has an FMA
  CK_GREATER,           ///< r = a > b ? 1 : 0
  CK_GREATER_EQUAL,     ///< r = a >= b ? 1 : 0
  CK_LESS,              ///< r = a < b ? 1 : 0
  CK_LESS_EQUAL,        ///< r = a <= b ? 1 : 0
  CK_EQUAL,             ///< r = a == b ? 1 : 0
  CK_SELECT,            ///< r = a != 0 ? b : c
  CK_MASK,              ///< r = b > 0 ? a : 0, the gradient a of a ReLU whose output is b
  CK_NEGATE,            ///< r = -a
  CK_ABSOLUTE,          ///< r = |a|
  CK_SIGN,              ///< r = -1, 0 or 1; NaN stays
  CK_SQUARE,            ///< r = a * a
  CK_SQUARE_ROOT,       ///< r = sqrt(a)
  CK_RECIPROCAL,        ///< r = 1 / a
  CK_RECIPROCAL_ROOT,   ///< r = 1 / sqrt(a)
  CK_EXPONENTIAL,       ///< r = e^a
  CK_LOGARITHM,         ///< r = ln a
  CK_TANH,              ///< r = tanh a
  CK_SIGMOID,           ///< r = 1 / (1 + e^-a)
  CK_ERF,               ///< r = erf a
  CK_SINE,              ///< r = sin a, |a| below 2^30
  CK_COSINE,            ///< r = cos a, |a| below 2^30
  CK_ARCTANGENT,        ///< r = atan a
  CK_RELU,              ///< r = a > 0 ? a : 0; NaN stays
  CK_LEAKY_RELU,        ///< r = a > 0 ? a : low * a
  CK_SILU,              ///< r = a * sigmoid(a)
  CK_GELU_TANH,         ///< r = a/2 (1 + tanh(sqrt(2/pi) (a + 0.044715 a^3)))
  CK_GELU_ERF,          ///< r = a/2 (1 + erf(a / sqrt 2))
  CK_GELU_TANH_GRADIENT,  ///< r = the derivative of CK_GELU_TANH at a
  CK_GELU_ERF_GRADIENT,   ///< r = the derivative of CK_GELU_ERF at a
  CK_SILU_GRADIENT,       ///< r = the derivative of CK_SILU at a
  CK_SOFTPLUS,          ///< r = ln(1 + e^a)
  CK_FLOOR,             ///< r = floor a
  CK_CEILING,           ///< r = ceil a
  CK_ROUND,             ///< r = a to the nearest whole number, ties to even
  CK_CLAMP,             ///< r = min(max(a, low), high); NaN stays
  CK_SCALE,             ///< r = low * a + high
  CK_ROUND_BFLOAT16,    ///< r = a rounded to the nearest bfloat16
} ck_pointwise_opcode;

/// One instruction. Registers are numbered 0 ..< 32 and may be written more than once.
typedef struct ck_pointwise_instruction {
  ck_pointwise_opcode opcode;
  uint8_t destination;
  uint8_t a;
  uint8_t b;
  uint8_t c;
  /// Index into the operands, for CK_LOAD and CK_STORE.
  int32_t operand;
  float low;
  float high;
} ck_pointwise_instruction;

/// What an operand holds; the registers always hold float32.
typedef enum ck_element_type {
  CK_FLOAT32,
  CK_BFLOAT16,
} ck_element_type;

/// How one operand is addressed. Its element at outer indices i and inner index j is at
/// sum(i[d] * stride[d]) + (period > 0 ? j % period : j * inner_stride).
typedef struct ck_pointwise_operand {
  /// Elements per step of each outer dimension; 0 repeats.
  int64_t stride[4];
  /// 1 or 0 (one value for the whole inner dimension); any other stride works, slowly.
  int64_t inner_stride;
  /// 0, or the block (1, 2, 4, 8 or 16) after which the operand repeats along the inner
  /// dimension: values per channel beside a blocked layout. Such operands are only loaded.
  int32_t period;
  ck_element_type type;
} ck_pointwise_operand;

/// A checked and planned program.
typedef struct ck_pointwise_program ck_pointwise_program;

/// Plans a program over outer[0] x outer[1] x outer[2] x outer[3] x inner elements (`outer` holds
/// four sizes), at most 64 instructions and 32 operands.
///
/// For each element the instructions happen in order. An operand that is stored may share its
/// memory with one that is loaded only if both address every element alike.
/// Returns null if a register is read before it is written, or an index is out of range.
ck_pointwise_program *_Nullable ck_pointwise_create(
  const ck_pointwise_instruction *instructions, int32_t instruction_count,
  const ck_pointwise_operand *operands, int32_t operand_count, const int64_t *outer,
  int64_t inner);

void ck_pointwise_destroy(ck_pointwise_program *_Nullable program);

/// Runs a program on one pointer per operand. Safe from several threads at a time.
void ck_pointwise_run(
  const ck_pointwise_program *_Nonnull program, void *_Nonnull const *_Nonnull operands);

/// result = y > 0 ? dy : 0, elementwise; may be in place.
void ck_relu_gradient(float *result, const float *dy, const float *y, int64_t count);

/// result = y > 0 ? a + b : 0, elementwise; may be in place.
void ck_relu_gradient_sum(
  float *result, const float *a, const float *b, const float *y, int64_t count);

CK_END
