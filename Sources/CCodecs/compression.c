// zlib, liblzma and libbz2 behind one stepwise decoder.
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <bzlib.h>
#include <lzma.h>
#include <zlib.h>

#include "ccodecs.h"

// `xz -9` asks for 65 MiB to decompress; a file that wants far more is hostile.
#define XZ_MEMORY_LIMIT (512u << 20)

uint32_t ccodecs_crc32(uint32_t crc, const uint8_t *bytes, size_t count) {
  return (uint32_t)crc32_z(crc, bytes, count);
}

size_t ccodecs_deflate_bound(size_t count) { return compressBound(count); }

size_t ccodecs_deflate(const uint8_t *bytes, size_t count, uint8_t *compressed, size_t capacity) {
  uLongf produced = capacity;
  return compress2(compressed, &produced, bytes, count, 6) == Z_OK ? produced : 0;
}

struct ccodecs_decoder {
  int format;
  // Between two streams, or behind the last one.
  int between;
  union {
    z_stream zlib;
    lzma_stream lzma;
    bz_stream bzip2;
  } stream;
};

static int open_stream(ccodecs_decoder *self) {
  memset(&self->stream, 0, sizeof self->stream);
  self->between = 0;
  switch (self->format) {
    case CCODECS_GZIP: return inflateInit2(&self->stream.zlib, 15 + 16) == Z_OK;
    case CCODECS_ZLIB: return inflateInit2(&self->stream.zlib, 15) == Z_OK;
    case CCODECS_DEFLATE: return inflateInit2(&self->stream.zlib, -15) == Z_OK;
    case CCODECS_XZ:
      return lzma_stream_decoder(&self->stream.lzma, XZ_MEMORY_LIMIT, LZMA_CONCATENATED) == LZMA_OK;
    case CCODECS_BZIP2: return BZ2_bzDecompressInit(&self->stream.bzip2, 0, 0) == BZ_OK;
    default: return 0;
  }
}

static void close_stream(ccodecs_decoder *self) {
  switch (self->format) {
    case CCODECS_GZIP:
    case CCODECS_ZLIB:
    case CCODECS_DEFLATE: inflateEnd(&self->stream.zlib); break;
    case CCODECS_XZ: lzma_end(&self->stream.lzma); break;
    case CCODECS_BZIP2: BZ2_bzDecompressEnd(&self->stream.bzip2); break;
  }
}

ccodecs_decoder *ccodecs_decoder_create(int format) {
  ccodecs_decoder *self = calloc(1, sizeof *self);
  if (self == NULL) return NULL;
  self->format = format;
  if (!open_stream(self)) {
    free(self);
    return NULL;
  }
  return self;
}

void ccodecs_decoder_destroy(ccodecs_decoder *self) {
  if (self == NULL) return;
  close_stream(self);
  free(self);
}

static int zlib_step(ccodecs_decoder *self, const uint8_t *bytes, unsigned count, size_t *consumed,
                     uint8_t *output, unsigned capacity, size_t *produced) {
  z_stream *zlib = &self->stream.zlib;
  zlib->next_in = (Bytef *)bytes;
  zlib->avail_in = count;
  zlib->next_out = output;
  zlib->avail_out = capacity;
  int result = inflate(zlib, Z_NO_FLUSH);
  *consumed = count - zlib->avail_in;
  *produced = capacity - zlib->avail_out;
  if (result == Z_STREAM_END) return CCODECS_DONE;
  if (result == Z_OK || result == Z_BUF_ERROR) return CCODECS_MORE;
  return result == Z_MEM_ERROR ? CCODECS_MEMORY : CCODECS_DAMAGED;
}

static int bzip2_step(ccodecs_decoder *self, const uint8_t *bytes, unsigned count,
                      size_t *consumed, uint8_t *output, unsigned capacity, size_t *produced) {
  bz_stream *bzip2 = &self->stream.bzip2;
  bzip2->next_in = (char *)bytes;
  bzip2->avail_in = count;
  bzip2->next_out = (char *)output;
  bzip2->avail_out = capacity;
  int result = BZ2_bzDecompress(bzip2);
  *consumed = count - bzip2->avail_in;
  *produced = capacity - bzip2->avail_out;
  if (result == BZ_STREAM_END) return CCODECS_DONE;
  if (result == BZ_OK) return CCODECS_MORE;
  return result == BZ_MEM_ERROR ? CCODECS_MEMORY : CCODECS_DAMAGED;
}

static int xz_step(ccodecs_decoder *self, const uint8_t *bytes, size_t count, int last,
                   size_t *consumed, uint8_t *output, size_t capacity, size_t *produced) {
  lzma_stream *lzma = &self->stream.lzma;
  lzma->next_in = bytes;
  lzma->avail_in = count;
  lzma->next_out = output;
  lzma->avail_out = capacity;
  lzma_ret result = lzma_code(lzma, last ? LZMA_FINISH : LZMA_RUN);
  *consumed = count - lzma->avail_in;
  *produced = capacity - lzma->avail_out;
  switch (result) {
    case LZMA_STREAM_END: return CCODECS_DONE;
    case LZMA_OK: return CCODECS_MORE;
    case LZMA_BUF_ERROR: return last ? CCODECS_TRUNCATED : CCODECS_MORE;
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR: return CCODECS_MEMORY;
    default: return CCODECS_DAMAGED;
  }
}

int ccodecs_decoder_step(ccodecs_decoder *self, const uint8_t *bytes, size_t count, int last,
                         size_t *consumed, uint8_t *output, size_t capacity, size_t *produced) {
  *consumed = 0;
  *produced = 0;
  if (count > INT_MAX) {
    count = INT_MAX;
    last = 0;
  }
  if (capacity > INT_MAX) capacity = INT_MAX;
  if (self->format == CCODECS_XZ) {
    return xz_step(self, bytes, count, last, consumed, output, capacity, produced);
  }
  if (self->between) {
    // gzip allows zeros behind a stream, for tapes; anything else must be another stream.
    size_t zeros = 0;
    while (self->format == CCODECS_GZIP && zeros < count && bytes[zeros] == 0) zeros++;
    if (zeros == count) {
      *consumed = zeros;
      return last ? CCODECS_DONE : CCODECS_MORE;
    }
    if (self->format == CCODECS_ZLIB || self->format == CCODECS_DEFLATE) return CCODECS_DAMAGED;
    close_stream(self);
    if (!open_stream(self)) {
      self->format = -1;
      return CCODECS_MEMORY;
    }
    if (zeros > 0) {
      *consumed = zeros;
      return CCODECS_MORE;
    }
  }
  int status =
      self->format == CCODECS_BZIP2
          ? bzip2_step(self, bytes, (unsigned)count, consumed, output, (unsigned)capacity, produced)
          : zlib_step(self, bytes, (unsigned)count, consumed, output, (unsigned)capacity, produced);
  if (status == CCODECS_DONE) {
    self->between = 1;
    return last && *consumed == count ? CCODECS_DONE : CCODECS_MORE;
  }
  // With room left for output and nothing left to read, the stream is cut off.
  if (status == CCODECS_MORE && last && *consumed == count && *produced < capacity) {
    return CCODECS_TRUNCATED;
  }
  return status;
}
