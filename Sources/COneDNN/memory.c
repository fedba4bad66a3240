#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library.h"

_Static_assert(ODNN_MAX_DIMS == DNNL_MAX_NDIMS, "as many dimensions as oneDNN has");
_Static_assert((int)ODNN_F32 == (int)dnnl_f32 && (int)ODNN_BF16 == (int)dnnl_bf16, "types");
_Static_assert((int)ODNN_S32 == (int)dnnl_s32 && (int)ODNN_S8 == (int)dnnl_s8, "types");
_Static_assert((int)ODNN_U8 == (int)dnnl_u8, "types");

/// oneDNN's tag, or undefined if the layout makes no sense for the rank.
static dnnl_format_tag_t tag(int rank, odnn_layout layout) {
  static const dnnl_format_tag_t plain[] = {
      dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef};
  static const dnnl_format_tag_t last[] = {dnnl_acb, dnnl_acdb, dnnl_acdeb};
  static const dnnl_format_tag_t by8[] = {dnnl_aBc8b, dnnl_aBcd8b, dnnl_aBcde8b};
  static const dnnl_format_tag_t by16[] = {dnnl_aBc16b, dnnl_aBcd16b, dnnl_aBcde16b};
  const bool is_image = rank >= 3 && rank <= 5;
  switch (layout) {
    case ODNN_LAYOUT_ANY: return dnnl_format_tag_any;
    case ODNN_LAYOUT_PLAIN: return rank >= 1 && rank <= 6 ? plain[rank - 1] : dnnl_format_tag_undef;
    case ODNN_LAYOUT_CHANNELS_LAST: return is_image ? last[rank - 3] : dnnl_format_tag_undef;
    case ODNN_LAYOUT_BLOCKED_8: return is_image ? by8[rank - 3] : dnnl_format_tag_undef;
    case ODNN_LAYOUT_BLOCKED_16: return is_image ? by16[rank - 3] : dnnl_format_tag_undef;
  }
  return dnnl_format_tag_undef;
}

static odnn_md *new_md(void) { return calloc(1, sizeof(odnn_md)); }

/// Hands the descriptor out, or frees it if filling it failed.
static odnn_status hand_out(odnn_md **out, odnn_md *md, dnnl_status_t status) {
  if (status != dnnl_success) {
    free(md);
    return (odnn_status)status;
  }
  *out = md;
  return ODNN_SUCCESS;
}

odnn_status odnn_md_create(
    odnn_md **out, int rank, const int64_t *dims, odnn_type type, odnn_layout layout) {
  *out = NULL;
  const dnnl_format_tag_t format = tag(rank, layout);
  if (rank < 1 || rank > ODNN_MAX_DIMS || format == dnnl_format_tag_undef) {
    return ODNN_OUT_OF_RANGE;
  }
  odnn_md *md = new_md();
  if (md == NULL) return ODNN_OUT_OF_MEMORY;
  dnnl_dims_t sizes = {0};
  memcpy(sizes, dims, (size_t)rank * sizeof(int64_t));
#if ODNN_V3
  return hand_out(
      out, md,
      dnnl.memory_desc_create_with_tag(&md->handle, rank, sizes, (dnnl_data_type_t)type, format));
#else
  return hand_out(
      out, md,
      dnnl.memory_desc_init_by_tag(&md->value, rank, sizes, (dnnl_data_type_t)type, format));
#endif
}

odnn_status odnn_md_create_strided(
    odnn_md **out, int rank, const int64_t *dims, odnn_type type, const int64_t *strides) {
  *out = NULL;
  if (rank < 1 || rank > ODNN_MAX_DIMS) return ODNN_OUT_OF_RANGE;
  odnn_md *md = new_md();
  if (md == NULL) return ODNN_OUT_OF_MEMORY;
  dnnl_dims_t sizes = {0}, steps = {0};
  memcpy(sizes, dims, (size_t)rank * sizeof(int64_t));
  memcpy(steps, strides, (size_t)rank * sizeof(int64_t));
#if ODNN_V3
  return hand_out(
      out, md,
      dnnl.memory_desc_create_with_strides(
          &md->handle, rank, sizes, (dnnl_data_type_t)type, steps));
#else
  return hand_out(
      out, md,
      dnnl.memory_desc_init_by_strides(&md->value, rank, sizes, (dnnl_data_type_t)type, steps));
#endif
}

odnn_status odnn_md_copy(odnn_md **out, odnn_md_ref reference) {
  *out = NULL;
  odnn_md *md = new_md();
  if (md == NULL) return ODNN_OUT_OF_MEMORY;
#if ODNN_V3
  return hand_out(out, md, dnnl.memory_desc_clone(&md->handle, reference));
#else
  md->value = *reference;
  return hand_out(out, md, dnnl_success);
#endif
}

odnn_status odnn_md_clone(odnn_md **out, const odnn_md *md) {
  return odnn_md_copy(out, odnn_md_get(md));
}

void odnn_md_destroy(odnn_md *md) {
  if (md == NULL) return;
#if ODNN_V3
  dnnl.memory_desc_destroy(md->handle);
#endif
  free(md);
}

size_t odnn_md_size(const odnn_md *md) {
  return odnn_md_is_any(md) ? 0 : dnnl.memory_desc_get_size(odnn_md_get(md));
}

bool odnn_md_equal(const odnn_md *left, const odnn_md *right) {
  return dnnl.memory_desc_equal(odnn_md_get(left), odnn_md_get(right)) != 0;
}

// MARK: Looking inside

/// What both versions can say about a descriptor.
typedef struct {
  int rank;
  dnnl_data_type_t type;
  dnnl_format_kind_t kind;
  dnnl_dims_t dims;
  dnnl_dims_t strides;
  int inner_count;
  dnnl_dims_t inner_sizes;
  dnnl_dims_t inner_dimensions;
} md_view;

static md_view look(odnn_md_ref md) {
  md_view view = {0};
  if (md == NULL) return view;
#if ODNN_V3
  int32_t rank = 0, inner_count = 0;
  const dnnl_dims_t *dims = NULL, *strides = NULL, *sizes = NULL, *dimensions = NULL;
  dnnl.memory_desc_query(md, dnnl_query_ndims_s32, &rank);
  dnnl.memory_desc_query(md, dnnl_query_data_type, &view.type);
  dnnl.memory_desc_query(md, dnnl_query_format_kind, &view.kind);
  dnnl.memory_desc_query(md, dnnl_query_dims, (void *)&dims);
  view.rank = rank;
  if (dims != NULL) memcpy(view.dims, *dims, sizeof view.dims);
  if (view.kind == dnnl_blocked) {
    dnnl.memory_desc_query(md, dnnl_query_strides, (void *)&strides);
    dnnl.memory_desc_query(md, dnnl_query_inner_nblks_s32, &inner_count);
    dnnl.memory_desc_query(md, dnnl_query_inner_blks, (void *)&sizes);
    dnnl.memory_desc_query(md, dnnl_query_inner_idxs, (void *)&dimensions);
    if (strides != NULL) memcpy(view.strides, *strides, sizeof view.strides);
    if (sizes != NULL && dimensions != NULL) {
      view.inner_count = inner_count;
      memcpy(view.inner_sizes, *sizes, sizeof view.inner_sizes);
      memcpy(view.inner_dimensions, *dimensions, sizeof view.inner_dimensions);
    }
  }
#else
  view.rank = md->ndims;
  view.type = md->data_type;
  view.kind = md->format_kind;
  memcpy(view.dims, md->dims, sizeof view.dims);
  if (view.kind == dnnl_blocked) {
    const dnnl_blocking_desc_t *blocking = &md->format_desc.blocking;
    memcpy(view.strides, blocking->strides, sizeof view.strides);
    view.inner_count = blocking->inner_nblks;
    memcpy(view.inner_sizes, blocking->inner_blks, sizeof view.inner_sizes);
    memcpy(view.inner_dimensions, blocking->inner_idxs, sizeof view.inner_dimensions);
  }
#endif
  return view;
}

int odnn_md_ref_rank(odnn_md_ref reference) { return look(reference).rank; }

int odnn_md_rank(const odnn_md *md) { return look(odnn_md_get(md)).rank; }

odnn_type odnn_md_type(const odnn_md *md) { return (odnn_type)look(odnn_md_get(md)).type; }

bool odnn_md_is_any(const odnn_md *md) {
  return look(odnn_md_get(md)).kind == dnnl_format_kind_any;
}

void odnn_md_dims(const odnn_md *md, int64_t *dims) {
  const md_view view = look(odnn_md_get(md));
  memcpy(dims, view.dims, (size_t)view.rank * sizeof(int64_t));
}

bool odnn_md_strides(const odnn_md *md, int64_t *strides) {
  const md_view view = look(odnn_md_get(md));
  if (view.kind != dnnl_blocked) return false;
  memcpy(strides, view.strides, (size_t)view.rank * sizeof(int64_t));
  return true;
}

int odnn_md_inner_blocks(const odnn_md *md, int64_t *dimensions, int64_t *sizes) {
  const md_view view = look(odnn_md_get(md));
  memcpy(dimensions, view.inner_dimensions, sizeof view.inner_dimensions);
  memcpy(sizes, view.inner_sizes, sizeof view.inner_sizes);
  return view.inner_count;
}

// MARK: Describing

typedef struct {
  char *text;
  size_t capacity, used;
} writer;

static void put(writer *to, const char *format, long long number) {
  if (to->used + 1 >= to->capacity) return;
  const int count = snprintf(to->text + to->used, to->capacity - to->used, format, number);
  if (count > 0) to->used += (size_t)count;
}

static const char *type_name(dnnl_data_type_t type) {
  switch ((odnn_type)type) {
    case ODNN_BF16: return "bf16";
    case ODNN_F32: return "f32";
    case ODNN_S32: return "s32";
    case ODNN_S8: return "s8";
    case ODNN_U8: return "u8";
  }
  return "?";
}

/// The dimensions from the slowest to the fastest, as letters, capital if they are split; then the
/// blocks; then the strides where there are gaps between the elements.
static void put_layout(writer *to, const md_view *view) {
  int order[ODNN_MAX_DIMS];
  for (int i = 0; i < view->rank; i++) {
    int at = i;
    // Equal strides come from sizes of 1; the order of the dimensions decides then.
    for (; at > 0 && view->strides[order[at - 1]] < view->strides[i]; at--) {
      order[at] = order[at - 1];
    }
    order[at] = i;
  }
  int64_t block[ODNN_MAX_DIMS], dense = 1;
  for (int i = 0; i < view->rank; i++) block[i] = 1;
  for (int i = 0; i < view->inner_count; i++) {
    block[view->inner_dimensions[i]] *= view->inner_sizes[i];
    dense *= view->inner_sizes[i];
  }
  bool has_gaps = false;
  for (int i = view->rank - 1; i >= 0; i--) {
    const int dimension = order[i];
    const int64_t outer = (view->dims[dimension] + block[dimension] - 1) / block[dimension];
    if (outer > 1 && view->strides[dimension] != dense) has_gaps = true;
    dense *= outer;
  }
  for (int i = 0; i < view->rank; i++) {
    put(to, "%c", (block[order[i]] > 1 ? 'A' : 'a') + order[i]);
  }
  for (int i = 0; i < view->inner_count; i++) {
    put(to, "%lld", (long long)view->inner_sizes[i]);
    put(to, "%c", 'a' + view->inner_dimensions[i]);
  }
  if (!has_gaps) return;
  for (int i = 0; i < view->rank; i++) {
    put(to, i == 0 ? " strides [%lld" : ", %lld", (long long)view->strides[i]);
  }
  put(to, "%c", ']');
}

void odnn_md_describe(const odnn_md *md, char *text, size_t capacity) {
  if (capacity == 0) return;
  text[0] = '\0';
  const md_view view = look(odnn_md_get(md));
  writer to = {text, capacity, 0};
  for (const char *name = type_name(view.type); *name != '\0'; name++) put(&to, "%c", *name);
  for (int i = 0; i < view.rank; i++) {
    put(&to, i == 0 ? " [%lld" : ", %lld", (long long)view.dims[i]);
  }
  put(&to, "%c", ']');
  put(&to, "%c", ' ');
  if (view.kind == dnnl_blocked) {
    put_layout(&to, &view);
  } else {
    const char *kind = view.kind == dnnl_format_kind_any ? "any" : "packed";
    for (; *kind != '\0'; kind++) put(&to, "%c", *kind);
  }
}
