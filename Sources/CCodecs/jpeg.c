// JPEG through libjpeg. The library reports errors by a function that must not return, so every
// call into it stays below the setjmp of this file.
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "ccodecs.h"

// A picture has about ten; a file with thousands only wastes time.
#define MAXIMUM_SCANS 100

typedef struct {
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  struct jpeg_progress_mgr progress;
  jmp_buf failed;
  char *message;
} decoder;

static void fail(j_common_ptr common) {
  decoder *self = common->client_data;
  char text[JMSG_LENGTH_MAX];
  common->err->format_message(common, text);
  snprintf(self->message, CCODECS_MESSAGE_SIZE, "%s", text);
  longjmp(self->failed, 1);
}

// libjpeg only warns of missing or impossible data and makes up pixels; here that is an error.
static void warn(j_common_ptr common, int level) {
  if (level >= 0) return;
  switch (common->err->msg_code) {
    case JWRN_ARITH_BAD_CODE:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_JPEG_EOF:
    case JWRN_MUST_RESYNC:
      fail(common);
      break;
    default:
      break;
  }
}

static void ignore(j_common_ptr common) { (void)common; }

static void limit_scans(j_common_ptr common) {
  decoder *self = common->client_data;
  if (self->jpeg.input_scan_number > MAXIMUM_SCANS) {
    snprintf(self->message, CCODECS_MESSAGE_SIZE, "more than %d scans", MAXIMUM_SCANS);
    longjmp(self->failed, 1);
  }
}

static void begin(decoder *self, const uint8_t *bytes, size_t count) {
  jpeg_create_decompress(&self->jpeg);
  self->jpeg.client_data = self;
  self->jpeg.progress = &self->progress;
  self->progress.progress_monitor = limit_scans;
  jpeg_mem_src(&self->jpeg, bytes, count);
  jpeg_read_header(&self->jpeg, TRUE);
}

static void prepare(decoder *self, char *message) {
  memset(self, 0, sizeof *self);
  self->message = message;
  self->jpeg.err = jpeg_std_error(&self->errors);
  self->jpeg.client_data = self;
  self->errors.error_exit = fail;
  self->errors.emit_message = warn;
  self->errors.output_message = ignore;
}

int ccodecs_jpeg_header(const uint8_t *bytes, size_t count, ccodecs_picture *picture,
                        char *message) {
  decoder self;
  prepare(&self, message);
  if (setjmp(self.failed)) {
    jpeg_destroy_decompress(&self.jpeg);
    return 1;
  }
  begin(&self, bytes, count);
  picture->width = self.jpeg.image_width;
  picture->height = self.jpeg.image_height;
  picture->channels = 3;
  picture->file_channels = (uint32_t)self.jpeg.num_components;
  jpeg_destroy_decompress(&self.jpeg);
  return 0;
}

int ccodecs_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity,
                        char *message) {
  decoder self;
  prepare(&self, message);
  if (setjmp(self.failed)) {
    jpeg_destroy_decompress(&self.jpeg);
    return 1;
  }
  begin(&self, bytes, count);
  self.jpeg.out_color_space = JCS_RGB;
  jpeg_start_decompress(&self.jpeg);
  size_t row_bytes = (size_t)self.jpeg.output_width * 3;
  if (self.jpeg.output_components != 3 || row_bytes * self.jpeg.output_height > capacity) {
    snprintf(message, CCODECS_MESSAGE_SIZE, "the picture changed its size");
    longjmp(self.failed, 1);
  }
  while (self.jpeg.output_scanline < self.jpeg.output_height) {
    JSAMPROW row = pixels + self.jpeg.output_scanline * row_bytes;
    jpeg_read_scanlines(&self.jpeg, &row, 1);
  }
  jpeg_finish_decompress(&self.jpeg);
  jpeg_destroy_decompress(&self.jpeg);
  return 0;
}
