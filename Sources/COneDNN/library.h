#pragma once

// What the files of the shim share: oneDNN's header and the functions found in the library.

#if __has_include(<dnnl.h>)
#include <dnnl.h>
#elif __has_include("/opt/homebrew/include/dnnl.h")
#include "/opt/homebrew/include/dnnl.h"
#else
#error "oneDNN's headers are missing: install libdnnl-dev (Debian, Ubuntu) or onednn (Homebrew)."
#endif

#include "onednn.h"

#if DNNL_VERSION_MAJOR != 2 && DNNL_VERSION_MAJOR != 3
#error "Plumbline knows versions 2 and 3 of oneDNN."
#endif

#define ODNN_V3 (DNNL_VERSION_MAJOR == 3)

#if ODNN_V3
#define ODNN_VERSIONED_FUNCTIONS(X)                 \
  X(convolution_forward_primitive_desc_create)      \
  X(convolution_backward_data_primitive_desc_create)    \
  X(convolution_backward_weights_primitive_desc_create) \
  X(pooling_forward_primitive_desc_create)          \
  X(pooling_backward_primitive_desc_create)         \
  X(matmul_primitive_desc_create)                   \
  X(inner_product_forward_primitive_desc_create)    \
  X(inner_product_backward_data_primitive_desc_create)    \
  X(inner_product_backward_weights_primitive_desc_create) \
  X(softmax_forward_primitive_desc_create)          \
  X(softmax_backward_primitive_desc_create)         \
  X(memory_desc_create_with_strides)                \
  X(memory_desc_create_with_tag)                    \
  X(memory_desc_clone)                              \
  X(memory_desc_destroy)                            \
  X(memory_desc_query)
#else
#define ODNN_VERSIONED_FUNCTIONS(X)                 \
  X(dilated_convolution_forward_desc_init)          \
  X(dilated_convolution_backward_data_desc_init)    \
  X(dilated_convolution_backward_weights_desc_init) \
  X(pooling_v2_forward_desc_init)                   \
  X(pooling_v2_backward_desc_init)                  \
  X(matmul_desc_init)                               \
  X(inner_product_forward_desc_init)                \
  X(inner_product_backward_data_desc_init)          \
  X(inner_product_backward_weights_desc_init)       \
  X(softmax_v2_forward_desc_init)                   \
  X(softmax_v2_backward_desc_init)                  \
  X(primitive_desc_create)                          \
  X(memory_desc_init_by_strides)                    \
  X(memory_desc_init_by_tag)
#endif

#define ODNN_FUNCTIONS(X)                \
  X(version)                             \
  X(get_effective_cpu_isa)               \
  X(engine_create)                       \
  X(stream_create)                       \
  X(stream_wait)                         \
  X(memory_desc_get_size)                \
  X(memory_desc_equal)                   \
  X(memory_create)                       \
  X(memory_set_data_handle)              \
  X(memory_destroy)                      \
  X(primitive_attr_create)               \
  X(primitive_attr_destroy)              \
  X(primitive_attr_set_post_ops)         \
  X(primitive_attr_set_scratchpad_mode)  \
  X(post_ops_create)                     \
  X(post_ops_destroy)                    \
  X(post_ops_append_eltwise)             \
  X(post_ops_append_sum)                 \
  X(primitive_desc_query)                \
  X(primitive_desc_query_md)             \
  X(primitive_desc_destroy)              \
  X(primitive_create)                    \
  X(primitive_destroy)                   \
  X(primitive_execute)                   \
  X(reorder_primitive_desc_create)       \
  ODNN_VERSIONED_FUNCTIONS(X)

/// The functions of the opened library: `dnnl.memory_create` is its `dnnl_memory_create`.
typedef struct odnn_functions {
#define ODNN_DECLARE(name) __typeof__(dnnl_##name) *name;
  ODNN_FUNCTIONS(ODNN_DECLARE)
#undef ODNN_DECLARE
} odnn_functions;

extern odnn_functions dnnl;

/// The processor; there is one.
extern dnnl_engine_t odnn_engine;

/// Returns from a function that returns a status unless `expression` succeeds.
#define ODNN_TRY(expression)                                                     \
  do {                                                                           \
    const odnn_status try_status_ = (odnn_status)(expression);                   \
    if (try_status_ != ODNN_SUCCESS) return try_status_;                         \
  } while (0)

struct odnn_md {
#if ODNN_V3
  dnnl_memory_desc_t handle;
#else
  dnnl_memory_desc_t value;
#endif
};

#if ODNN_V3
typedef const_dnnl_memory_desc_t odnn_md_ref;
#else
typedef const dnnl_memory_desc_t *odnn_md_ref;
#endif

/// oneDNN's view of a descriptor, null for null.
static inline odnn_md_ref odnn_md_get(const odnn_md *md) {
#if ODNN_V3
  return md != NULL ? md->handle : NULL;
#else
  return md != NULL ? &md->value : NULL;
#endif
}

/// A new handle for a copy of oneDNN's descriptor.
odnn_status odnn_md_copy(odnn_md **out, odnn_md_ref reference);

/// The number of dimensions, 0 for null.
int odnn_md_ref_rank(odnn_md_ref reference);
