#include "support.h"

// Padding of the last two axes.

typedef struct pad_context {
  float *result;
  const float *x;
  int64_t planes;
  int64_t height;
  int64_t width;
  ck_padding padding;
  int64_t padded_height;
  int64_t padded_width;
  float value;
} pad_context;

static pad_context make_context(
    float *result, const float *x, int64_t planes, int64_t height, int64_t width,
    ck_padding padding, float value) {
  return (pad_context){
    result, x, planes, height, width, padding, height + padding.top + padding.bottom,
    width + padding.left + padding.right, value};
}

static void fill(float *to, int64_t count, float value) {
  for (int64_t i = 0; i < count; i++) to[i] = value;
}

static void pad_constant_share(void *raw, int thread, int threads) {
  const pad_context *c = raw;
  int64_t begin, end;
  ck_share(c->planes * c->padded_height, thread, threads, &begin, &end);
  const int64_t left = ck_min(ck_max(c->padding.left, 0), c->padded_width);
  const int64_t cropped = ck_max(-c->padding.left, 0);
  const int64_t kept =
    ck_max(ck_min(c->width - cropped, c->padded_width - left), 0);
  for (int64_t r = begin; r < end; r++) {
    float *to = c->result + r * c->padded_width;
    const int64_t row = r % c->padded_height - c->padding.top;
    if (row < 0 || row >= c->height) {
      fill(to, c->padded_width, c->value);
      continue;
    }
    const float *from = c->x + (r / c->padded_height * c->height + row) * c->width;
    fill(to, left, c->value);
    if (kept > 0) memcpy(to + left, from + cropped, (size_t)kept * sizeof(float));
    fill(to + left + kept, c->padded_width - left - kept, c->value);
  }
}

void ck_pad_constant(
    float *result, const float *x, int64_t planes, int64_t height, int64_t width,
    ck_padding padding, float value) {
  pad_context context = make_context(result, x, planes, height, width, padding, value);
  if (context.padded_height <= 0 || context.padded_width <= 0) return;
  ck_run(pad_constant_share, &context, planes * context.padded_height * context.padded_width);
}

/// The row or column whose mirror image lies at `index`.
CK_INLINE int64_t reflect(int64_t index, int64_t size) {
  if (index < 0) return -index;
  return index < size ? index : 2 * (size - 1) - index;
}

static void pad_reflect_share(void *raw, int thread, int threads) {
  const pad_context *c = raw;
  const int64_t left = c->padding.left;
  int64_t begin, end;
  ck_share(c->planes * c->padded_height, thread, threads, &begin, &end);
  for (int64_t r = begin; r < end; r++) {
    float *to = c->result + r * c->padded_width;
    const int64_t row = reflect(r % c->padded_height - c->padding.top, c->height);
    const float *from = c->x + (r / c->padded_height * c->height + row) * c->width;
    for (int64_t j = 0; j < left; j++) to[j] = from[left - j];
    memcpy(to + left, from, (size_t)c->width * sizeof(float));
    for (int64_t j = 0; j < c->padding.right; j++) {
      to[left + c->width + j] = from[c->width - 2 - j];
    }
  }
}

void ck_pad_reflect(
    float *result, const float *x, int64_t planes, int64_t height, int64_t width,
    ck_padding padding) {
  pad_context context = make_context(result, x, planes, height, width, padding, 0);
  ck_run(pad_reflect_share, &context, planes * context.padded_height * context.padded_width);
}

/// to[j] += the gradients of all images of column j in one padded row.
CK_INLINE void add_row(float *to, const float *dy, const pad_context *c) {
  const int64_t left = c->padding.left;
  for (int64_t j = 1; j <= left; j++) to[j] += dy[left - j];
  CK_VECTORIZE
  for (int64_t j = 0; j < c->width; j++) to[j] += dy[left + j];
  for (int64_t j = 0; j < c->padding.right; j++) {
    to[c->width - 2 - j] += dy[left + c->width + j];
  }
}

static CK_HOT void reflect_gradient_row(float *to, const pad_context *c, int64_t r) {
  const int64_t row = r % c->height;
  const float *dy = c->x + r / c->height * c->padded_height * c->padded_width;
  const int64_t top = c->padding.top;
  fill(to, c->width, 0);
  if (row > 0 && row <= top) add_row(to, dy + (top - row) * c->padded_width, c);
  add_row(to, dy + (top + row) * c->padded_width, c);
  const int64_t below = 2 * (c->height - 1) - row;
  if (row < c->height - 1 && below < c->height + c->padding.bottom) {
    add_row(to, dy + (top + below) * c->padded_width, c);
  }
}

static void reflect_gradient_share(void *raw, int thread, int threads) {
  const pad_context *c = raw;
  int64_t begin, end;
  ck_share(c->planes * c->height, thread, threads, &begin, &end);
  for (int64_t r = begin; r < end; r++) reflect_gradient_row(c->result + r * c->width, c, r);
}

void ck_pad_reflect_gradient(
    float *dx, const float *dy, int64_t planes, int64_t height, int64_t width,
    ck_padding padding) {
  pad_context context = make_context(dx, dy, planes, height, width, padding, 0);
  ck_run(reflect_gradient_share, &context, planes * context.padded_height * context.padded_width);
}
