#include <string.h>

#include "primitive.h"

// One section per operation. Each makes a description, which is where the two versions differ, and
// leaves the rest to `odnn_primitive_finish`.

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

static void copy(int64_t *to, const int64_t *from, int count, int64_t minus) {
  for (int i = 0; i < count; i++) to[i] = from[i] - minus;
}

/// The window in oneDNN's words, or out of range for a tensor that is no image.
static odnn_status read_window(odnn_geometry *to, odnn_window window, const odnn_md *image) {
  const int spatial = odnn_md_rank(image) - 2;
  if (spatial < 1 || spatial > 3) return ODNN_OUT_OF_RANGE;
  memset(to, 0, sizeof *to);
  copy(to->strides, window.strides, spatial, 0);
  copy(to->dilations, window.dilations, spatial, 1);
  copy(to->before, window.padding_before, spatial, 0);
  copy(to->after, window.padding_after, spatial, 0);
  return ODNN_SUCCESS;
}

/// Descriptors of the same shapes with one element type and open layouts; the caller destroys what
/// there is even if it fails.
static bool any_layouts(
    odnn_md *out[3], const odnn_md *source, const odnn_md *weights, const odnn_md *destination,
    odnn_type type) {
  const odnn_md *const like[3] = {source, weights, destination};
  bool complete = true;
  for (int i = 0; i < 3; i++) {
    int64_t dims[ODNN_MAX_DIMS];
    odnn_md_dims(like[i], dims);
    const odnn_status status =
        odnn_md_create(&out[i], odnn_md_rank(like[i]), dims, type, ODNN_LAYOUT_ANY);
    complete = complete && status == ODNN_SUCCESS;
  }
  return complete;
}

// MARK: Convolution

static dnnl_status_t convolution_forward(
    pd *out, odnn_md_ref source, odnn_md_ref weights, odnn_md_ref bias, odnn_md_ref destination,
    const odnn_geometry *at, dnnl_primitive_attr_t attributes) {
#if ODNN_V3
  return dnnl.convolution_forward_primitive_desc_create(
      out, odnn_engine, dnnl_forward_training, dnnl_convolution_direct, source, weights, bias,
      destination, at->strides, at->dilations, at->before, at->after, attributes);
#else
  dnnl_convolution_desc_t operation;
  const dnnl_status_t status = dnnl.dilated_convolution_forward_desc_init(
      &operation, dnnl_forward_training, dnnl_convolution_direct, source, weights, bias,
      destination, at->strides, at->dilations, at->before, at->after);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(out, &operation, attributes, odnn_engine, NULL);
#endif
}

odnn_status odnn_convolution_forward(
    odnn_primitive **out, const odnn_md *source, const odnn_md *weights, const odnn_md *bias,
    const odnn_md *destination, odnn_window window, odnn_post post) {
  odnn_geometry at;
  ODNN_TRY(read_window(&at, window, source));
  ODNN_MAKE(
      post, convolution_forward(
                &description, odnn_md_get(source), odnn_md_get(weights), odnn_md_get(bias),
                odnn_md_get(destination), &at, attributes));
}

/// A forward description of the same shapes; null if there is none, which most backward
/// implementations forgive.
static pd convolution_hint(
    const odnn_md *source, const odnn_md *weights, const odnn_md *destination, odnn_type type,
    const odnn_geometry *at) {
  odnn_md *mds[3];
  pd hint = NULL;
  if (any_layouts(mds, source, weights, destination, type) &&
      convolution_forward(
          &hint, odnn_md_get(mds[0]), odnn_md_get(mds[1]), NULL, odnn_md_get(mds[2]), at, NULL) !=
          dnnl_success) {
    hint = NULL;
  }
  for (int i = 0; i < 3; i++) odnn_md_destroy(mds[i]);
  return hint;
}

static dnnl_status_t convolution_backward_data(
    pd *out, odnn_md_ref diff_source, odnn_md_ref weights, odnn_md_ref diff_destination,
    const odnn_geometry *at, pd hint, dnnl_primitive_attr_t attributes) {
#if ODNN_V3
  return dnnl.convolution_backward_data_primitive_desc_create(
      out, odnn_engine, dnnl_convolution_direct, diff_source, weights, diff_destination,
      at->strides, at->dilations, at->before, at->after, hint, attributes);
#else
  dnnl_convolution_desc_t operation;
  const dnnl_status_t status = dnnl.dilated_convolution_backward_data_desc_init(
      &operation, dnnl_convolution_direct, diff_source, weights, diff_destination, at->strides,
      at->dilations, at->before, at->after);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(out, &operation, attributes, odnn_engine, hint);
#endif
}

static dnnl_status_t convolution_backward_weights(
    pd *out, odnn_md_ref source, odnn_md_ref diff_weights, odnn_md_ref diff_bias,
    odnn_md_ref diff_destination, const odnn_geometry *at, pd hint,
    dnnl_primitive_attr_t attributes) {
#if ODNN_V3
  return dnnl.convolution_backward_weights_primitive_desc_create(
      out, odnn_engine, dnnl_convolution_direct, source, diff_weights, diff_bias, diff_destination,
      at->strides, at->dilations, at->before, at->after, hint, attributes);
#else
  dnnl_convolution_desc_t operation;
  const dnnl_status_t status = dnnl.dilated_convolution_backward_weights_desc_init(
      &operation, dnnl_convolution_direct, source, diff_weights, diff_bias, diff_destination,
      at->strides, at->dilations, at->before, at->after);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(out, &operation, attributes, odnn_engine, hint);
#endif
}

odnn_status odnn_convolution_backward_data(
    odnn_primitive **out, const odnn_md *diff_source, const odnn_md *weights,
    const odnn_md *diff_destination, odnn_window window, const odnn_primitive *forward) {
  odnn_geometry at;
  ODNN_TRY(read_window(&at, window, diff_source));
  ODNN_MAKE_HINTED(
      ODNN_POST_NONE,
      forward != NULL
          ? NULL
          : convolution_hint(diff_source, weights, diff_destination, odnn_md_type(weights), &at),
      convolution_backward_data(
          &description, odnn_md_get(diff_source), odnn_md_get(weights),
          odnn_md_get(diff_destination), &at, forward != NULL ? forward->description : hint,
          attributes));
}

odnn_status odnn_convolution_backward_weights(
    odnn_primitive **out, const odnn_md *source, const odnn_md *diff_weights,
    const odnn_md *diff_bias, const odnn_md *diff_destination, odnn_window window,
    const odnn_primitive *forward) {
  odnn_geometry at;
  ODNN_TRY(read_window(&at, window, source));
  ODNN_MAKE_HINTED(
      ODNN_POST_NONE,
      forward != NULL
          ? NULL
          : convolution_hint(source, diff_weights, diff_destination, odnn_md_type(source), &at),
      convolution_backward_weights(
          &description, odnn_md_get(source), odnn_md_get(diff_weights), odnn_md_get(diff_bias),
          odnn_md_get(diff_destination), &at, forward != NULL ? forward->description : hint,
          attributes));
}

// MARK: Pooling

static dnnl_alg_kind_t pooling_algorithm(odnn_pooling pooling) {
  switch (pooling) {
    case ODNN_POOLING_MAX: return dnnl_pooling_max;
    case ODNN_POOLING_AVERAGE_INCLUDE_PADDING: return dnnl_pooling_avg_include_padding;
    case ODNN_POOLING_AVERAGE_EXCLUDE_PADDING: return dnnl_pooling_avg_exclude_padding;
  }
  return dnnl_alg_kind_undef;
}

static dnnl_status_t pooling_forward(
    pd *out, dnnl_alg_kind_t algorithm, dnnl_prop_kind_t purpose, odnn_md_ref source,
    odnn_md_ref destination, const odnn_geometry *at, dnnl_primitive_attr_t attributes) {
#if ODNN_V3
  return dnnl.pooling_forward_primitive_desc_create(
      out, odnn_engine, purpose, algorithm, source, destination, at->strides, at->kernel,
      at->dilations, at->before, at->after, attributes);
#else
  dnnl_pooling_v2_desc_t operation;
  const dnnl_status_t status = dnnl.pooling_v2_forward_desc_init(
      &operation, purpose, algorithm, source, destination, at->strides, at->kernel, at->dilations,
      at->before, at->after);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(out, &operation, attributes, odnn_engine, NULL);
#endif
}

static odnn_status pooling_forward_primitive(
    odnn_primitive **out, dnnl_alg_kind_t algorithm, bool training, const odnn_md *source,
    const odnn_md *destination, const odnn_geometry *at) {
  ODNN_MAKE(
      ODNN_POST_NONE,
      pooling_forward(
          &description, algorithm, training ? dnnl_forward_training : dnnl_forward_inference,
          odnn_md_get(source), odnn_md_get(destination), at, attributes));
}

odnn_status odnn_pooling_forward(
    odnn_primitive **out, odnn_pooling algorithm, bool training, const odnn_md *source,
    const odnn_md *destination, const int64_t *kernel, odnn_window window) {
  odnn_geometry at;
  ODNN_TRY(read_window(&at, window, source));
  copy(at.kernel, kernel, odnn_md_rank(source) - 2, 0);
  const dnnl_alg_kind_t kind = pooling_algorithm(algorithm);
  ODNN_TRY(pooling_forward_primitive(out, kind, training, source, destination, &at));
  (*out)->algorithm = kind;
  (*out)->geometry = at;
  return ODNN_SUCCESS;
}

static dnnl_status_t pooling_backward(
    pd *out, const odnn_primitive *forward, odnn_md_ref diff_source, odnn_md_ref diff_destination,
    dnnl_primitive_attr_t attributes) {
  const odnn_geometry *at = &forward->geometry;
#if ODNN_V3
  return dnnl.pooling_backward_primitive_desc_create(
      out, odnn_engine, forward->algorithm, diff_source, diff_destination, at->strides, at->kernel,
      at->dilations, at->before, at->after, forward->description, attributes);
#else
  dnnl_pooling_v2_desc_t operation;
  const dnnl_status_t status = dnnl.pooling_v2_backward_desc_init(
      &operation, forward->algorithm, diff_source, diff_destination, at->strides, at->kernel,
      at->dilations, at->before, at->after);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(
      out, &operation, attributes, odnn_engine, forward->description);
#endif
}

odnn_status odnn_pooling_backward(
    odnn_primitive **out, const odnn_primitive *forward, const odnn_md *diff_source,
    const odnn_md *diff_destination) {
  // Only a forward pool remembers an algorithm.
  if (forward->algorithm == dnnl_alg_kind_undef) return ODNN_INVALID_ARGUMENTS;
  ODNN_MAKE(
      ODNN_POST_NONE, pooling_backward(
                          &description, forward, odnn_md_get(diff_source),
                          odnn_md_get(diff_destination), attributes));
}

// MARK: Matrix product

static dnnl_status_t matmul(
    pd *out, odnn_md_ref source, odnn_md_ref weights, odnn_md_ref bias, odnn_md_ref destination,
    dnnl_primitive_attr_t attributes) {
#if ODNN_V3
  return dnnl.matmul_primitive_desc_create(
      out, odnn_engine, source, weights, bias, destination, attributes);
#else
  dnnl_matmul_desc_t operation;
  const dnnl_status_t status =
      dnnl.matmul_desc_init(&operation, source, weights, bias, destination);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(out, &operation, attributes, odnn_engine, NULL);
#endif
}

odnn_status odnn_matmul(
    odnn_primitive **out, const odnn_md *source, const odnn_md *weights, const odnn_md *bias,
    const odnn_md *destination, odnn_post post) {
  ODNN_MAKE(
      post, matmul(
                &description, odnn_md_get(source), odnn_md_get(weights), odnn_md_get(bias),
                odnn_md_get(destination), attributes));
}

// MARK: Inner product

static dnnl_status_t inner_product_forward(
    pd *out, odnn_md_ref source, odnn_md_ref weights, odnn_md_ref bias, odnn_md_ref destination,
    dnnl_primitive_attr_t attributes) {
#if ODNN_V3
  return dnnl.inner_product_forward_primitive_desc_create(
      out, odnn_engine, dnnl_forward_training, source, weights, bias, destination, attributes);
#else
  dnnl_inner_product_desc_t operation;
  const dnnl_status_t status = dnnl.inner_product_forward_desc_init(
      &operation, dnnl_forward_training, source, weights, bias, destination);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(out, &operation, attributes, odnn_engine, NULL);
#endif
}

odnn_status odnn_inner_product_forward(
    odnn_primitive **out, const odnn_md *source, const odnn_md *weights, const odnn_md *bias,
    const odnn_md *destination, odnn_post post) {
  ODNN_MAKE(
      post, inner_product_forward(
                &description, odnn_md_get(source), odnn_md_get(weights), odnn_md_get(bias),
                odnn_md_get(destination), attributes));
}

static pd inner_product_hint(
    const odnn_md *source, const odnn_md *weights, const odnn_md *destination, odnn_type type) {
  odnn_md *mds[3];
  pd hint = NULL;
  if (any_layouts(mds, source, weights, destination, type) &&
      inner_product_forward(
          &hint, odnn_md_get(mds[0]), odnn_md_get(mds[1]), NULL, odnn_md_get(mds[2]), NULL) !=
          dnnl_success) {
    hint = NULL;
  }
  for (int i = 0; i < 3; i++) odnn_md_destroy(mds[i]);
  return hint;
}

static dnnl_status_t inner_product_backward_data(
    pd *out, odnn_md_ref diff_source, odnn_md_ref weights, odnn_md_ref diff_destination, pd hint,
    dnnl_primitive_attr_t attributes) {
#if ODNN_V3
  return dnnl.inner_product_backward_data_primitive_desc_create(
      out, odnn_engine, diff_source, weights, diff_destination, hint, attributes);
#else
  dnnl_inner_product_desc_t operation;
  const dnnl_status_t status = dnnl.inner_product_backward_data_desc_init(
      &operation, diff_source, weights, diff_destination);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(out, &operation, attributes, odnn_engine, hint);
#endif
}

static dnnl_status_t inner_product_backward_weights(
    pd *out, odnn_md_ref source, odnn_md_ref diff_weights, odnn_md_ref diff_bias,
    odnn_md_ref diff_destination, pd hint, dnnl_primitive_attr_t attributes) {
#if ODNN_V3
  return dnnl.inner_product_backward_weights_primitive_desc_create(
      out, odnn_engine, source, diff_weights, diff_bias, diff_destination, hint, attributes);
#else
  dnnl_inner_product_desc_t operation;
  const dnnl_status_t status = dnnl.inner_product_backward_weights_desc_init(
      &operation, source, diff_weights, diff_bias, diff_destination);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(out, &operation, attributes, odnn_engine, hint);
#endif
}

odnn_status odnn_inner_product_backward_data(
    odnn_primitive **out, const odnn_md *diff_source, const odnn_md *weights,
    const odnn_md *diff_destination) {
  ODNN_MAKE_HINTED(
      ODNN_POST_NONE,
      inner_product_hint(diff_source, weights, diff_destination, odnn_md_type(weights)),
      inner_product_backward_data(
          &description, odnn_md_get(diff_source), odnn_md_get(weights),
          odnn_md_get(diff_destination), hint, attributes));
}

odnn_status odnn_inner_product_backward_weights(
    odnn_primitive **out, const odnn_md *source, const odnn_md *diff_weights,
    const odnn_md *diff_bias, const odnn_md *diff_destination) {
  ODNN_MAKE_HINTED(
      ODNN_POST_NONE,
      inner_product_hint(source, diff_weights, diff_destination, odnn_md_type(source)),
      inner_product_backward_weights(
          &description, odnn_md_get(source), odnn_md_get(diff_weights), odnn_md_get(diff_bias),
          odnn_md_get(diff_destination), hint, attributes));
}

// MARK: Reorder

odnn_status odnn_reorder(
    odnn_primitive **out, const odnn_md *source, const odnn_md *destination) {
  ODNN_MAKE(
      ODNN_POST_NONE, dnnl.reorder_primitive_desc_create(
                          &description, odnn_md_get(source), odnn_engine,
                          odnn_md_get(destination), odnn_engine, attributes));
}

// MARK: Softmax

static dnnl_alg_kind_t softmax_algorithm(bool logarithm) {
  return logarithm ? dnnl_softmax_log : dnnl_softmax_accurate;
}

static dnnl_status_t softmax_forward(
    pd *out, odnn_md_ref source, odnn_md_ref destination, int axis, bool logarithm,
    dnnl_primitive_attr_t attributes) {
#if ODNN_V3
  return dnnl.softmax_forward_primitive_desc_create(
      out, odnn_engine, dnnl_forward_training, softmax_algorithm(logarithm), source, destination,
      axis, attributes);
#else
  dnnl_softmax_v2_desc_t operation;
  const dnnl_status_t status = dnnl.softmax_v2_forward_desc_init(
      &operation, dnnl_forward_training, softmax_algorithm(logarithm), source, destination, axis);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(out, &operation, attributes, odnn_engine, NULL);
#endif
}

odnn_status odnn_softmax_forward(
    odnn_primitive **out, const odnn_md *source, const odnn_md *destination, int axis,
    bool logarithm) {
  ODNN_MAKE(
      ODNN_POST_NONE, softmax_forward(
                          &description, odnn_md_get(source), odnn_md_get(destination), axis,
                          logarithm, attributes));
}

static dnnl_status_t softmax_backward(
    pd *out, odnn_md_ref diff_source, odnn_md_ref diff_destination, odnn_md_ref destination,
    int axis, bool logarithm, pd hint, dnnl_primitive_attr_t attributes) {
#if ODNN_V3
  return dnnl.softmax_backward_primitive_desc_create(
      out, odnn_engine, softmax_algorithm(logarithm), diff_source, diff_destination, destination,
      axis, hint, attributes);
#else
  dnnl_softmax_v2_desc_t operation;
  const dnnl_status_t status = dnnl.softmax_v2_backward_desc_init(
      &operation, softmax_algorithm(logarithm), diff_source, diff_destination, destination, axis);
  if (status != dnnl_success) return status;
  return dnnl.primitive_desc_create(out, &operation, attributes, odnn_engine, hint);
#endif
}

static pd softmax_hint(
    const odnn_md *source, const odnn_md *destination, int axis, bool logarithm) {
  pd hint = NULL;
  const dnnl_status_t status = softmax_forward(
      &hint, odnn_md_get(source), odnn_md_get(destination), axis, logarithm, NULL);
  return status == dnnl_success ? hint : NULL;
}

odnn_status odnn_softmax_backward(
    odnn_primitive **out, const odnn_md *diff_source, const odnn_md *diff_destination,
    const odnn_md *destination, int axis, bool logarithm) {
  ODNN_MAKE_HINTED(
      ODNN_POST_NONE, softmax_hint(diff_source, destination, axis, logarithm),
      softmax_backward(
          &description, odnn_md_get(diff_source), odnn_md_get(diff_destination),
          odnn_md_get(destination), axis, logarithm, hint, attributes));
}
