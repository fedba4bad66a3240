#include "support.h"

// Pictures of bytes to planes of floats: a window of each, resampled, mirrored, its colors mixed.
// Separable, and with a filter that widens where pixels are merged, so that nothing aliases.

typedef struct crop_context {
  float *result;
  const uint8_t *images;
  const ck_crop *crops;
  int64_t count;
  int64_t height;
  int64_t width;
  int64_t size;
  int64_t taps;
} crop_context;

/// Weights of `taps` neighboring source pixels per destination pixel, and the first of them. Beyond
/// the border the last pixel is repeated.
static void make_window(
    int32_t *index, float *weight, int64_t taps, float start, float length, int64_t source,
    int64_t size, bool mirrored) {
  const float scale = length / (float)size;
  const float radius = scale > 1.0f ? scale : 1.0f;
  for (int64_t i = 0; i < size; i++) {
    const float center = start + ((float)i + 0.5f) * scale - 0.5f;
    const int64_t first = (int64_t)ceilf(center - radius);
    const int64_t place = mirrored ? size - 1 - i : i;
    float sum = 0.0f;
    for (int64_t k = 0; k < taps; k++) {
      const float distance = fabsf((float)(first + k) - center) / radius;
      const float w = distance < 1.0f ? 1.0f - distance : 0.0f;
      weight[place * taps + k] = w;
      index[place * taps + k] = (int32_t)ck_max(0, ck_min(first + k, source - 1));
      sum += w;
    }
    for (int64_t k = 0; k < taps; k++) weight[place * taps + k] /= sum;
  }
}

/// One destination row of one channel before its columns are resampled.
static CK_HOT void mix_rows(
    float *row, const float *plane, const int32_t *index, const float *weight, int64_t taps,
    int64_t width) {
  memset(row, 0, (size_t)width * sizeof(float));
  for (int64_t k = 0; k < taps; k++) {
    const float w = weight[k];
    if (w == 0.0f) continue;
    const float *source = plane + index[k] * width;
    CK_VECTORIZE
    for (int64_t x = 0; x < width; x++) row[x] += w * source[x];
  }
}

static CK_HOT void mix_columns(
    float *result, const float *row, const int32_t *index, const float *weight, int64_t taps,
    int64_t size) {
  for (int64_t x = 0; x < size; x++) {
    float sum = 0.0f;
    for (int64_t k = 0; k < taps; k++) sum += weight[x * taps + k] * row[index[x * taps + k]];
    result[x] = sum;
  }
}

static CK_HOT void split_channels(float *planes, const uint8_t *pixels, int64_t count) {
  CK_VECTORIZE
  for (int64_t i = 0; i < count; i++) {
    planes[i] = (float)pixels[3 * i] * (1.0f / 255.0f);
    planes[count + i] = (float)pixels[3 * i + 1] * (1.0f / 255.0f);
    planes[2 * count + i] = (float)pixels[3 * i + 2] * (1.0f / 255.0f);
  }
}

static CK_HOT void mix_colors(float *planes, const float *m, int64_t count) {
  CK_VECTORIZE
  for (int64_t i = 0; i < count; i++) {
    const float r = planes[i], g = planes[count + i], b = planes[2 * count + i];
    planes[i] = m[0] * r + m[1] * g + m[2] * b + m[3];
    planes[count + i] = m[4] * r + m[5] * g + m[6] * b + m[7];
    planes[2 * count + i] = m[8] * r + m[9] * g + m[10] * b + m[11];
  }
}

static void crop_share(void *raw, int thread, int threads) {
  const crop_context *c = raw;
  const int64_t pixels = c->height * c->width;
  const int64_t size = c->size;
  int64_t begin, end;
  ck_share(c->count, thread, threads, &begin, &end);
  if (begin >= end) return;
  float *planes = ck_scratch((3 * pixels + c->width + 2 * size * c->taps) * (int64_t)sizeof(float));
  float *row = planes + 3 * pixels;
  float *row_weight = row + c->width;
  float *column_weight = row_weight + size * c->taps;
  int32_t *row_index = ck_scratch(2 * size * c->taps * (int64_t)sizeof(int32_t));
  int32_t *column_index = row_index + size * c->taps;
  for (int64_t i = begin; i < end; i++) {
    const ck_crop *crop = c->crops + i;
    float *result = c->result + i * 3 * size * size;
    split_channels(planes, c->images + i * 3 * pixels, pixels);
    make_window(
      row_index, row_weight, c->taps, crop->top, crop->height, c->height, size, false);
    make_window(
      column_index, column_weight, c->taps, crop->left, crop->width, c->width, size,
      crop->mirrored);
    for (int64_t channel = 0; channel < 3; channel++) {
      for (int64_t y = 0; y < size; y++) {
        mix_rows(
          row, planes + channel * pixels, row_index + y * c->taps, row_weight + y * c->taps,
          c->taps, c->width);
        mix_columns(
          result + (channel * size + y) * size, row, column_index, column_weight, c->taps, size);
      }
    }
    mix_colors(result, crop->colors, size * size);
  }
  free(planes);
  free(row_index);
}

void ck_crop_images(
    float *result, const uint8_t *images, const ck_crop *crops, int64_t count, int64_t height,
    int64_t width, int64_t size) {
  float widest = 1.0f;
  for (int64_t i = 0; i < count; i++) {
    const float side = crops[i].height > crops[i].width ? crops[i].height : crops[i].width;
    if (side / (float)size > widest) widest = side / (float)size;
  }
  // An open interval of 2 radii holds at most this many whole numbers.
  const int64_t taps = (int64_t)ceilf(2.0f * widest) + 1;
  crop_context context = {result, images, crops, count, height, width, size, taps};
  ck_run(crop_share, &context, count * 3 * size * size);
}
