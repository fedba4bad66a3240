#pragma once

#include "ck_base.h"

// Rows of logits as distributions over tokens: drawn from, combined, and compared.

CK_BEGIN

/// A vocabulary cut into classes, most of whose tokens are in one.
typedef struct ck_classes {
  /// The class that most tokens are in.
  int32_t largest;
  /// The number of classes, at least 1.
  int32_t count;
  /// How many tokens are in other classes.
  int64_t others;
  /// Those tokens, and their classes.
  const int32_t *tokens;
  const int32_t *classes;
} ck_classes;

/// Draws a token of each row of softmax(scale * logits).
///
/// It is the first whose cumulative probability exceeds uniform[row], in [0, 1).
/// log_probability is that of the drawn token and entropy that of the row, in nats, [rows].
void ck_choose(
  const float *logits, int64_t rows, int64_t columns, float scale, const double *uniform,
  int32_t *token, float *log_probability, float *entropy);

/// Logits whose classes are as probable as in `first` and whose tokens within a class are as in
/// `second`; all [rows, columns]. May be in place over second.
void ck_swap_classes(
  float *result, const float *first, const float *second, int64_t rows, int64_t columns,
  float scale, const ck_classes *classes);

/// Two distributions per row, p of softmax(scale * after) and q of softmax(scale * before).
typedef struct ck_comparison {
  int64_t rows;
  int64_t columns;
  float scale;
  const float *after;
  const float *before;
  /// A token per row, or null, and the logarithm of its probability under q, [rows].
  const int32_t *_Nullable targets;
  double *_Nullable target_log;
  /// Null if there are no classes; then between, within and share_within are left alone.
  const ck_classes *_Nullable classes;
  /// sum(p ln(p / q)) in nats, [rows]; exactly 0 where both have the same logits.
  double *total;
  /// The same of the classes' probabilities P and Q, [rows].
  double *_Nullable between;
  /// sum(p (ln(p / q) - ln(P / Q))), summed by itself, [rows].
  double *_Nullable within;
  /// The probability of all classes but the largest, under p, [rows].
  double *_Nullable rewarded;
  /// To each token's entry its summand of the total is added, over all rows, [columns].
  double *_Nullable share;
  /// The same of the part within classes.
  double *_Nullable share_within;
} ck_comparison;

/// Fills in everything from total on.
void ck_compare(const ck_comparison *comparison);

CK_END
