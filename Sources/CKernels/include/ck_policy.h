#pragma once

#include "ck_base.h"

// Rows of logits as a policy that is trained by reward and held near a reference.

CK_BEGIN

/// Logits [rows, columns] of a policy and of its reference, and what is known of each row.
///
/// The policy is p = softmax(scale * logits), with scale = 1 / temperature; likewise the reference.
typedef struct ck_policy {
  int64_t rows;
  int64_t columns;
  float scale;
  const float *logits;
  /// Null if there is no reference; then nothing below that needs it is touched.
  const float *_Nullable reference;
  /// The token that was taken, [rows], within the columns.
  const int32_t *targets;
  /// ln p of the target, [rows].
  float *log_probability;
  float *_Nullable reference_log_probability;
  /// -sum(p ln p) in nats, [rows].
  float *entropy;
  /// sum(p (ln p - ln reference)) in nats, [rows]; exactly 0 where both have the same logits.
  float *_Nullable kl;
  /// ln of the sum of e^(scale * logits), [rows].
  float *logsumexp;
  float *_Nullable reference_logsumexp;
} ck_policy;

/// Fills in everything from log_probability on.
void ck_policy_statistics(const ck_policy *policy);

/// The gradient for the logits of the sum over rows of
/// -log_weight * ln p(target) + kl_weight * kl - entropy_weight * entropy,
/// which is scale * (log_weight * (p - onehot) + kl_weight * p * (ln p - ln reference - kl)
/// + entropy_weight * p * (ln p + entropy)).
///
/// Weights are [rows]; kl_weight and entropy_weight may be null for 0. May be in place over logits.
void ck_policy_gradient(
  const ck_policy *policy, float *gradient, const float *log_weight,
  const float *_Nullable kl_weight, const float *_Nullable entropy_weight);

CK_END
