#include "operation.h"

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
