#pragma once

// What the files of operations share. Each function there makes a description, which is where the
// two versions of oneDNN differ, and leaves the rest to `odnn_primitive_finish`.

#include "primitive.h"

typedef dnnl_primitive_desc_t pd;

/// What is the same in every function below: make attributes, make the description, finish. The
/// hint is a description that oneDNN wants to see for a backward pass; it is destroyed.
#define ODNN_MAKE_HINTED(post, make_hint, create)                       \
  *out = NULL;                                                          \
  dnnl_primitive_attr_t attributes = NULL;                              \
  ODNN_TRY(odnn_attributes(&attributes, post));                         \
  pd hint = make_hint;                                                  \
  pd description = NULL;                                                \
  const dnnl_status_t status = create;                                  \
  dnnl.primitive_attr_destroy(attributes);                              \
  if (hint != NULL) dnnl.primitive_desc_destroy(hint);                  \
  ODNN_TRY(status);                                                     \
  return odnn_primitive_finish(out, description)

#define ODNN_MAKE(post, create) ODNN_MAKE_HINTED(post, NULL, create)

/// The window in oneDNN's words, or out of range for a tensor that is no image.
odnn_status odnn_read_window(odnn_geometry *to, odnn_window window, const odnn_md *image);

/// Descriptors of the same shapes with one element type and open layouts; the caller destroys what
/// there is even if it fails.
bool odnn_any_layouts(
    odnn_md *out[3], const odnn_md *source, const odnn_md *weights, const odnn_md *destination,
    odnn_type type);
