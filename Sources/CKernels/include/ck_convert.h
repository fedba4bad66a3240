#pragma once

#include "ck_base.h"

// Conversions between number formats, and the search for numbers gone wrong.

CK_BEGIN

/// Nearest bfloat16, ties to even; NaN stays NaN.
void ck_float_to_bfloat16(uint16_t *result, const float *x, int64_t count);

void ck_bfloat16_to_float(float *result, const uint16_t *x, int64_t count);

/// Nearest IEEE half, ties to even; too large becomes infinite, small ones subnormal.
void ck_float_to_half(uint16_t *result, const float *x, int64_t count);

void ck_half_to_float(float *result, const uint16_t *x, int64_t count);

/// result = scale * x + offset, from pixels.
void ck_byte_to_float(float *result, const uint8_t *x, int64_t count, float scale, float offset);

/// Rows of [rows, columns] as int8 with one scale each: w is about scale * q, |q| <= 127.
void ck_float_to_int8_rows(int8_t *q, float *scale, const float *w, int64_t rows, int64_t columns);

/// The index of the first NaN or infinity, or -1.
int64_t ck_first_nonfinite(const float *x, int64_t count);

CK_END
