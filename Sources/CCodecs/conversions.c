// Element conversions, written so that the compiler vectorizes each loop.
#include <string.h>

#include "ccodecs.h"

#if defined(__x86_64__) && defined(__linux__)
#define MANY_TARGETS __attribute__((target_clones("default", "avx2", "arch=x86-64-v4")))
#else
#define MANY_TARGETS
#endif

// Elements sit at any byte, so they are read through a packed struct and never by a plain pointer.
#define UNALIGNED(type) \
  typedef struct {      \
    type value;         \
  } __attribute__((packed, may_alias)) unaligned_##type;
UNALIGNED(double)
UNALIGNED(float)
UNALIGNED(uint16_t)
UNALIGNED(int64_t)
UNALIGNED(int32_t)
UNALIGNED(int16_t)
UNALIGNED(int8_t)
UNALIGNED(uint8_t)

static inline float from_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static inline uint32_t to_bits(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// No denormal float is ever an operand, so the result does not depend on the denormals mode.
static inline float from_half(uint16_t half) {
  uint32_t shifted = (uint32_t)half << 16;
  uint32_t sign = shifted & 0x80000000u;
  uint32_t twice = shifted + shifted;
  float normal = from_bits((twice >> 4) + (0xE0u << 23)) * 0x1.0p-112f;
  float denormal = from_bits((twice >> 17) | (126u << 23)) - 0.5f;
  return from_bits(sign | (twice < (1u << 27) ? to_bits(denormal) : to_bits(normal)));
}

static inline uint16_t to_half(float value) {
  uint32_t bits = to_bits(value);
  uint32_t sign = (bits >> 16) & 0x8000u;
  uint32_t magnitude = bits & 0x7FFFFFFFu;
  uint32_t half;
  if (magnitude > 0x7F800000u) {
    half = 0x7E00u;  // not a number
  } else if (magnitude >= 0x477FF000u) {
    half = 0x7C00u;  // rounds to infinity
  } else if (magnitude < 0x38800000u) {
    // Adding 0.5 leaves the half's denormal bits, rightly rounded, at the bottom of the float.
    half = to_bits(from_bits(magnitude) + 0.5f) - (126u << 23);
  } else {
    half = (magnitude - (112u << 23) + 0xFFFu + ((magnitude >> 13) & 1u)) >> 13;
  }
  return (uint16_t)(sign | half);
}

static inline uint16_t to_bfloat(float value) {
  uint32_t bits = to_bits(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (uint16_t)((bits >> 16) | 0x40u);
  return (uint16_t)((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

#define CONVERT(type, expression)                            \
  do {                                                       \
    const unaligned_##type *source = elements;               \
    for (size_t i = 0; i < count; i++) {                     \
      type x = source[i].value;                              \
      floats[i] = (expression);                              \
    }                                                        \
  } while (0)

MANY_TARGETS void ccodecs_to_floats(const void *elements, int type, size_t count, float *floats) {
  switch (type) {
    case CCODECS_F64: CONVERT(double, (float)x); break;
    case CCODECS_F32:
      if (count > 0) memcpy(floats, elements, count * sizeof(float));
      break;
    case CCODECS_F16: CONVERT(uint16_t, from_half(x)); break;
    case CCODECS_BF16: CONVERT(uint16_t, from_bits((uint32_t)x << 16)); break;
    case CCODECS_I64: CONVERT(int64_t, (float)x); break;
    case CCODECS_I32: CONVERT(int32_t, (float)x); break;
    case CCODECS_I16: CONVERT(int16_t, (float)x); break;
    case CCODECS_I8: CONVERT(int8_t, (float)x); break;
    case CCODECS_U8: CONVERT(uint8_t, (float)x); break;
    case CCODECS_BOOL: CONVERT(uint8_t, x != 0 ? 1.0f : 0.0f); break;
  }
}

MANY_TARGETS void ccodecs_from_floats(const float *floats, int type, size_t count,
                                      void *elements) {
  unaligned_uint16_t *halves = elements;
  switch (type) {
    case CCODECS_F32:
      if (count > 0) memcpy(elements, floats, count * sizeof(float));
      break;
    case CCODECS_F16:
      for (size_t i = 0; i < count; i++) halves[i].value = to_half(floats[i]);
      break;
    case CCODECS_BF16:
      for (size_t i = 0; i < count; i++) halves[i].value = to_bfloat(floats[i]);
      break;
  }
}

#define GATHER_ROW(type)                                                   \
  do {                                                                     \
    const unaligned_##type *row = (const unaligned_##type *)start;         \
    unaligned_##type *to = (unaligned_##type *)target;                     \
    for (int64_t i = 0; i < length; i++) to[i].value = row[i * step].value; \
  } while (0)

void ccodecs_gather(const void *source, const int64_t *shape, const int64_t *strides, size_t rank,
                    size_t element_size, void *target) {
  int64_t index[64] = {0};
  for (size_t axis = 0; axis < rank; axis++) {
    if (shape[axis] == 0) return;
  }
  // The last axis is the inner loop; the others count up like an odometer.
  size_t outer = rank > 0 ? rank - 1 : 0;
  int64_t length = rank > 0 ? shape[outer] : 1;
  int64_t step = rank > 0 ? strides[outer] : 1;
  int64_t offset = 0;
  for (;;) {
    const uint8_t *start = (const uint8_t *)source + offset * (int64_t)element_size;
    switch (element_size) {
      case 1: GATHER_ROW(uint8_t); break;
      case 2: GATHER_ROW(uint16_t); break;
      case 4: GATHER_ROW(int32_t); break;
      default: GATHER_ROW(int64_t); break;
    }
    target = (uint8_t *)target + length * (int64_t)element_size;
    size_t axis = outer;
    while (axis > 0) {
      axis--;
      offset += strides[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
      if (axis == 0) return;
    }
    if (outer == 0) return;
  }
}
