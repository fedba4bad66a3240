// PNG through libpng, with the same rule as for JPEG: its errors jump, so they stay in this file.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "ccodecs.h"

typedef struct {
  const uint8_t *bytes;
  size_t count;
  size_t position;
  png_structp png;
  png_infop info;
  png_bytepp rows;
  char *message;
} decoder;

static void fail(png_structp png, png_const_charp text) {
  decoder *self = png_get_error_ptr(png);
  snprintf(self->message, CCODECS_MESSAGE_SIZE, "%s", text);
  png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  decoder *self = png_get_io_ptr(png);
  if (count > self->count - self->position) png_error(png, "the data end too early");
  memcpy(target, self->bytes + self->position, count);
  self->position += count;
}

static void end(decoder *self) {
  png_destroy_read_struct(&self->png, &self->info, NULL);
  free(self->rows);
}

// Reads all chunks in front of the pixels and asks for 8-bit RGB or RGBA.
static void begin(decoder *self) {
  png_structp png = self->png;
  png_set_read_fn(png, self, read_bytes);
  png_read_info(png, self->info);
  png_set_expand(png);
  png_set_scale_16(png);
  png_set_gray_to_rgb(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, self->info);
}

static int prepare(decoder *self, const uint8_t *bytes, size_t count, char *message) {
  memset(self, 0, sizeof *self);
  self->bytes = bytes;
  self->count = count;
  self->message = message;
  self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, fail, ignore);
  if (self->png != NULL) self->info = png_create_info_struct(self->png);
  if (self->info == NULL) {
    snprintf(message, CCODECS_MESSAGE_SIZE, "no memory for the decoder");
    end(self);
    return 1;
  }
  return 0;
}

int ccodecs_png_header(const uint8_t *bytes, size_t count, ccodecs_picture *picture,
                       char *message) {
  decoder self;
  if (prepare(&self, bytes, count, message)) return 1;
  if (setjmp(png_jmpbuf(self.png))) {
    end(&self);
    return 1;
  }
  begin(&self);
  picture->width = png_get_image_width(self.png, self.info);
  picture->height = png_get_image_height(self.png, self.info);
  picture->channels = png_get_channels(self.png, self.info);
  picture->file_channels = picture->channels;
  end(&self);
  return 0;
}

int ccodecs_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity,
                       char *message) {
  decoder self;
  if (prepare(&self, bytes, count, message)) return 1;
  if (setjmp(png_jmpbuf(self.png))) {
    end(&self);
    return 1;
  }
  begin(&self);
  size_t height = png_get_image_height(self.png, self.info);
  size_t row_bytes = png_get_rowbytes(self.png, self.info);
  if (row_bytes * height > capacity) png_error(self.png, "the picture changed its size");
  self.rows = calloc(height, sizeof *self.rows);
  if (self.rows == NULL) png_error(self.png, "no memory for the rows");
  for (size_t y = 0; y < height; y++) self.rows[y] = pixels + y * row_bytes;
  png_read_image(self.png, self.rows);
  png_read_end(self.png, NULL);
  end(&self);
  return 0;
}

static inline uint8_t paeth(int a, int b, int c) {
  int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);
  return (uint8_t)(pa <= pb && pa <= pc ? a : pb <= pc ? b : c);
}

// One row under one filter; the row above the first is all zeros, as is what is left of a row.
static void filter_row(int filter, const uint8_t *row, const uint8_t *above, size_t row_bytes,
                       size_t step, uint8_t *target) {
  for (size_t i = 0; i < row_bytes; i++) {
    uint8_t left = i >= step ? row[i - step] : 0;
    uint8_t up = above != NULL ? above[i] : 0;
    uint8_t corner = above != NULL && i >= step ? above[i - step] : 0;
    uint8_t guess = 0;
    switch (filter) {
      case 1: guess = left; break;
      case 2: guess = up; break;
      case 3: guess = (uint8_t)((left + up) / 2); break;
      case 4: guess = paeth(left, up, corner); break;
    }
    target[i] = (uint8_t)(row[i] - guess);
  }
}

static size_t cost_of(const uint8_t *row, size_t count) {
  size_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += (size_t)abs((int8_t)row[i]);
  return sum;
}

// The PNG specification's advice: per row, the filter with the smallest sum of absolute values.
void ccodecs_png_filter(const uint8_t *pixels, size_t height, size_t row_bytes, size_t pixel_bytes,
                        uint8_t *filtered) {
  for (size_t y = 0; y < height; y++) {
    const uint8_t *row = pixels + y * row_bytes;
    const uint8_t *above = y > 0 ? row - row_bytes : NULL;
    uint8_t *target = filtered + y * (row_bytes + 1);
    size_t best = SIZE_MAX;
    int chosen = 0;
    for (int filter = 0; filter < 5; filter++) {
      filter_row(filter, row, above, row_bytes, pixel_bytes, target + 1);
      size_t cost = cost_of(target + 1, row_bytes);
      if (cost < best) {
        best = cost;
        chosen = filter;
      }
    }
    target[0] = (uint8_t)chosen;
    filter_row(chosen, row, above, row_bytes, pixel_bytes, target + 1);
  }
}
