#pragma once

// Kernels that oneDNN lacks or does badly: plain C, vectorized by the compiler.
//
// Everything here keeps three promises.
// - The result does not depend on the number of threads, nor on what else is in the batch where a
//   row is a unit of its own: the order of every sum is a function of the shapes alone.
// - IEEE arithmetic: infinities and NaNs go through, no flags that assume them away.
// - No state but the thread pool that each calling thread gives `ck_configure`.
//
// Layouts. `block` is 1, 8 or 16. A blocked activation is [batch][ceil(channels / block)][spatial]
// [block], as oneDNN has it (nchw, nChw8c, nChw16c); block 1 is plain. The lanes of a last, partly
// filled block are written as zeros. Sizes and strides count elements, never bytes.

#include "ck_base.h"
#include "ck_pointwise.h"
#include "ck_convert.h"
#include "ck_reduce.h"
#include "ck_movement.h"
#include "ck_channels.h"
#include "ck_compare.h"
#include "ck_pool.h"
#include "ck_rows.h"
#include "ck_gather.h"
#include "ck_image.h"
#include "ck_optimizer.h"
#include "ck_random.h"
#include "ck_decode.h"
#include "ck_policy.h"
#include "ck_matrix.h"
#include "ck_winograd.h"
