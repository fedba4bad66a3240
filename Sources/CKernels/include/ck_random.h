#pragma once

#include "ck_base.h"

// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
// 1, 2, 3", 2011). Element i of an array is word i % 4 of block i / 4, so that the values depend on
// nothing but the key and the index. The same on every machine.

CK_BEGIN

/// Names a sequence. The Philox key is the seed; the counter is (block low, block high, stream low,
/// stream high).
typedef struct ck_random_key {
  uint64_t seed;
  uint64_t stream;
} ck_random_key;

/// Raw words of elements first ..< first + count.
void ck_random_bits(uint32_t *result, int64_t count, ck_random_key key, uint64_t first);

/// Uniform in [low, high): low + (high - low) * (word >> 8) * 2^-24, kept below high.
void ck_random_uniform(
  float *result, int64_t count, ck_random_key key, uint64_t first, float low, float high);

/// Normal by Box and Muller: words 0 and 1 of a block make elements 0 and 1, words 2 and 3 make 2
/// and 3.
void ck_random_normal(
  float *result, int64_t count, ck_random_key key, uint64_t first, float mean, float deviation);

/// One Philox block: ten rounds over counter (4 words) with key (2 words), to 4 words.
void ck_philox(uint32_t *result, const uint32_t *counter, const uint32_t *key);

CK_END
