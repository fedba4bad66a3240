#include "operation.h"

#include <string.h>

static void copy(int64_t *to, const int64_t *from, int count, int64_t minus) {
  for (int i = 0; i < count; i++) to[i] = from[i] - minus;
}

odnn_status odnn_read_window(odnn_geometry *to, odnn_window window, const odnn_md *image) {
  const int spatial = odnn_md_rank(image) - 2;
  if (spatial < 1 || spatial > 3) return ODNN_OUT_OF_RANGE;
  memset(to, 0, sizeof *to);
  copy(to->strides, window.strides, spatial, 0);
  copy(to->dilations, window.dilations, spatial, 1);
  copy(to->before, window.padding_before, spatial, 0);
  copy(to->after, window.padding_after, spatial, 0);
  return ODNN_SUCCESS;
}

bool odnn_any_layouts(
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
