#include "primitive.h"

#include <stdlib.h>
#include <string.h>

_Static_assert((int)ODNN_SOURCE == DNNL_ARG_SRC && (int)ODNN_SOURCE == DNNL_ARG_FROM, "arguments");
_Static_assert((int)ODNN_DESTINATION == DNNL_ARG_DST, "arguments");
_Static_assert((int)ODNN_DESTINATION == DNNL_ARG_TO, "arguments");
_Static_assert((int)ODNN_WEIGHTS == DNNL_ARG_WEIGHTS, "arguments");
_Static_assert((int)ODNN_BIAS == DNNL_ARG_BIAS, "arguments");
_Static_assert((int)ODNN_WORKSPACE == DNNL_ARG_WORKSPACE, "arguments");
_Static_assert((int)ODNN_SCRATCHPAD == DNNL_ARG_SCRATCHPAD, "arguments");
_Static_assert((int)ODNN_DIFF_SOURCE == DNNL_ARG_DIFF_SRC, "arguments");
_Static_assert((int)ODNN_DIFF_DESTINATION == DNNL_ARG_DIFF_DST, "arguments");
_Static_assert((int)ODNN_DIFF_WEIGHTS == DNNL_ARG_DIFF_WEIGHTS, "arguments");
_Static_assert((int)ODNN_DIFF_BIAS == DNNL_ARG_DIFF_BIAS, "arguments");

static const odnn_argument all_arguments[] = {
    ODNN_SOURCE,      ODNN_WEIGHTS,          ODNN_BIAS,         ODNN_DESTINATION,
    ODNN_DIFF_SOURCE, ODNN_DIFF_DESTINATION, ODNN_DIFF_WEIGHTS, ODNN_DIFF_BIAS,
    ODNN_WORKSPACE,   ODNN_SCRATCHPAD,
};

// MARK: Attributes

static dnnl_status_t append_eltwise(dnnl_post_ops_t to, dnnl_alg_kind_t algorithm, float alpha) {
#if ODNN_V3
  return dnnl.post_ops_append_eltwise(to, algorithm, alpha, 0);
#else
  return dnnl.post_ops_append_eltwise(to, 1, algorithm, alpha, 0);
#endif
}

static dnnl_status_t append_sum(dnnl_post_ops_t to) {
#if ODNN_V3
  return dnnl.post_ops_append_sum(to, 1, 0, dnnl_data_type_undef);
#else
  return dnnl.post_ops_append_sum(to, 1);
#endif
}

static dnnl_status_t append(dnnl_post_ops_t to, odnn_post post) {
  switch (post) {
    case ODNN_POST_NONE: return dnnl_success;
    case ODNN_POST_RELU: return append_eltwise(to, dnnl_eltwise_relu, 0);
    case ODNN_POST_SUM: return append_sum(to);
    case ODNN_POST_SUM_RELU: {
      const dnnl_status_t status = append_sum(to);
      return status == dnnl_success ? append_eltwise(to, dnnl_eltwise_relu, 0) : status;
    }
    case ODNN_POST_GELU_TANH: return append_eltwise(to, dnnl_eltwise_gelu_tanh, 0);
    case ODNN_POST_GELU_ERF: return append_eltwise(to, dnnl_eltwise_gelu_erf, 0);
    case ODNN_POST_SWISH: return append_eltwise(to, dnnl_eltwise_swish, 1);
  }
  return dnnl_invalid_arguments;
}

odnn_status odnn_attributes(dnnl_primitive_attr_t *out, odnn_post post) {
  *out = NULL;
  dnnl_primitive_attr_t attributes = NULL;
  ODNN_TRY(dnnl.primitive_attr_create(&attributes));
  dnnl_status_t status =
      dnnl.primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (status == dnnl_success && post != ODNN_POST_NONE) {
    dnnl_post_ops_t operations = NULL;
    status = dnnl.post_ops_create(&operations);
    if (status == dnnl_success) status = append(operations, post);
    if (status == dnnl_success) status = dnnl.primitive_attr_set_post_ops(attributes, operations);
    if (operations != NULL) dnnl.post_ops_destroy(operations);
  }
  if (status != dnnl_success) {
    dnnl.primitive_attr_destroy(attributes);
    return (odnn_status)status;
  }
  *out = attributes;
  return ODNN_SUCCESS;
}

// MARK: Making and asking

static odnn_md_ref argument_md(const odnn_primitive *primitive, odnn_argument argument) {
  return dnnl.primitive_desc_query_md(
      primitive->description, dnnl_query_exec_arg_md, (int)argument);
}

odnn_status odnn_primitive_finish(odnn_primitive **out, dnnl_primitive_desc_t description) {
  odnn_primitive *primitive = calloc(1, sizeof(odnn_primitive));
  if (primitive == NULL) {
    dnnl.primitive_desc_destroy(description);
    return ODNN_OUT_OF_MEMORY;
  }
  primitive->description = description;
  const dnnl_status_t status = dnnl.primitive_create(&primitive->handle, description);
  if (status != dnnl_success) {
    odnn_primitive_destroy(primitive);
    return (odnn_status)status;
  }
  const size_t count = sizeof all_arguments / sizeof all_arguments[0];
  for (size_t i = 0; i < count; i++) {
    odnn_md_ref md = argument_md(primitive, all_arguments[i]);
    // oneDNN answers with an empty descriptor for an argument that is not taken.
    if (md == NULL || odnn_md_ref_rank(md) == 0 || dnnl.memory_desc_get_size(md) == 0) continue;
    if (primitive->argument_count == ODNN_MAX_ARGUMENTS) {
      odnn_primitive_destroy(primitive);
      return ODNN_OUT_OF_RANGE;
    }
    primitive->arguments[primitive->argument_count++] = all_arguments[i];
  }
  *out = primitive;
  return ODNN_SUCCESS;
}

void odnn_primitive_destroy(odnn_primitive *primitive) {
  if (primitive == NULL) return;
  if (primitive->handle != NULL) dnnl.primitive_destroy(primitive->handle);
  if (primitive->description != NULL) dnnl.primitive_desc_destroy(primitive->description);
  free(primitive);
}

const char *odnn_primitive_implementation(const odnn_primitive *primitive) {
  const char *name = NULL;
  const dnnl_status_t status = dnnl.primitive_desc_query(
      primitive->description, dnnl_query_impl_info_str, 0, (void *)&name);
  return status == dnnl_success && name != NULL ? name : "unknown";
}

int odnn_primitive_argument_count(const odnn_primitive *primitive) {
  return primitive->argument_count;
}

odnn_argument odnn_primitive_argument(const odnn_primitive *primitive, int index) {
  return primitive->arguments[index];
}

bool odnn_primitive_writes(const odnn_primitive *primitive, odnn_argument argument) {
  switch (argument) {
    case ODNN_SOURCE:
    case ODNN_WEIGHTS:
    case ODNN_BIAS:
    case ODNN_DIFF_DESTINATION: return false;
    case ODNN_DIFF_SOURCE:
    case ODNN_DIFF_WEIGHTS:
    case ODNN_DIFF_BIAS:
    case ODNN_SCRATCHPAD: return true;
    case ODNN_DESTINATION:
    case ODNN_WORKSPACE:
      // A backward pass reads what its forward pass wrote.
      for (int i = 0; i < primitive->argument_count; i++) {
        if (primitive->arguments[i] == ODNN_DIFF_DESTINATION) return false;
      }
      return true;
  }
  return true;
}

odnn_status odnn_primitive_md(
    odnn_md **out, const odnn_primitive *primitive, odnn_argument argument) {
  *out = NULL;
  for (int i = 0; i < primitive->argument_count; i++) {
    if (primitive->arguments[i] == argument) {
      return odnn_md_copy(out, argument_md(primitive, argument));
    }
  }
  return ODNN_NOT_REQUIRED;
}

// MARK: Calls

struct odnn_call {
  dnnl_primitive_t primitive;
  int count;
  dnnl_exec_arg_t arguments[ODNN_MAX_ARGUMENTS];
};

odnn_status odnn_call_create(odnn_call **out, const odnn_primitive *primitive) {
  *out = NULL;
  odnn_call *call = calloc(1, sizeof(odnn_call));
  if (call == NULL) return ODNN_OUT_OF_MEMORY;
  call->primitive = primitive->handle;
  for (int i = 0; i < primitive->argument_count; i++) {
    const odnn_argument argument = primitive->arguments[i];
    call->arguments[i].arg = (int)argument;
    const dnnl_status_t status = dnnl.memory_create(
        &call->arguments[i].memory, argument_md(primitive, argument), odnn_engine,
        DNNL_MEMORY_NONE);
    if (status != dnnl_success) {
      odnn_call_destroy(call);
      return (odnn_status)status;
    }
    call->count = i + 1;
  }
  *out = call;
  return ODNN_SUCCESS;
}

void odnn_call_destroy(odnn_call *call) {
  if (call == NULL) return;
  for (int i = 0; i < call->count; i++) dnnl.memory_destroy(call->arguments[i].memory);
  free(call);
}

odnn_status odnn_call_set(odnn_call *call, int index, void *memory) {
  if (index < 0 || index >= call->count) return ODNN_OUT_OF_RANGE;
  return (odnn_status)dnnl.memory_set_data_handle(call->arguments[index].memory, memory);
}

/// A stream belongs to one thread; the few threads that compute live as long as the process.
static _Thread_local dnnl_stream_t stream_here;

odnn_status odnn_call_execute(odnn_call *call) {
  if (stream_here == NULL) {
    ODNN_TRY(dnnl.stream_create(&stream_here, odnn_engine, dnnl_stream_in_order));
  }
  ODNN_TRY(dnnl.primitive_execute(call->primitive, stream_here, call->count, call->arguments));
  return (odnn_status)dnnl.stream_wait(stream_here);
}
