#include "operation.h"

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
  if (odnn_any_layouts(mds, source, weights, destination, type) &&
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
