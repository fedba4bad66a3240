#pragma once

#include "ck_base.h"

// One optimizer step in one pass over memory.

CK_BEGIN

typedef struct ck_adamw {
  double learning_rate;
  double beta1;
  double beta2;
  double epsilon;
  /// Decoupled: parameters shrink by 1 - learning_rate * weight_decay.
  double weight_decay;
  /// Multiplies the gradient first, for clipping by norm.
  double gradient_scale;
  /// The number of this step, from 1.
  int64_t step;
} ck_adamw;

/// AdamW in torch's order of operations: decay; m = m + (g - m)(1 - beta1);
/// v = beta2 v + (1 - beta2) g^2;
/// p = p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon).
void ck_adamw_step(
  const ck_adamw *options, float *parameters, float *first_moment, float *second_moment,
  const float *gradient, int64_t count);

typedef struct ck_sgd {
  double learning_rate;
  double momentum;
  double dampening;
  /// Added to the gradient: g + weight_decay * p.
  double weight_decay;
  double gradient_scale;
  bool nesterov;
  /// The velocity starts as the gradient.
  bool first_step;
} ck_sgd;

/// SGD in torch's convention: b = momentum * b + (1 - dampening) g; p = p - lr * b, or
/// p - lr * (g + momentum * b). velocity may be null if momentum is 0.
void ck_sgd_step(
  const ck_sgd *options, float *parameters, float *_Nullable velocity, const float *gradient,
  int64_t count);

CK_END
