#pragma once

#include "library.h"

enum { ODNN_MAX_ARGUMENTS = 8 };

/// A window in oneDNN's words: dilation 0 is dense.
typedef struct odnn_geometry {
  dnnl_dims_t kernel, strides, dilations, before, after;
} odnn_geometry;

struct odnn_primitive {
  dnnl_primitive_t handle;
  dnnl_primitive_desc_t description;
  /// What a backward pool takes from its forward pool.
  dnnl_alg_kind_t algorithm;
  odnn_geometry geometry;
  int argument_count;
  odnn_argument arguments[ODNN_MAX_ARGUMENTS];
};

/// Makes a primitive of a description, which it takes over even if it fails.
odnn_status odnn_primitive_finish(odnn_primitive **out, dnnl_primitive_desc_t description);

/// Attributes with the scratchpad in the caller's hands and a post-operation; the caller destroys.
odnn_status odnn_attributes(dnnl_primitive_attr_t *out, odnn_post post);
