#include "operation.h"

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
  ODNN_TRY(odnn_read_window(&at, window, source));
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
  if (odnn_any_layouts(mds, source, weights, destination, type) &&
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
  ODNN_TRY(odnn_read_window(&at, window, diff_source));
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
  ODNN_TRY(odnn_read_window(&at, window, source));
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
