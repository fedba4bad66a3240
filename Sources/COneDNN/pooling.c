#include "operation.h"

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
  ODNN_TRY(odnn_read_window(&at, window, source));
  for (int i = 0; i < odnn_md_rank(source) - 2; i++) at.kernel[i] = kernel[i];
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
