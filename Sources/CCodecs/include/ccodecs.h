// What PlumbFiles cannot say in Swift: loops over raw bytes that the compiler must vectorize, and
// the C libraries that compress and decode. Each function takes its bounds and returns a status;
// nothing here aborts, prints or keeps a pointer after it returns.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The element types of stored tensors. PlumbFiles' StoredType has the same order.
enum {
  CCODECS_F64,
  CCODECS_F32,
  CCODECS_F16,
  CCODECS_BF16,
  CCODECS_I64,
  CCODECS_I32,
  CCODECS_I16,
  CCODECS_I8,
  CCODECS_U8,
  CCODECS_BOOL,
};

// Converts `count` little-endian elements, at any alignment, to floats.
void ccodecs_to_floats(const void *elements, int type, size_t count, float *floats);

// Converts floats to `count` elements of F32, F16 or BF16, rounding to nearest, ties to even.
void ccodecs_from_floats(const float *floats, int type, size_t count, void *elements);

#ifdef __cplusplus
}
#endif
