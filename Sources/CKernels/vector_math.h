#pragma once

#include "support.h"

// Elementary functions for loops that the compiler vectorizes: no branches, no calls, no tables.
// The largest errors, over all floats, are in CKernelsTests. Infinities, NaNs, signed zeros and
// subnormal results are as in C's math library.
//
// Coefficients: minimax fits (Lawson's iteration on 2000 Chebyshev nodes) of the function named,
// weighted for relative error of the final result, then rounded to float.

CK_INLINE float ck_from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

CK_INLINE uint32_t ck_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

CK_INLINE float ck_abs(float x) { return ck_from_bits(ck_bits(x) & 0x7fffffffu); }

CK_INLINE float ck_copysign(float magnitude, float sign) {
  return ck_from_bits((ck_bits(magnitude) & 0x7fffffffu) | (ck_bits(sign) & 0x80000000u));
}

/// The smaller one; NaN if either is.
CK_INLINE float ck_minimum(float a, float b) {
  const float smaller = a < b ? a : b;
  return a != a ? a : smaller;
}

/// The larger one; NaN if either is.
CK_INLINE float ck_maximum(float a, float b) {
  const float larger = a > b ? a : b;
  return a != a ? a : larger;
}

/// max(x, 0) that keeps NaN.
CK_INLINE float ck_positive_part(float x) { return 0.0f > x ? 0.0f : x; }

/// e^x. With x = n ln 2 + r, e^r is a polynomial and 2^n is applied in two halves, so that results
/// near both ends of the range round correctly.
CK_INLINE float ck_exp(float x) {
  float bounded = x < -104.5f ? -104.5f : x;
  bounded = bounded > 89.0f ? 89.0f : bounded;
  // Adding 1.5 * 2^23 leaves the nearest whole number in the low bits.
  const float shifted = bounded * 0x1.715476p+0f + 0x1.8p23f;
  const float n = shifted - 0x1.8p23f;
  // ln 2 in two parts; the first has 15 bits, so that n times it is exact.
  float r = bounded - n * 0x1.62e4p-1f;
  r = r - n * 0x1.7f7d1cp-20f;
  float q = 0x1.9f0870p-13f;
  q = q * r + 0x1.6d8d38p-10f;
  q = q * r + 0x1.111272p-7f;
  q = q * r + 0x1.55548ep-5f;
  q = q * r + 0x1.555554p-3f;
  q = q * r + 0.5f;
  const float p = q * (r * r) + r + 1.0f;
  const int32_t exponent = (int32_t)(ck_bits(shifted) - 0x4b400000u);
  const int32_t half = exponent >> 1;
  const float low = ck_from_bits((uint32_t)(half + 127) << 23);
  const float high = ck_from_bits((uint32_t)(exponent - half + 127) << 23);
  return p * low * high;
}

/// ln x. With x = 2^e m and m in [sqrt 1/2, sqrt 2), ln m is a polynomial in m - 1.
CK_INLINE float ck_log(float x) {
  const bool subnormal = x < 0x1p-126f;
  const float scaled = subnormal ? x * 0x1p23f : x;
  const uint32_t bits = ck_bits(scaled) - 0x3f3504f3u;
  const float m = ck_from_bits((bits & 0x7fffffu) + 0x3f3504f3u);
  const float e = (float)((int32_t)bits >> 23) - (subnormal ? 23.0f : 0.0f);
  const float f = m - 1.0f;
  float q = 0x1.144220p-4f;
  q = q * f + -0x1.de335ap-4f;
  q = q * f + 0x1.e6f4e4p-4f;
  q = q * f + -0x1.fc23c0p-4f;
  q = q * f + 0x1.23373ep-3f;
  q = q * f + -0x1.555c40p-3f;
  q = q * f + 0x1.99a4b6p-3f;
  q = q * f + -0x1.000006p-2f;
  q = q * f + 0x1.555548p-2f;
  const float square = f * f;
  float tail = q * (square * f);
  tail = tail + e * 0x1.7f7d1cp-20f;
  tail = tail - 0.5f * square;
  float result = f + tail;
  result = result + e * 0x1.62e4p-1f;
  result = x < INFINITY ? result : x;
  result = x == 0.0f ? -INFINITY : result;
  return x < 0.0f ? NAN : result;
}

/// ln(1 + x) for x >= 0: the rounding error of 1 + x is put back to first order.
CK_INLINE float ck_log1p_positive(float x) {
  const float sum = 1.0f + x;
  const float lost = x - (sum - 1.0f);
  return ck_log(sum) + lost / sum;
}

CK_INLINE float ck_tanh(float x) {
  const float magnitude = ck_abs(x);
  const float square = x * x;
  float q = 0x1.f28bd6p-10f;
  q = q * square + -0x1.029c78p-7f;
  q = q * square + 0x1.617fa4p-6f;
  q = q * square + -0x1.b9bae4p-5f;
  q = q * square + 0x1.110f4cp-3f;
  q = q * square + -0x1.555550p-2f;
  const float small = q * square * x + x;
  const float large = 1.0f - 2.0f / (ck_exp(2.0f * magnitude) + 1.0f);
  return magnitude < 0.7f ? small : ck_copysign(large, x);
}

/// 1 / (1 + e^-x) without overflow and with small results exact to the last bits.
CK_INLINE float ck_sigmoid(float x) {
  const float e = ck_exp(-ck_abs(x));
  return (x < 0.0f ? e : 1.0f) / (1.0f + e);
}

/// erf x: a polynomial near 0, else 1 - e^-t(1 + P(t)).
CK_INLINE float ck_erf(float x) {
  const float t = ck_abs(x);
  const float square = x * x;
  float q = -0x1.395c82p-11f;
  q = q * square + 0x1.4716c0p-8f;
  q = q * square + -0x1.b686ecp-6f;
  q = q * square + 0x1.ce1a46p-4f;
  q = q * square + -0x1.8126e6p-2f;
  q = q * square + 0x1.06eba6p-3f;
  const float small = q * x + x;
  const float bounded = t > 4.0f ? 4.0f : t;
  float p = 0x1.5e1214p-17f;
  p = p * bounded + -0x1.4a2694p-12f;
  p = p * bounded + 0x1.d936bcp-9f;
  p = p * bounded + -0x1.843628p-6f;
  p = p * bounded + 0x1.b2d3d0p-4f;
  p = p * bounded + 0x1.4538aep-1f;
  p = p * bounded + 0x1.0772e0p-3f;
  const float large = ck_copysign(1.0f - ck_exp(-(p * bounded + bounded)), x);
  return t > 0.92f ? large : (t == t ? small : x);
}

/// atan x, by atan x = pi/2 - atan 1/x beyond 1.
CK_INLINE float ck_atan(float x) {
  const float magnitude = ck_abs(x);
  const bool inverted = magnitude > 1.0f;
  const float t = inverted ? 1.0f / magnitude : magnitude;
  const float square = t * t;
  float q = -0x1.defe18p-10f;
  q = q * square + 0x1.6a8f36p-7f;
  q = q * square + -0x1.01af5ep-5f;
  q = q * square + 0x1.dd0eb0p-5f;
  q = q * square + -0x1.58dc6cp-4f;
  q = q * square + 0x1.c0d284p-4f;
  q = q * square + -0x1.2426f8p-3f;
  q = q * square + 0x1.999276p-3f;
  q = q * square + -0x1.555540p-2f;
  const float angle = q * square * t + t;
  // pi/2 as the nearest float and what it lacks.
  const float turned = 0x1.921fb6p+0f - (angle - -0x1.777a5cp-25f);
  return ck_copysign(inverted ? turned : angle, x);
}

/// sin x (quarter = 0) or cos x (quarter = 1) for |x| below 2^28, reduced in double.
CK_INLINE float ck_sin_shifted(float x, uint32_t quarter) {
  const double shifted = (double)x * 0x1.45f306dc9c883p-1 + 0x1.8p52;
  const double n = shifted - 0x1.8p52;
  // pi/2 in two parts; the first has 25 bits.
  const double reduced = (double)x - n * 0x1.921fb5p+0 - n * 0x1.110b4611a6263p-26;
  uint64_t shifted_bits;
  memcpy(&shifted_bits, &shifted, sizeof shifted_bits);
  const uint32_t quadrant = (uint32_t)shifted_bits + quarter;
  const float r = (float)reduced;
  const float square = r * r;
  float s = -0x1.994eb4p-13f;
  s = s * square + 0x1.110760p-7f;
  s = s * square + -0x1.555546p-3f;
  const float sine = s * square * r + r;
  float c = 0x1.9a025ap-16f;
  c = c * square + -0x1.6c0c8cp-10f;
  c = c * square + 0x1.55554ap-5f;
  const float cosine = c * (square * square) + (1.0f - 0.5f * square);
  const float value = (quadrant & 1) != 0 ? cosine : sine;
  return ck_from_bits(ck_bits(value) ^ ((quadrant & 2) << 30));
}

CK_INLINE float ck_sin(float x) { return ck_sin_shifted(x, 0); }
CK_INLINE float ck_cos(float x) { return ck_sin_shifted(x, 1); }

/// x^y as C's pow defines it, by e^(y ln x) in double: in float, ln would need more bits than there
/// are.
CK_INLINE float ck_pow(float x, float y) {
  const float magnitude = ck_abs(x);
  const double wide = (double)magnitude;
  uint64_t bits;
  memcpy(&bits, &wide, sizeof bits);
  bits -= 0x3fe6a09e00000000u;  // sqrt 1/2
  const uint64_t mantissa = (bits & 0xfffffffffffffu) + 0x3fe6a09e00000000u;
  double m;
  memcpy(&m, &mantissa, sizeof m);
  const double e = (double)((int32_t)(bits >> 32) >> 20);
  // ln m = 2 atanh s, |s| <= 0.172.
  const double s = (m - 1.0) / (m + 1.0);
  const double z = s * s;
  double series = 1.0 / 15;
  series = series * z + 1.0 / 13;
  series = series * z + 1.0 / 11;
  series = series * z + 1.0 / 9;
  series = series * z + 1.0 / 7;
  series = series * z + 1.0 / 5;
  series = series * z + 1.0 / 3;
  double logarithm = 2.0 * s + (2.0 * s * z) * series + e * 0x1.62e42fefa39efp-1;
  logarithm = magnitude == 0.0f ? -(double)INFINITY : logarithm;
  logarithm = magnitude < INFINITY ? logarithm : wide;
  double exponent = (double)y * logarithm;
  exponent = magnitude == 1.0f ? 0.0 : exponent;
  exponent = exponent < -200.0 ? -200.0 : exponent;
  exponent = exponent > 200.0 ? 200.0 : exponent;
  const double shifted = exponent * 0x1.71547652b82fep+0 + 0x1.8p52;
  const double n = shifted - 0x1.8p52;
  const double r = exponent - n * 0x1.62e42fefa39efp-1;
  double p = 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  uint64_t power_bits;
  memcpy(&power_bits, &shifted, sizeof power_bits);
  power_bits = (power_bits + 1023) << 52;
  double power;
  memcpy(&power, &power_bits, sizeof power);
  float result = (float)(p * power);
  const bool whole = CK_FLOOR(y) == y;
  const bool odd = whole && CK_FLOOR(y * 0.5f) != y * 0.5f;
  const bool negative = (ck_bits(x) >> 31) != 0;
  result = negative && odd ? -result : result;
  result = negative && !whole && magnitude > 0.0f && magnitude < INFINITY ? NAN : result;
  result = x != x || y != y ? NAN : result;
  return y == 0.0f || x == 1.0f ? 1.0f : result;
}

/// 0.044715 and sqrt(2 / pi) are from Hendrycks and Gimpel, "Gaussian error linear units", 2016.
/// x/2 (1 + tanh u) is x sigmoid(2u), which keeps its relative accuracy on the left.
CK_INLINE float ck_gelu_tanh(float x) {
  const float u = 0.7978845608f * (x + 0.044715f * (x * x * x));
  return x * ck_sigmoid(2.0f * u);
}

CK_INLINE float ck_gelu_tanh_gradient(float x) {
  const float square = x * x;
  const float u = 0.7978845608f * (x + 0.044715f * (square * x));
  const float slope = 2.0f * 0.7978845608f * (1.0f + 3.0f * 0.044715f * square);
  const float s = ck_sigmoid(2.0f * u);
  const float rest = s * (1.0f - s);
  // Far out, rest is 0 while the slope may be infinite.
  return s + (rest == 0.0f ? 0.0f : x * rest * slope);
}

CK_INLINE float ck_gelu_erf(float x) { return 0.5f * x * (1.0f + ck_erf(x * 0.70710678118f)); }

CK_INLINE float ck_gelu_erf_gradient(float x) {
  const float density = 0.3989422804f * ck_exp(-0.5f * (x * x));
  const float weighted = density == 0.0f ? 0.0f : x * density;
  return 0.5f * (1.0f + ck_erf(x * 0.70710678118f)) + weighted;
}

CK_INLINE float ck_silu(float x) { return x * ck_sigmoid(x); }

CK_INLINE float ck_silu_gradient(float x) {
  const float s = ck_sigmoid(x);
  const float rest = s * (1.0f - s);
  return s + (rest == 0.0f ? 0.0f : x * rest);
}

CK_INLINE float ck_softplus(float x) {
  return ck_positive_part(x) + ck_log1p_positive(ck_exp(-ck_abs(x)));
}

CK_INLINE float ck_sign(float x) {
  const float sign = x > 0.0f ? 1.0f : (x < 0.0f ? -1.0f : 0.0f);
  return x != x ? x : sign;
}

/// The nearest bfloat16 as its 16 bits, ties to even; NaN stays NaN.
CK_INLINE uint16_t ck_bfloat16_bits(float x) {
  const uint32_t bits = ck_bits(x);
  const uint32_t rounded = bits + 0x7fffu + ((bits >> 16) & 1);
  return (uint16_t)((x != x ? bits | 0x400000u : rounded) >> 16);
}

CK_INLINE float ck_from_bfloat16(uint16_t bits) { return ck_from_bits((uint32_t)bits << 16); }
