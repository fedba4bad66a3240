// What PlumbFiles cannot say in Swift: loops over raw bytes that the compiler must vectorize, and
// the C libraries that compress and decode. Each function takes its bounds and returns a status;
// nothing here aborts, prints or keeps a pointer after it returns.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The element types of stored tensors. PlumbFiles' StoredType has the same order.
enum {
  CCODECS_F64,
  CCODECS_F32,
  CCODECS_F16,
  CCODECS_BF16,
  CCODECS_I64,
  CCODECS_I32,
  CCODECS_I16,
  CCODECS_I8,
  CCODECS_U8,
  CCODECS_BOOL,
};

// Converts `count` little-endian elements, at any alignment, to floats.
void ccodecs_to_floats(const void *elements, int type, size_t count, float *floats);

// Converts floats to `count` elements of F32, F16 or BF16, rounding to nearest, ties to even.
void ccodecs_from_floats(const float *floats, int type, size_t count, void *elements);

// Copies the elements of a strided tensor to `target`, in row-major order. Strides count elements;
// the caller has checked that every element lies within the source. `rank` is at most 64.
void ccodecs_gather(const void *source, const int64_t *shape, const int64_t *strides, size_t rank,
                    size_t element_size, void *target);

// The SHA-256 of `count` bytes. `portable` keeps it from using the processor's own instructions.
void ccodecs_sha256(const uint8_t *bytes, size_t count, int portable, uint8_t digest[32]);

// The size of every `message` buffer below; a failed call leaves words in it, ended by 0.
#define CCODECS_MESSAGE_SIZE 200

// What a picture decoded from JPEG or PNG will be.
typedef struct {
  uint32_t width;
  uint32_t height;
  // Of the decoded pixels: 3 (RGB) or 4 (RGBA).
  uint32_t channels;
  // Of the file: 4 in a JPEG means CMYK, which is not decoded.
  uint32_t file_channels;
} ccodecs_picture;

// Read the header alone, and then all pixels, as 8-bit RGB or RGBA, rows from the top, into
// `capacity` bytes. They return 0, or 1 with a message.
int ccodecs_jpeg_header(const uint8_t *bytes, size_t count, ccodecs_picture *picture,
                        char *message);
int ccodecs_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity,
                        char *message);
int ccodecs_png_header(const uint8_t *bytes, size_t count, ccodecs_picture *picture, char *message);
int ccodecs_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity,
                       char *message);

// Writes each row as PNG wants it before compression: the number of a filter, then the filtered
// bytes; `filtered` holds height * (1 + row_bytes).
void ccodecs_png_filter(const uint8_t *pixels, size_t height, size_t row_bytes, size_t pixel_bytes,
                        uint8_t *filtered);

// The CRC-32 of zip, gzip and PNG, continuing from `crc` (0 to begin).
uint32_t ccodecs_crc32(uint32_t crc, const uint8_t *bytes, size_t count);

// The most bytes that ccodecs_deflate can need for `count` bytes.
size_t ccodecs_deflate_bound(size_t count);

// Compresses to a zlib stream with fixed settings; returns its size, 0 on failure.
size_t ccodecs_deflate(const uint8_t *bytes, size_t count, uint8_t *compressed, size_t capacity);

// What a decoder says after each step.
enum {
  CCODECS_MORE,       // give it more input, or more room for output
  CCODECS_DONE,       // the stream ended where the input did
  CCODECS_TRUNCATED,  // the input ended inside the stream
  CCODECS_DAMAGED,    // the input is not what the compressor wrote
  CCODECS_MEMORY,     // it would take more memory than allowed
};

enum {
  CCODECS_GZIP,
  CCODECS_XZ,
  CCODECS_BZIP2,
  CCODECS_ZLIB,
  CCODECS_DEFLATE,
};

// Decompresses a stream piece by piece; several streams one behind the other count as one for
// gzip, xz and bzip2. The one who creates a decoder destroys it.
typedef struct ccodecs_decoder ccodecs_decoder;

ccodecs_decoder *ccodecs_decoder_create(int format);
void ccodecs_decoder_destroy(ccodecs_decoder *decoder);

// Takes up to `count` bytes and gives up to `capacity`; `last` says that no input will follow.
int ccodecs_decoder_step(ccodecs_decoder *decoder, const uint8_t *bytes, size_t count, int last,
                         size_t *consumed, uint8_t *output, size_t capacity, size_t *produced);

#ifdef __cplusplus
}
#endif
